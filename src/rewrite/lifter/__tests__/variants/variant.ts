/**
 * One way of writing an idiom, lifted and run beside the original.
 */
export interface IVariant {
  title: string;
  /** The cells; the last one is lifted unless `cell` says otherwise. */
  cells: string[];
  /** 1-based. */
  cell?: number;
  files?: Record<string, string>;
  /** What the rewritten cell has to say, or must not say. */
  says?: (string | RegExp)[];
}

/** Two files with repeated keys, blanks, spaces and keys without a match. */
export const FILES: Readonly<Record<string, string>> = {
  'people.csv':
    'a,Oslo,gold,31\nb,Bern,basic,18\nc,Rome,gold ,30\na,Bern,Gold,44\nd,Lima,basic,7\n e,Oslo,gold,64\n',
  'events.csv':
    '1,a,mail,2023-02-11,12.5,Good food\n2,b,call,2022-12-31,30,bad mood\n3,x,mail,2023-07-01,-3,\n' +
    '4,a,spam,2024-01-05,47, odd \n5,c,Mail,2023-02-11,8,so-so\n6,e,mail,2023-03-03,0,größe ÄÖ!\n',
  'scores.tsv': 'key\tscore\na\t3\nb\t5\nzz\t7\na\t4\n',
  'lines.txt': 'one\n\ntwo words\n  \nthree\n'
};

/** A loop over the events that writes two columns behind some statements. */
export function eventLoop(body: string, columns = 'who, value'): string {
  const names = columns
    .split(', ')
    .map(name => `{${name}}`)
    .join('\\t');
  return `out = open("out.tsv", "w")
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
${body.replace(/^/gm, '    ')}
    out.write(f"${names}\\n")
out.close()
`;
}
