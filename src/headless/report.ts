/**
 * A verdict for people: what was compared, the first difference with its source
 * rows, the statements responsible, and the likely cause.
 */
import type * as wire from '../companion/protocol.generated';
import { table } from './terminal';

/** How places in the two versions are called. */
export interface IVersions {
  original: Place;
  other: Place;
}

/** Names a line, or the whole when there is none. */
export type Place = (line: number | null) => string;

/** Places in a file, by its lines. */
export function inFile(file: string): Place {
  return line => (line === null ? file : `${file}, line ${line}`);
}

/** Print a verdict. */
export function printVerdict(
  verdict: wire.IVerdict,
  versions: IVersions
): void {
  console.log(`${mark(verdict)} ${verdict.summary}`);
  (verdict.remarks ?? []).forEach(remark => console.log(`  ! ${remark}`));
  if (verdict.difference) {
    printDifference(verdict.difference, versions);
  }
  if (verdict.error) {
    const { side, line, message } = verdict.error;
    const place = side === 'original' ? versions.original : versions.other;
    console.log(`  ${place(line)}: ${message}`);
  }
  console.log(`\n  What was compared (${verdict.seconds.toFixed(1)} s):`);
  for (const { ok, detail } of verdict.evidence) {
    console.log(`  ${ok ? '·' : '!'} ${detail}`);
  }
}

function mark({ status }: wire.IVerdict): string {
  return status === 'equivalent' ? '✓' : status === 'different' ? '✗' : '?';
}

function printDifference(
  difference: wire.IDifference,
  { original, other }: IVersions
): void {
  const { cause, stage, input, table: rows } = difference;
  console.log('');
  if (cause) {
    console.log(`  Likely cause: ${cause}${cause.endsWith('?') ? '' : '.'}`);
  }
  if (stage) {
    const where = input === 'real' ? 'the real inputs' : input;
    console.log(`  First difference: stage '${stage}', on ${where}.`);
  }
  for (const [place, line] of [
    [original, difference.line],
    [other, difference.rewritten_line ?? null]
  ] as const) {
    if (line !== null) {
      console.log(`  Probably ${place(line)}.`);
    }
  }
  console.log('');
  printRows(rows ?? null, difference);
  for (const [path, lines] of Object.entries(difference.source_lines ?? {})) {
    const numbers = difference.source_rows[path] ?? [];
    const told = numbers.length > 0 ? ` (rows ${numbers.join(', ')})` : '';
    console.log(`\n   Source rows of ${path}${told}:`);
    lines.forEach(line => console.log(`     ${line}`));
  }
}

function printRows(
  rows: wire.IDifferenceTable | null,
  { original, rewritten }: wire.IDifference
): void {
  if (!rows) {
    console.log(`   expected: ${original}\n   got:      ${rewritten}`);
    return;
  }
  const line = (name: string, cells: string[] | null): string[] =>
    rows.columns.reduce(
      (found, _, place) => [...found, cut(cells?.[place] ?? '')],
      [name]
    );
  table(
    ['', ...rows.columns],
    [
      line('expected', rows.expected ?? ['no such row']),
      line('got', rows.got ?? ['no such row'])
    ]
  );
}

const LONGEST = 40;

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
