/**
 * The words that rewriting is spoken in: a task, its request, candidates, their
 * sources, verdicts. Everything here is data or an interface; nothing imports
 * JupyterLab, so that the same code runs in the browser, in jest and in Node.
 */

import type { IExchange } from './exchange';

/** What a rewritten cell defines; stored in the cell metadata `palimpsest.role`. */
export type Role = 'prepare' | 'encode' | 'label' | 'train';

/** The function of the pipeline contract that a cell of each role defines. */
export const CONTRACT_FUNCTION: Readonly<Record<Role, string>> = {
  prepare: 'prepare',
  encode: 'encode_features',
  label: 'extract_label',
  train: 'make_model'
};

/** One code cell of the notebook a request is about. */
export interface ICodeCell {
  /** nbformat cell id. */
  id: string;
  source: string;
  /** The role, when the cell is already a rewritten one. */
  role?: Role;
  /** The source the cell had before it was rewritten, when that is known. */
  originalSource?: string;
}

/** What a live source looks like. */
export interface ISourceSchema {
  name: string;
  columns: { name: string; dtype: string; nulls?: number; distinct?: number }[];
  rows?: number;
  /** Whether only the first rows were looked at. */
  partial?: boolean;
  /** Whether the columns have no names in the source, only places. */
  nameless?: boolean;
  /** A few rows as texts; only when the user allowed rows to be sent. */
  samples?: readonly (readonly string[])[];
}

/** The variable or file that holds the result of a stage. */
export type StageOutputs = Readonly<Partial<Record<Role, string>>>;

/** What the user asked for: rewrite this cell of this notebook. */
export interface IRewriteRequest {
  /** The name of a registered {@link IRewriteTask}. */
  task: string;
  /** Path of the notebook, relative to the server root. */
  notebookPath: string;
  /** All code cells, in order, with the sources they had when the request started. */
  cells: ICodeCell[];
  /** The cell to rewrite. */
  cellId: string;
  /** A remark of the user, for another try. */
  remark?: string;
  /** Schemas of live sources, when the companion could tell them. */
  schemas?: readonly ISourceSchema[];
  /** Whether the model may be told values of the data; by default it may not. */
  showValues?: boolean;
  /** What holds the result of a stage, where the user has said so. */
  outputs?: StageOutputs;
  /** The files beside the notebook and in folders below, as far as they are known. */
  files?: readonly string[];
  /** How earlier rewrites of similar cells failed or went well: hints for the model. */
  hints?: readonly string[];
  /** What the rules said of the cell, once they were asked: context for the model. */
  lifted?: ILiftResult;
  /** Earlier cells that are as they are once proposals that wait beside them are accepted. */
  pending?: readonly string[];
}

/** Something the original does that its author can hardly have meant. */
export interface IFinding {
  /** Stable kind, e.g. `stale-variable`, `constant-label`, `unused-helper`. */
  kind: string;
  severity: 'info' | 'warning';
  message: string;
  /** 1-based line in the original cell. */
  line: number;
  /** 0-based column in the original cell. */
  column?: number;
  /** A separate, clearly marked change that would mend it. */
  fix?: { title: string; code: string };
}

/** A statement that the rules cannot lift, and why. */
export interface IRefusal {
  /** 1-based line in the original cell. */
  line: number;
  column?: number;
  reason: string;
}

/**
 * What of the original shows the result that the rewrite must equal.
 *
 * #### Notes
 * `file`: the original writes an intermediate text file, a row a line.
 * `variable`: the original leaves its result in a global variable.
 */
export type Observation =
  | { kind: 'file'; path: string; separator: string; columns: string[] }
  | { kind: 'variable'; name: string };

/** A proposed new source for the cell. */
export interface ICandidate {
  /** Unique within one rewriting session. */
  id: string;
  origin: 'rules' | 'model';
  role: Role;
  /** The complete new source of the cell. */
  code: string;
  /** What the verifier compares; absent when it has to be inferred. */
  observation?: Observation;
  findings: IFinding[];
  /**
   * New sources of other cells that this candidate relies on, by cell id: a
   * feature cell is lifted against the lifted preparation before it.
   */
  prerequisites: Readonly<Record<string, { role: Role; code: string }>>;
  /** One paragraph for the user, when the source has something to say. */
  explanation?: string;
}

/** What a candidate source tells while it works. */
export type CandidateEvent =
  | { type: 'text'; candidate: string; delta: string }
  | { type: 'candidate'; candidate: ICandidate }
  | { type: 'problem'; message: string; hint: string | null }
  | ({ type: 'refused' } & Omit<ILiftResult, 'candidate'>);

/** A failed attempt, as structured feedback for the next round. */
export interface IAttempt {
  candidate: ICandidate;
  verdict: IVerdict;
  /** Whether an earlier attempt said the same, so that it was not run. */
  repeat?: boolean;
}

/** Called with every exchange with a model, also one that failed or was stopped. */
export type ExchangeListener = (exchange: IExchange) => void;

/** Where candidates come from: the rules (lifter) or a language model. */
export interface ICandidateSource {
  readonly name: 'rules' | 'model';
  /**
   * Produce candidates. Aborting the signal stops upstream work at once.
   *
   * @param attempts - what failed in earlier rounds of the same request.
   * @param onExchange - hears of each exchange with a model when it ends.
   */
  candidates(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal,
    onExchange?: ExchangeListener
  ): AsyncIterable<CandidateEvent>;
  /**
   * Look at what failed once more, from another side, when the rounds are used up;
   * a source without this has nothing more to say then.
   */
  critique?(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal,
    onExchange?: ExchangeListener
  ): AsyncIterable<CandidateEvent>;
}

/** One rung of the equivalence ladder, as far as it was climbed. */
export interface IEvidence {
  step:
    | 'parses'
    | 'names'
    | 'runs'
    | 'real'
    | 'mutated'
    | 'nondeterminism'
    | 'note';
  ok: boolean;
  detail: string;
}

/** The first difference between original and rewrite. */
export interface IDifference {
  /** Where the difference shows: `real` or the name of the mutation. */
  input: string;
  row: number | null;
  column: string | null;
  original: string;
  rewritten: string;
  /** Source rows that cause it: source name -> 0-based line numbers. */
  sourceRows: Readonly<Record<string, number[]>>;
  /** 1-based line of the original statement responsible, when known. */
  line: number | null;
  /** 1-based line of the statement of the rewrite that is to blame, when known. */
  rewrittenLine?: number | null;
  /** The stage whose results differ, where several were compared. */
  stage?: Role | null;
  /** The likely cause, in plain words. */
  cause?: string | null;
  /** The differing row of the original beside that of the rewrite. */
  table?: {
    columns: readonly string[];
    expected: readonly string[] | null;
    got: readonly string[] | null;
  } | null;
  /** The smallest input found with the difference: source name -> its lines. */
  sourceLines?: Readonly<Record<string, readonly string[]>>;
}

/** The outcome of running original and rewrite side by side. */
export interface IVerdict {
  status: 'equivalent' | 'different' | 'failed' | 'inconclusive';
  /** One sentence for the badge. */
  summary: string;
  realRows: number;
  mutatedInputs: number;
  /**
   * What has to be told with an equivalence: where errors change their kind, and
   * differences that were not taken to decide.
   */
  remarks: readonly string[];
  evidence: IEvidence[];
  difference: IDifference | null;
  error: {
    side: 'original' | 'rewritten';
    message: string;
    line: number | null;
  } | null;
  seconds: number;
}

/** Progress of a verification: `done` of `total` steps. */
export interface IVerifyProgress {
  step: string;
  done: number;
  total: number;
}

/** How a verification is stopped, and who hears how far it is. */
export interface IVerifyOptions {
  signal: AbortSignal;
  onProgress?: (progress: IVerifyProgress) => void;
}

/** Runs original and rewrite and compares. */
export interface IVerifier {
  verify(
    request: IRewriteRequest,
    candidate: ICandidate,
    options: IVerifyOptions
  ): Promise<IVerdict>;
}

/** One kind of rewrite: what is asked, of which cells, and how it is verified. */
export interface IRewriteTask {
  readonly name: string;
  /** Imperative label for menus, before translation. */
  readonly label: string;
  /** The role the rewritten cell gets; undefined while it depends on the cell. */
  readonly role?: Role;
  /** Whether the task applies to this cell. */
  applies(cells: readonly ICodeCell[], cellId: string): boolean;
  /** The prompt for the model source, typed and snapshot-tested. */
  prompt(
    request: IRewriteRequest,
    attempts: readonly IAttempt[]
  ): { role: 'system' | 'user' | 'assistant'; content: string }[];
}

/** What the lifter says of one cell. */
export interface ILiftResult {
  /** The lifted cell, absent when it was refused. */
  candidate: ICandidate | null;
  refusals: IRefusal[];
  findings: IFinding[];
  /**
   * New sources of the cells before a refused one, as far as they can be lifted:
   * another source's candidate for it relies on them.
   */
  prerequisites?: ICandidate['prerequisites'];
}
