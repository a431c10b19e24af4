import type { IVariant } from './variant';

const LOOP = `for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
`;

export const restructuring: IVariant[] = [
  {
    title: 'a list of tuples, filtered by a comprehension',
    cells: [
      `rows = []\n${LOOP}    rows.append((who, text))\nrows = [r for r in rows if r[0] != "x"]\n`
    ]
  },
  {
    title: 'a list of tuples looped over again',
    cells: [
      `events = []
${LOOP}    events.append((who, int(number), text))
rows = []
for who, number, text in events:
    if number > 2:
        rows.append((who, text.lower()))
`
    ]
  },
  {
    title: 'a comprehension over lines',
    cells: [
      'rows = [line.rstrip("\\n").split(",")[1] for line in open("events.csv")]\n'
    ]
  },
  {
    title: 'a header line is written',
    cells: [
      `out = open("out.tsv", "w")\nout.write("who\\tkind\\n")\n${LOOP}    out.write(f"{who}\\t{kind}\\n")\nout.close()\n`
    ]
  },
  {
    title: 'comma separated with booleans and numbers',
    cells: [
      `out = open("out.csv", "w")\n${LOOP}    out.write("%s,%d,%.1f,%s\\n" % (who, int(number), float(amount), kind == "mail"))\nout.close()\n`
    ]
  },
  {
    title: 'written in two pieces',
    cells: [
      `out = open("out.tsv", "w")\n${LOOP}    out.write(who + "\\t")\n    out.write(kind + "\\n")\nout.close()\n`
    ]
  },
  {
    title: 'different branches write different values',
    cells: [
      `out = open("out.tsv", "w")
${LOOP}    if kind == "mail":
        out.write(f"{who}\\tmail\\n")
    else:
        out.write(f"{who}\\tother\\n")
out.close()
`
    ]
  },
  {
    title: 'an intermediate file in the same cell',
    cells: [
      `out = open("mid.tsv", "w")
${LOOP}    out.write(f"{who}\\t{int(number)}\\t{kind == 'mail'}\\n")
out.close()
rows = []
for line in open("mid.tsv"):
    name, n, mailed = line.rstrip("\\n").split("\\t")
    if mailed == "True":
        rows.append((name, int(n) + 1))
`
    ]
  },
  {
    title: 'the first of each key, by a set',
    cells: [
      `seen = set()\nrows = []\n${LOOP}    if kind == "spam" or who in seen:\n        continue\n    seen.add(who)\n    rows.append((who, kind, text))\n`
    ],
    says: ['drop_duplicates("who")']
  },
  {
    title: 'the first of each key, nested',
    cells: [
      `seen = set()\nrows = []\n${LOOP}    name = who.upper()\n    if name not in seen:\n        seen.add(name)\n        if kind != "spam":\n            rows.append((name, kind))\n`
    ]
  },
  {
    title: 'a dictionary that keeps the first',
    cells: [
      `first = {}\nfor line in open("people.csv"):\n    key, city, level, age = line.rstrip("\\n").split(",")\n    if key not in first:\n        first[key] = city\nrows = []\n${LOOP}    if who in first:\n        rows.append((who, first[who]))\n`
    ]
  },
  {
    title: 'a counter for a message',
    cells: [
      `kept = 0\nrows = []\n${LOOP}    if kind == "spam":\n        continue\n    kept += 1\n    rows.append((who, kind))\nprint(kept, "kept")\n`
    ]
  }
];
