/**
 * What a model is told of a candidate that failed: structured, complete enough to
 * mend it, and without values of the data unless the user allows them.
 */
import type {
  IAttempt,
  IDifference,
  IEvidence,
  IRewriteRequest,
  IVerdict
} from './interfaces';
import { redact, relationOf, shapeOf } from './redact';

/** Rows of a source that a report describes. */
const SHOWN_LINES = 5;

/** Columns that a report compares. */
const SHOWN_COLUMNS = 8;

/** The report on one failed attempt, as lines of plain text. */
export function repairReport(
  request: IRewriteRequest,
  attempt: IAttempt
): string {
  const { candidate, verdict } = attempt;
  const words = wordsFor(request, candidate.code);
  const lines = [`verdict: ${verdict.status}`];
  if (verdict.difference) {
    lines.push(
      ...differenceLines(request, candidate.code, verdict.difference, words)
    );
  } else {
    lines.push(`summary: ${words.text(verdict.summary)}`);
  }
  if (verdict.error) {
    const { side, message, line } = verdict.error;
    lines.push(`error in the ${side} code: ${words.text(message)}`);
    lines.push(...statementLines(side, line, request, candidate.code));
  }
  const checks = checkLines(verdict, words);
  if (checks.length > 0) {
    lines.push('checks:', ...checks);
  }
  return lines.join('\n');
}

/** How texts and values may be told. */
interface IWords {
  text(text: string): string;
  value(value: string): string;
}

function wordsFor(request: IRewriteRequest, code: string): IWords {
  if (request.showValues) {
    return { text: text => text, value: value => value };
  }
  const known = knownText(request, code);
  return { text: text => redact(text, known), value: shapeOf };
}

/** Text that the model sees anyway, in which literals may be named. */
function knownText(request: IRewriteRequest, code: string): string {
  const schemas = (request.schemas ?? []).flatMap(schema => [
    schema.name,
    ...schema.columns.map(column => column.name)
  ]);
  return [
    code,
    ...request.cells.flatMap(cell => [cell.source, cell.originalSource ?? '']),
    ...schemas
  ].join('\n');
}

// --- the first difference -----------------------------------------------------

function differenceLines(
  request: IRewriteRequest,
  code: string,
  difference: IDifference,
  words: IWords
): string[] {
  const { input, row, column, original, rewritten, sourceRows, cause } =
    difference;
  const place = [
    row === null ? '' : `row ${row}`,
    column === null ? '' : `column ${column}`
  ].filter(part => part !== '');
  const lines = [
    `first difference: on ${input === 'real' ? 'the real inputs' : `a mutated input (${input})`}` +
      (place.length > 0 ? `, ${place.join(', ')}` : ''),
    ...(difference.table
      ? tableLines(difference.table, words)
      : comparisonLines(original, rewritten, words))
  ];
  if (cause) {
    lines.push(`likely cause: ${words.text(cause)}`);
  }
  for (const [source, rows] of Object.entries(sourceRows)) {
    lines.push(`source rows involved: ${rows.length} of ${source}`);
  }
  for (const [source, found] of Object.entries(difference.sourceLines ?? {})) {
    lines.push(...sourceLines(request, source, found, words));
  }
  const blamed = difference.rewrittenLine ?? null;
  return [
    ...lines,
    ...statementLines('original', difference.line, request, code),
    ...statementLines('rewritten', blamed, request, code)
  ];
}

function comparisonLines(
  original: string,
  rewritten: string,
  words: IWords
): string[] {
  const relation = relationOf(original, rewritten);
  return [
    `expected: ${words.value(original)}`,
    `got: ${words.value(rewritten)}`,
    ...(relation === null ? [] : [`relation: ${relation}`])
  ];
}

/** What the two rows differ in, or the row that only one side has. */
function tableLines(
  { columns, expected, got }: NonNullable<IDifference['table']>,
  words: IWords
): string[] {
  const whole = (values: readonly string[]) =>
    values
      .slice(0, SHOWN_COLUMNS)
      .map((value, index) => `${columns[index]}: ${words.value(value)}`)
      .join('; ');
  if (!expected || !got) {
    return [
      ...(got ? [`row that only the rewrite has: ${whole(got)}`] : []),
      ...(expected
        ? [`row that only the original has: ${whole(expected)}`]
        : [])
    ];
  }
  return columns
    .map((name, index) => ({ name, a: expected[index], b: got[index] }))
    .filter(({ a, b }) => a !== b)
    .slice(0, SHOWN_COLUMNS)
    .map(({ name, a, b }) => {
      const relation = relationOf(a, b);
      const related = relation === null ? '' : ` (${relation})`;
      return `column ${name}: expected ${words.value(a)}, got ${words.value(b)}${related}`;
    });
}

/** The smallest input with the difference: by the shapes of its fields, or as it is. */
function sourceLines(
  request: IRewriteRequest,
  source: string,
  lines: readonly string[],
  words: IWords
): string[] {
  const shown = lines.slice(0, SHOWN_LINES);
  const columns =
    request.schemas
      ?.find(({ name }) => name === source)
      ?.columns.map(({ name }) => name) ?? [];
  const told = shown.map(line => {
    if (request.showValues) {
      return `- ${line}`;
    }
    const fields = fieldsOf(line, columns.length);
    const shapes = fields.map(
      (field, index) =>
        `${columns[index] ?? `field ${index}`}: ${words.value(field)}`
    );
    return `- ${shapes.join('; ')}`;
  });
  return lines.length === 0
    ? []
    : [
        `smallest input with the difference, ${lines.length} rows of ${source}:`,
        ...told
      ];
}

const SEPARATORS = ['\t', ';', '|', ','];

/** The fields of a line, by the separator that gives as many as there are columns. */
function fieldsOf(line: string, columns: number): string[] {
  const fitting = SEPARATORS.find(
    separator => line.split(separator).length === columns
  );
  const present = SEPARATORS.find(separator => line.includes(separator));
  const separator = fitting ?? present;
  return separator === undefined ? [line] : line.split(separator);
}

// --- statements and checks ----------------------------------------------------

function statementLines(
  side: 'original' | 'rewritten',
  line: number | null,
  request: IRewriteRequest,
  code: string
): string[] {
  if (line === null) {
    return [];
  }
  const cell = request.cells.find(other => other.id === request.cellId);
  const source =
    side === 'original' ? (cell?.originalSource ?? cell?.source ?? '') : code;
  const statement = source.split('\n')[line - 1]?.trim() ?? '';
  return statement === ''
    ? []
    : [`statement in the ${side} code, line ${line}: ${statement}`];
}

/** Passed checks and notes describe the data, which is no business of the model. */
function checkLines({ status, evidence }: IVerdict, words: IWords): string[] {
  return evidence
    .filter(({ step }) => step !== 'note' || status === 'failed')
    .map(({ step, ok, detail }: IEvidence) =>
      ok
        ? `- ${step}: passed`
        : `- ${step}: failed, ${words.text(userCode(detail)).replace(/\n/g, '\n  ')}`
    );
}

const FRAME = /^ {2}File "(.*)", (line \d+.*)$/;

/** Files that are nobody's own code. */
const FOREIGN = /site-packages|dist-packages|[\\/]lib[\\/]python\d|^<frozen/;

/** A text in which tracebacks are cut down to the user's own code. */
function userCode(detail: string): string {
  const kept: string[] = [];
  let foreign = false;
  for (const line of detail.split('\n')) {
    const frame = FRAME.exec(line);
    if (frame) {
      const [, file, place] = frame;
      foreign = FOREIGN.test(file);
      // Where the file lies is nobody's business.
      kept.push(
        ...(foreign ? [] : [`  ${file.replace(/^.*[\\/]/, '')}, ${place}`])
      );
    } else if (!foreign || !line.startsWith('    ')) {
      foreign = false;
      kept.push(line);
    }
  }
  return kept.join('\n');
}
