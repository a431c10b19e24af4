/**
 * The state of the pipeline panel: immutable values and one reducer.
 */
import type {
  IColumnInfo,
  ICondition,
  IPlanGraph,
  IPreview,
  IProgress,
  IProof,
  IReceipt,
  IReceiptList,
  IRunSummary,
  ITraceBack,
  ITraceForward
} from '../companion/protocol.generated';

/** Something went wrong: what, and what to do. */
export interface IFailure {
  message: string;
  hint: string | null;
}

/** A table on show; its rows are in the model's cache. */
export interface ITableView {
  name: string;
  filter: readonly ICondition[];
  /** Rows that pass the filter, and the columns; null until they are known. */
  size: { total: number; columns: readonly IColumnInfo[] } | null;
  /** Row ids that the user selected. */
  selected: ReadonlySet<number>;
  /** Keys that the user pasted: records are selected by these. */
  keys: IKeySelection | null;
}

/** Records by the values of a column. */
export interface IKeySelection {
  column: string;
  values: readonly (string | number)[];
}

/** How far a forget has come. */
export type ForgetState =
  | { stage: 'none' }
  | { stage: 'previewing' }
  | { stage: 'previewed'; preview: IPreview }
  | { stage: 'applying'; preview: IPreview; progress: readonly IProgress[] }
  | { stage: 'applied'; receipt: IReceipt }
  | { stage: 'proving'; receipt: IReceipt; progress: IProgress | null }
  | { stage: 'proved'; receipt: IReceipt; proof: IProof };

/** Everything the panel shows. */
export interface IPanelState {
  connection: 'none' | 'open' | 'lost';
  /** How many calls are under way. */
  busy: number;
  failure: IFailure | null;
  runs: readonly IRunSummary[];
  run: IRunSummary | null;
  plan: IPlanGraph | null;
  node: number | null;
  table: ITableView | null;
  forward: ITraceForward | null;
  back: ITraceBack | null;
  forget: ForgetState;
  receipts: IReceiptList | null;
}

/** A panel that knows nothing yet. */
export const INITIAL_PANEL: IPanelState = {
  connection: 'none',
  busy: 0,
  failure: null,
  runs: [],
  run: null,
  plan: null,
  node: null,
  table: null,
  forward: null,
  back: null,
  forget: { stage: 'none' },
  receipts: null
};

const NO_ROWS: ReadonlySet<number> = new Set();

const EMPTY_TABLE: Omit<ITableView, 'name'> = {
  filter: [],
  size: null,
  selected: NO_ROWS,
  keys: null
};

/** What happens to a panel. */
export type PanelEvent =
  | { type: 'connected' }
  | { type: 'lost' }
  | { type: 'asked' }
  | { type: 'answered' }
  | { type: 'failed'; failure: IFailure }
  | { type: 'runs'; runs: readonly IRunSummary[] }
  | { type: 'run'; run: IRunSummary }
  | { type: 'plan'; plan: IPlanGraph; receipts: IReceiptList }
  | { type: 'node'; node: number; table: string | null }
  | { type: 'table'; filter: readonly ICondition[] }
  | { type: 'size'; size: NonNullable<ITableView['size']> }
  | { type: 'selected'; selected: ReadonlySet<number> }
  | { type: 'keys'; keys: IKeySelection | null }
  | { type: 'forward'; forward: ITraceForward }
  | { type: 'back'; back: ITraceBack }
  | { type: 'forget'; forget: ForgetState };

/** The state after an event. */
export function reducePanel(
  state: IPanelState,
  event: PanelEvent
): IPanelState {
  switch (event.type) {
    case 'connected':
      return { ...state, connection: 'open', failure: null };
    case 'lost':
      return { ...INITIAL_PANEL, connection: 'lost', busy: state.busy };
    case 'asked':
      return { ...state, busy: state.busy + 1, failure: null };
    case 'answered':
      return { ...state, busy: Math.max(state.busy - 1, 0) };
    case 'failed':
      return { ...state, failure: event.failure };
    case 'runs':
      return { ...state, runs: event.runs };
    case 'run':
      return {
        ...INITIAL_PANEL,
        connection: state.connection,
        busy: state.busy,
        runs: state.runs,
        run: event.run
      };
    case 'plan':
      return { ...state, plan: event.plan, receipts: event.receipts };
    case 'node':
      return {
        ...state,
        node: event.node,
        forward: null,
        back: null,
        forget: { stage: 'none' },
        table: event.table ? { ...EMPTY_TABLE, name: event.table } : null
      };
    case 'table':
      return withTable(
        { ...state, forward: null, back: null },
        {
          filter: event.filter,
          size: null,
          selected: NO_ROWS,
          keys: null
        }
      );
    case 'size':
      return withTable(state, { size: event.size });
    case 'selected':
      return withTable(state, { selected: event.selected, keys: null });
    case 'keys':
      return withTable(state, { keys: event.keys, selected: NO_ROWS });
    case 'forward':
      return { ...state, forward: event.forward, back: null };
    case 'back':
      return { ...state, back: event.back, forward: null };
    case 'forget':
      return { ...state, forget: event.forget };
    default:
      return assertNever(event);
  }
}

function withTable(
  state: IPanelState,
  change: Partial<ITableView>
): IPanelState {
  return state.table
    ? { ...state, table: { ...state.table, ...change } }
    : state;
}

function assertNever(event: never): never {
  throw new Error(`Unknown event: ${JSON.stringify(event)}`);
}
