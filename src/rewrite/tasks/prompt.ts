/**
 * The prompt of the role tasks: a function from the request to messages, put
 * together from sections that each say one thing.
 *
 * Outputs are never part of it, and rows of the user's data only when the user has
 * allowed it.
 */
import type { IChatMessage } from '../chat';
import { CONTRACT_FUNCTION } from '../interfaces';
import type {
  IAttempt,
  ICandidate,
  ICodeCell,
  ILiftResult,
  IRewriteRequest,
  ISourceSchema
} from '../interfaces';
import { OPERATION_GROUPS, RUNNING_ROLES, TRACKED_ROLES } from '../operations';
import { repairReport } from '../report';
import { bullets, fenced, sections } from './layout';
import type { IRoleTaskSpec } from './roletask';

/** More failed attempts than this only make the model repeat itself. */
const SHOWN_ATTEMPTS = 3;

/** Longer cells than this are cut in the context; the cell in question never is. */
const CONTEXT_CELL_LIMIT = 6000;

const DEFINE_ONLY =
  'Only import, define functions and name constants at the top level of the cell. Call nothing there, print nothing.';

/** The conversation that asks for one rewrite. */
export function buildPrompt(
  spec: IRoleTaskSpec,
  request: IRewriteRequest,
  attempts: readonly IAttempt[]
): IChatMessage[] {
  return [
    { role: 'system', content: systemMessage(spec) },
    { role: 'user', content: requestMessage(spec, request) },
    ...attempts
      .filter(attempt => !attempt.repeat)
      .slice(-SHOWN_ATTEMPTS)
      .flatMap(attempt => attemptMessages(request, attempt)),
    ...repeatMessages(attempts),
    ...remarkMessages(request)
  ];
}

function systemMessage(spec: IRoleTaskSpec): string {
  return sections([
    [
      null,
      'You rewrite one cell of a data-science notebook into declarative pandas and scikit-learn code. ' +
        'Your rewrite is run against the original on the real inputs and on about twenty mutated ones, and must give equal results on all of them.'
    ],
    ['What to define', spec.contract],
    [
      'Allowed operations',
      TRACKED_ROLES.has(spec.role) ? operationsText() : ''
    ],
    [
      'Rules',
      bullets([
        'Be faithful to the letter, bugs included: strip() that changes a value, a dictionary that keeps the last of equal keys, blank versus missing, integer division, statistics over all rows. Do not mend anything.',
        ...(RUNNING_ROLES.has(spec.role) ? [] : [DEFINE_ONLY]),
        'Use the names, constants and helper functions that other cells define as they are; do not repeat them.',
        'No loops over rows. What has no operation of its own goes through map with a function of one value, or apply(axis=1) with a function of one row.',
        'Comment only where the behaviour of the original would surprise.',
        ...spec.hints
      ])
    ],
    [
      spec.examples.length > 1 ? 'Examples' : 'Example',
      spec.examples
        .map(
          ({ original, rewritten }) =>
            `Original:\n\n${fenced(original)}\n\nRewritten:\n\n${fenced(rewritten)}`
        )
        .join('\n\n')
    ],
    [
      'Answer',
      'One Python code block with the complete new source of the cell, and nothing else.'
    ]
  ]);
}

function operationsText(): string {
  return bullets(
    OPERATION_GROUPS.map(
      ({ title, operations }) => `${title}: ${operations.join(', ')}`
    )
  );
}

function requestMessage(spec: IRoleTaskSpec, request: IRewriteRequest): string {
  const index = request.cells.findIndex(cell => cell.id === request.cellId);
  if (index < 0) {
    throw new Error(
      `The notebook has no cell ${request.cellId}. Ask for the rewrite again.`
    );
  }
  const cell = request.cells[index];
  const rewritten = prerequisitesOf(request);
  return sections([
    ['Cells before it', cellsText(request.cells.slice(0, index), rewritten)],
    ['Cells after it', cellsText(request.cells.slice(index + 1), rewritten)],
    ['Sources', schemasText(request.schemas ?? [])],
    ['What the rules say', liftText(request.lifted ?? null)],
    ['What happened before on such cells', bullets(request.hints ?? [])],
    [
      'The cell to rewrite',
      [
        fenced(cell.originalSource ?? cell.source),
        `Define ${CONTRACT_FUNCTION[spec.role]}().`,
        ...(spec.note ? [spec.note(request)] : [])
      ].join('\n\n')
    ]
  ]);
}

/** The cells that a rewrite relies on, in the form in which the model sees them. */
export function prerequisitesOf(
  request: IRewriteRequest
): ICandidate['prerequisites'] {
  const { candidate, prerequisites } = request.lifted ?? {};
  return candidate?.prerequisites ?? prerequisites ?? {};
}

function cellsText(
  cells: readonly ICodeCell[],
  rewritten: ICandidate['prerequisites']
): string {
  return cells
    .filter(cell => cell.source.trim() !== '')
    .map(cell => {
      const next = rewritten[cell.id];
      const role = cell.role ?? next?.role;
      const title =
        role === undefined ? 'Cell' : `Cell, rewritten, role ${role}`;
      return `${title}:\n\n${fenced(clip(next?.code ?? cell.source))}`;
    })
    .join('\n\n');
}

function schemasText(schemas: readonly ISourceSchema[]): string {
  return schemas.map(schemaText).join('\n\n');
}

function schemaText(schema: ISourceSchema): string {
  const { name, rows, columns, partial, nameless, samples = [] } = schema;
  const facts = [
    rows === undefined ? '' : `${rows}${partial ? ' or more' : ''} rows`,
    nameless ? 'no header line' : '',
    partial ? 'counts are those of the first rows' : ''
  ].filter(part => part !== '');
  const lines = columns.map(({ name: column, dtype, nulls, distinct }) =>
    [
      `${column}: ${dtype}`,
      nulls === undefined ? '' : `${nulls} missing`,
      distinct === undefined ? '' : `${distinct} distinct`
    ]
      .filter(part => part !== '')
      .join(', ')
  );
  return [
    `${[name, ...facts].join(', ')}:\n${bullets(lines)}`,
    ...(samples.length > 0
      ? [
          `First rows of ${name}:\n\n${fenced(samples.map(row => JSON.stringify(row)).join('\n'), 'json')}`
        ]
      : [])
  ].join('\n\n');
}

function liftText(lifted: ILiftResult | null): string {
  if (!lifted) {
    return '';
  }
  const { candidate, refusals, findings } = lifted;
  return [
    refusals.length > 0
      ? `Not expressible by rules:\n${bullets(refusals.map(({ line, reason }) => `line ${line}: ${reason}`))}`
      : '',
    findings.length > 0
      ? `Suspicious in the original (keep it as it is):\n${bullets(findings.map(({ line, message }) => `line ${line}: ${message}`))}`
      : '',
    candidate
      ? `A rewrite by rules, not verified to be equivalent:\n\n${fenced(candidate.code)}`
      : ''
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

function attemptMessages(
  request: IRewriteRequest,
  attempt: IAttempt
): IChatMessage[] {
  const verified = attempt.verdict.status === 'equivalent';
  return [
    { role: 'assistant', content: fenced(attempt.candidate.code) },
    {
      role: 'user',
      content: verified
        ? 'That one is equivalent, but another version is wanted.'
        : `That one is not equivalent. Find the cause, then answer with the complete mended cell; do not repeat an earlier answer.\n\n${repairReport(request, attempt)}`
    }
  ];
}

/** Repeats were not run, so there is nothing to report but that. */
function repeatMessages(attempts: readonly IAttempt[]): IChatMessage[] {
  const repeats = attempts.filter(({ repeat }) => repeat).length;
  return repeats === 0
    ? []
    : [
        {
          role: 'user',
          content: `${repeats} of your answers said the same as an earlier one and were not run. Go about it in another way.`
        }
      ];
}

function remarkMessages(request: IRewriteRequest): IChatMessage[] {
  const remark = request.remark?.trim() ?? '';
  return remark === ''
    ? []
    : [{ role: 'user', content: `A remark on the rewrite: ${remark}` }];
}

function clip(code: string): string {
  return code.length > CONTEXT_CELL_LIMIT
    ? `${code.slice(0, CONTEXT_CELL_LIMIT)}\n# (${code.length - CONTEXT_CELL_LIMIT} more characters)`
    : code;
}
