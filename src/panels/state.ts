/**
 * The state of the panel: immutable values and one reducer.
 */
import type {
  ICheckInfo,
  ICheckResults,
  IColumnInfo,
  IColumnProfile,
  IColumnRef,
  IColumnTrace,
  ICondition,
  IGraphlets,
  IModelCard,
  INeighbours,
  IPlanGraph,
  IPreview,
  IProgress,
  IProof,
  IReceipt,
  IReceiptList,
  IRunComparison,
  IRunSummary,
  IRunUpdate,
  IRunsOverview,
  ISort,
  ITraceBack,
  ITraceForward,
  IUsage
} from '../companion/protocol.generated';

/** Something went wrong: what, and what to do. */
export interface IFailure {
  message: string;
  hint: string | null;
}

/** The parts of the panel, of which one is on show. */
export const TABS = [
  'pipeline',
  'records',
  'forget',
  'compliance',
  'runs'
] as const;

export type Tab = (typeof TABS)[number];

/** Kinds of long work, each of which can be stopped. */
export type Long = 'profile' | 'neighbours' | 'checks' | 'report' | 'compare';

/** A table on show; its rows are in the model's cache. */
export interface ITableView {
  name: string;
  filter: readonly ICondition[];
  sort: ISort | null;
  /** Only these rows are shown, when evidence led here. */
  only: readonly number[] | null;
  /** Rows that pass the filter, and the columns; null until they are known. */
  size: { total: number; columns: readonly IColumnInfo[] } | null;
  /** Row ids that the user selected. */
  selected: ReadonlySet<number>;
  /** Keys that the user pasted: records are selected by these. */
  keys: IKeySelection | null;
  /** What its columns look like, as far as it was asked. */
  profiles: readonly IColumnProfile[];
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
  | { stage: 'applied'; receipt: IReceipt; before: IPlanGraph | null }
  | {
      stage: 'proving';
      receipt: IReceipt;
      before: IPlanGraph | null;
      progress: IProgress | null;
    }
  | {
      stage: 'proved';
      receipt: IReceipt;
      before: IPlanGraph | null;
      proof: IProof;
    };

/** What the form of a forget begins with. */
export interface IDraft {
  action: 'delete' | 'erase' | 'rectify';
  columns: readonly string[];
}

/** Source columns that are followed, and where they go. */
export interface IFollowed {
  columns: readonly IColumnRef[];
  trace: IColumnTrace;
}

/** What was last traced. */
export type Traced =
  | { kind: 'forward'; forward: ITraceForward }
  | { kind: 'back'; back: ITraceBack }
  | { kind: 'neighbours'; neighbours: INeighbours };

/** What is known of the checks of the run on show. */
export interface IComplianceState {
  checks: readonly ICheckInfo[];
  results: ICheckResults;
  usage: IUsage | null;
  card: IModelCard | null;
}

/** What is known of all runs. */
export interface IRunsState {
  overview: IRunsOverview;
  graphlets: IGraphlets;
  comparison: IRunComparison | null;
}

/** Everything the panel shows. */
export interface IPanelState {
  connection: 'none' | 'open' | 'lost';
  /** How many calls are under way. */
  busy: number;
  failure: IFailure | null;
  tab: Tab;
  /** Long work under way, and how far it is. */
  long: Readonly<Partial<Record<Long, IProgress>>>;
  runs: readonly IRunSummary[];
  run: IRunSummary | null;
  plan: IPlanGraph | null;
  node: number | null;
  followed: IFollowed | null;
  table: ITableView | null;
  traced: Traced | null;
  draft: IDraft;
  forget: ForgetState;
  receipts: IReceiptList | null;
  /** How far forgets of the run have come in other runs. */
  updates: readonly IRunUpdate[];
  compliance: IComplianceState | null;
  /** What is known of all runs; null until it was asked. */
  all: IRunsState | null;
}

/** A panel that knows nothing yet. */
export const INITIAL_PANEL: IPanelState = {
  connection: 'none',
  busy: 0,
  failure: null,
  tab: 'pipeline',
  long: {},
  runs: [],
  run: null,
  plan: null,
  node: null,
  followed: null,
  table: null,
  traced: null,
  draft: { action: 'delete', columns: [] },
  forget: { stage: 'none' },
  receipts: null,
  updates: [],
  compliance: null,
  all: null
};

const NO_ROWS: ReadonlySet<number> = new Set();

const EMPTY_TABLE: Omit<ITableView, 'name'> = {
  filter: [],
  sort: null,
  only: null,
  size: null,
  selected: NO_ROWS,
  keys: null,
  profiles: []
};

/** What happens to a panel. */
export type PanelEvent =
  | { type: 'connected' }
  | { type: 'lost' }
  | { type: 'asked' }
  | { type: 'answered' }
  | { type: 'failed'; failure: IFailure }
  | { type: 'tab'; tab: Tab }
  | { type: 'progress'; kind: Long; progress: IProgress | null }
  | { type: 'runs'; runs: readonly IRunSummary[] }
  | { type: 'run'; run: IRunSummary }
  | {
      type: 'plan';
      plan: IPlanGraph;
      receipts: IReceiptList;
      updates: readonly IRunUpdate[];
    }
  | { type: 'node'; node: number }
  | { type: 'followed'; followed: IFollowed | null }
  | { type: 'shown'; table: string; only: readonly number[] | null }
  | { type: 'table'; filter: readonly ICondition[]; sort: ISort | null }
  | { type: 'size'; size: NonNullable<ITableView['size']> }
  | { type: 'profiles'; profiles: readonly IColumnProfile[] }
  | { type: 'selected'; selected: ReadonlySet<number> }
  | { type: 'keys'; keys: IKeySelection | null }
  | { type: 'traced'; traced: Traced | null }
  | { type: 'draft'; draft: IDraft }
  | { type: 'forget'; forget: ForgetState }
  | { type: 'updates'; updates: readonly IRunUpdate[] }
  | { type: 'compliance'; compliance: Partial<IComplianceState> }
  | { type: 'all'; all: Partial<IRunsState> };

/** The state after an event. */
export function reducePanel(
  state: IPanelState,
  event: PanelEvent
): IPanelState {
  switch (event.type) {
    case 'connected':
      return { ...state, connection: 'open', failure: null };
    case 'lost':
      return {
        ...INITIAL_PANEL,
        connection: 'lost',
        busy: state.busy,
        tab: state.tab
      };
    case 'asked':
      return { ...state, busy: state.busy + 1, failure: null };
    case 'answered':
      return { ...state, busy: Math.max(state.busy - 1, 0) };
    case 'failed':
      return { ...state, failure: event.failure };
    case 'tab':
      return { ...state, tab: event.tab };
    case 'progress':
      return { ...state, long: withProgress(state.long, event) };
    case 'runs':
      return { ...state, runs: event.runs };
    case 'run':
      return {
        ...INITIAL_PANEL,
        connection: state.connection,
        busy: state.busy,
        tab: state.tab,
        long: state.long,
        runs: state.runs,
        all: state.all,
        run: event.run
      };
    case 'plan': {
      const { plan, receipts, updates } = event;
      return { ...state, plan, receipts, updates };
    }
    case 'node':
      return { ...state, node: event.node };
    case 'followed':
      return { ...state, followed: event.followed };
    case 'shown':
      return {
        ...state,
        traced: null,
        forget: afterChoosing(state.forget),
        draft: INITIAL_PANEL.draft,
        table: { ...EMPTY_TABLE, name: event.table, only: event.only }
      };
    case 'table':
      return withTable(
        { ...state, traced: null },
        {
          ...EMPTY_TABLE,
          filter: event.filter,
          sort: event.sort
        }
      );
    case 'size':
      return withTable(state, { size: event.size });
    case 'profiles':
      return withTable(state, { profiles: event.profiles });
    case 'selected':
      return withTable(state, { selected: event.selected, keys: null });
    case 'keys':
      return withTable(state, { keys: event.keys, selected: NO_ROWS });
    case 'traced':
      return { ...state, traced: event.traced };
    case 'draft':
      return { ...state, draft: event.draft };
    case 'forget':
      return { ...state, forget: event.forget };
    case 'updates':
      return { ...state, updates: event.updates };
    case 'compliance':
      return {
        ...state,
        compliance: merged(state.compliance, event.compliance)
      };
    case 'all':
      return { ...state, all: merged(state.all, event.all) };
    default:
      return assertNever(event);
  }
}

/** A preview is of what was selected: another table ends it, but no work under way. */
function afterChoosing(forget: ForgetState): ForgetState {
  return forget.stage === 'previewed' ? { stage: 'none' } : forget;
}

function withProgress(
  long: IPanelState['long'],
  event: { kind: Long; progress: IProgress | null }
): IPanelState['long'] {
  const { kind, progress } = event;
  const others = { ...long };
  delete others[kind];
  return progress ? { ...others, [kind]: progress } : others;
}

function withTable(
  state: IPanelState,
  change: Partial<ITableView>
): IPanelState {
  return state.table
    ? { ...state, table: { ...state.table, ...change } }
    : state;
}

/** What is known, with what has come; the first to come is complete. */
function merged<T>(known: T | null, change: Partial<T>): T {
  return { ...known, ...change } as T;
}

function assertNever(event: never): never {
  throw new Error(`Unknown event: ${JSON.stringify(event)}`);
}
