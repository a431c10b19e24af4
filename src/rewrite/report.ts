/**
 * What a model is told of a candidate that failed: structured, complete enough to
 * mend it, and without values of the data.
 */
import type { IAttempt, IDifference, IRewriteRequest } from './interfaces';
import { redact, relationOf, shapeOf } from './redact';

/** The report on one failed attempt, as lines of plain text. */
export function repairReport(
  request: IRewriteRequest,
  attempt: IAttempt
): string {
  const { candidate, verdict } = attempt;
  const known = knownText(request, candidate.code);
  const say = (text: string) => redact(text, known);
  const lines = [`verdict: ${verdict.status}`];
  if (verdict.difference) {
    lines.push(...differenceLines(request, verdict.difference));
  } else {
    lines.push(`summary: ${say(verdict.summary)}`);
  }
  if (verdict.error) {
    const { side, message, line } = verdict.error;
    lines.push(`error in the ${side} code: ${say(message)}`);
    lines.push(...statementLines(side, line, request, candidate.code));
  }
  // Passed checks and notes describe the data, which is no business of the model.
  const checks = verdict.evidence
    .filter(({ step }) => step !== 'note' || verdict.status === 'failed')
    .map(({ step, ok, detail }) =>
      ok ? `- ${step}: passed` : `- ${step}: failed, ${say(detail)}`
    );
  if (checks.length > 0) {
    lines.push('checks:', ...checks);
  }
  return lines.join('\n');
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

function differenceLines(
  request: IRewriteRequest,
  difference: IDifference
): string[] {
  const { input, row, column, original, rewritten, sourceRows } = difference;
  const place = [
    row === null ? '' : `row ${row}`,
    column === null ? '' : `column ${column}`
  ].filter(part => part !== '');
  const lines = [
    `first difference: on ${input === 'real' ? 'the real inputs' : `a mutated input (${input})`}` +
      (place.length > 0 ? `, ${place.join(', ')}` : ''),
    `expected: ${shapeOf(original)}`,
    `got: ${shapeOf(rewritten)}`
  ];
  const relation = relationOf(original, rewritten);
  if (relation !== null) {
    lines.push(`relation: ${relation}`);
  }
  for (const [source, rows] of Object.entries(sourceRows)) {
    lines.push(`source rows involved: ${rows.length} of ${source}`);
  }
  lines.push(...statementLines('original', difference.line, request, ''));
  return lines;
}

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
