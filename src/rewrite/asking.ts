/**
 * One exchange with a model: ask, hand on what arrives, and account for it.
 */
import { ChatError } from './chat';
import type {
  IChatClient,
  IChatMessage,
  IChatUsage,
  IModelTerms
} from './chat';
import { CodeReader } from './codereader';
import type { IAnswer } from './codereader';
import type { AnswerEnd, IExchange, Purpose } from './exchange';
import { CONTRACT_FUNCTION } from './interfaces';
import type { ExchangeListener, Role } from './interfaces';
import { estimateTokens } from './tokens';

/** What is asked. */
export interface IQuestion {
  /** Unique among all exchanges. */
  id: string;
  /** Id of the candidate that the answer may hold. */
  candidate: string;
  purpose: Purpose;
  role: Role;
  messages: readonly IChatMessage[];
  temperature: number;
  terms: IModelTerms;
}

/** Who wants to hear of an exchange. */
export interface IListeners {
  /** Called with each piece of code that is to be shown. */
  onText: (delta: string) => void;
  onExchange?: ExchangeListener;
}

/**
 * Ask, and give the answer when it is complete.
 *
 * Fails with a `ChatError` when the endpoint does or the answer was cut off, and
 * with the signal's reason when it is aborted; the listener hears of the exchange
 * in any case.
 */
export async function ask(
  client: IChatClient,
  question: IQuestion,
  listeners: IListeners,
  signal: AbortSignal
): Promise<IAnswer> {
  const account = new Account(question);
  const reader = new CodeReader(CONTRACT_FUNCTION[question.role]);
  const { messages, temperature, terms } = question;
  try {
    const request = {
      messages,
      model: terms.model === '' ? undefined : terms.model,
      temperature
    };
    for await (const event of client.stream(request, signal)) {
      if (event.type === 'delta') {
        account.add(event.text);
        const delta = reader.push(event.text);
        if (delta !== '') {
          listeners.onText(delta);
        }
      } else {
        account.end(event.reason, event.usage);
      }
    }
    if (signal.aborted) {
      throw signal.reason;
    }
  } catch (error) {
    account.fail(error, signal.aborted);
    throw error;
  } finally {
    listeners.onExchange?.(account.exchange(reader.finish().code !== null));
  }
  if (account.wasCutOff) {
    throw new ChatError(
      'cut-off',
      'The model stopped in the middle: its answer reached the output limit.',
      'Choose a model with a larger output limit, or split the cell.'
    );
  }
  return reader.finish();
}

/** Adds up what one exchange took. */
class Account {
  constructor(private readonly _question: IQuestion) {}

  get wasCutOff(): boolean {
    return this._end === 'length';
  }

  add(text: string): void {
    this._firstPiece ??= this._seconds();
    this._answer += text;
  }

  end(reason: string, usage: IChatUsage | null): void {
    this._end = reason === 'stop' ? 'complete' : reason;
    this._usage = usage;
  }

  fail(error: unknown, stopped: boolean): void {
    this._end = stopped ? 'stopped' : 'failed';
    this._error = stopped ? null : (error as Error).message;
  }

  exchange(hasCode: boolean): IExchange {
    const { id, candidate, purpose, messages, temperature, terms } =
      this._question;
    const prompt = messages.map(({ content }) => content).join('\n');
    const usage = this._usage ?? {
      promptTokens: estimateTokens(prompt),
      completionTokens: estimateTokens(this._answer)
    };
    return {
      id,
      time: new Date(this._started).toISOString(),
      purpose,
      model: terms.model,
      temperature,
      messages,
      answer: this._answer,
      end: this._end,
      error: this._error,
      candidate: hasCode && this._end === 'complete' ? candidate : null,
      usage,
      estimated: this._usage === null,
      cost: costOf(usage, terms),
      seconds: this._seconds(),
      firstPiece: this._firstPiece
    };
  }

  private _seconds(): number {
    return (Date.now() - this._started) / 1000;
  }

  private _answer = '';
  private _end: AnswerEnd = 'complete';
  private _error: string | null = null;
  private _firstPiece: number | null = null;
  private readonly _started = Date.now();
  private _usage: IChatUsage | null = null;
}

function costOf(usage: IChatUsage, { price }: IModelTerms): number | null {
  return price === null
    ? null
    : (usage.promptTokens * price.prompt +
        usage.completionTokens * price.completion) /
        1_000_000;
}
