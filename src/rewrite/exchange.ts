/**
 * One question to a model with its answer, as it is counted, kept and shown.
 */
import type { IChatMessage, IChatUsage } from './chat';
import type { FailureMode } from './taxonomy';

/** What a model was asked for. */
export type Purpose = 'rewrite' | 'repair' | 'critique' | 'synthesis';

/**
 * How an answer ended.
 *
 * #### Notes
 * `complete`, or the endpoint's own word for another end (`length`, ...);
 * `stopped`: by the user, or because another candidate was verified; `failed`:
 * by the endpoint or on the way.
 */
export type AnswerEnd = 'complete' | 'stopped' | 'failed' | (string & {});

/** One question with its answer. */
export interface IExchange {
  id: string;
  /** When it was asked, in ISO 8601. */
  time: string;
  purpose: Purpose;
  model: string;
  temperature: number | null;
  messages: readonly IChatMessage[];
  /** As far as it came. */
  answer: string;
  end: AnswerEnd;
  /** Why it failed. */
  error: string | null;
  /** The candidate that the answer held. */
  candidate: string | null;
  usage: IChatUsage;
  /** Whether the tokens were estimated here, because the endpoint did not count. */
  estimated: boolean;
  /** In US dollars; null when the price is not known. */
  cost: number | null;
  seconds: number;
  /** Seconds until the first piece of the answer; null when none came. */
  firstPiece: number | null;
}

/** What came of the candidate of an exchange. */
export interface IExchangeOutcome {
  status: 'equivalent' | 'different' | 'failed' | 'inconclusive' | 'repeat';
  summary: string;
}

/** An exchange as it is kept: with the cell it was about, and what came of it. */
export interface IKeptExchange extends IExchange {
  notebook: string;
  cell: string;
  task: string;
  outcome: IExchangeOutcome | null;
  failure: FailureMode | null;
}

/** What exchanges took together. */
export interface ISpent {
  exchanges: number;
  promptTokens: number;
  completionTokens: number;
  /** Whether some tokens were estimated. */
  estimated: boolean;
  /** In US dollars; null when the price of some is not known. */
  cost: number | null;
}

/** Nothing yet. */
export const NOTHING_SPENT: ISpent = {
  exchanges: 0,
  promptTokens: 0,
  completionTokens: 0,
  estimated: false,
  cost: 0
};

/** What was spent with one more exchange. */
export function spend(spent: ISpent, exchange: IExchange): ISpent {
  const { usage, estimated, cost } = exchange;
  return {
    exchanges: spent.exchanges + 1,
    promptTokens: spent.promptTokens + usage.promptTokens,
    completionTokens: spent.completionTokens + usage.completionTokens,
    estimated: spent.estimated || estimated,
    cost: spent.cost === null || cost === null ? null : spent.cost + cost
  };
}
