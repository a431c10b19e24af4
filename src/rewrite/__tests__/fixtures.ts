/**
 * What the suites of rewriting share: a notebook, candidates, scripted sources and
 * a scripted verifier.
 */
import type {
  ChatEvent,
  IChatClient,
  IChatRequest,
  IChatUsage,
  IModelTerms
} from '../chat';
import type {
  CandidateEvent,
  IAttempt,
  ICandidate,
  ICandidateSource,
  IRewriteRequest,
  IVerdict,
  IVerifier
} from '../interfaces';

export const REQUEST: IRewriteRequest = {
  task: 'prepare',
  notebookPath: 'work/complaints.ipynb',
  cellId: 'prepare',
  cells: [
    { id: 'setup', source: 'TARGETS = ["UK", "DE"]\n' },
    {
      id: 'prepare',
      source: [
        'kept = []',
        'for line in open("customers.csv"):',
        '    cid, email, country = line.strip().split(",")',
        '    if country in TARGETS:',
        '        kept.append((email, country))'
      ].join('\n')
    },
    { id: 'label', source: 'y = [c == "UK" for e, c in kept]' }
  ]
};

/** A rewrite of the cell that nothing static can be said against. */
export function rewriteTo(expression: string): string {
  return [
    'import palimpsest.pandas as pd',
    '',
    'def prepare(customers="customers.csv"):',
    '    customers = pd.read_csv(customers, names=["cid", "email", "country"])',
    `    return ${expression}`,
    ''
  ].join('\n');
}

export function candidate(
  id: string,
  code: string,
  more: Partial<ICandidate> = {}
): ICandidate {
  return {
    id,
    origin: 'rules',
    role: 'prepare',
    code,
    findings: [],
    prerequisites: {},
    ...more
  };
}

export function verdict(
  status: IVerdict['status'],
  more: Partial<IVerdict> = {}
): IVerdict {
  return {
    status,
    summary: `It is ${status}.`,
    realRows: 100,
    mutatedInputs: 20,
    remarks: [],
    evidence: [],
    difference: null,
    error: null,
    seconds: 0.1,
    ...more
  };
}

/** A source that gives the events of one round after the other. */
export class ScriptedSource implements ICandidateSource {
  constructor(
    readonly name: ICandidateSource['name'],
    private readonly _rounds: readonly (readonly (CandidateEvent | Error)[])[]
  ) {}

  /** What each round was asked with. */
  readonly asked: { request: IRewriteRequest; attempts: IAttempt[] }[] = [];
  /** How many rounds were left before their end. */
  left = 0;

  async *candidates(
    request: IRewriteRequest,
    attempts: readonly IAttempt[]
  ): AsyncIterable<CandidateEvent> {
    const events = this._rounds[this.asked.length] ?? [];
    this.asked.push({ request, attempts: [...attempts] });
    let complete = false;
    try {
      for (const event of events) {
        if (event instanceof Error) {
          throw event;
        }
        yield event;
      }
      complete = true;
    } finally {
      this.left += complete ? 0 : 1;
    }
  }
}

/** A source that never answers and does not listen to its signal. */
export class DeafSource implements ICandidateSource {
  readonly name = 'model';

  candidates(): AsyncIterable<CandidateEvent> {
    const next = () => new Promise<never>(() => undefined);
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }
}

/** A verifier that looks its verdicts up by what the code contains. */
export class ScriptedVerifier implements IVerifier {
  constructor(private readonly _verdicts: Readonly<Record<string, IVerdict>>) {}

  /** The codes that were run, in order. */
  readonly verified: string[] = [];

  async verify(
    request: IRewriteRequest,
    { code }: ICandidate,
    options: Parameters<IVerifier['verify']>[2]
  ): Promise<IVerdict> {
    this.verified.push(code);
    options.onProgress?.({ step: 'real', done: 1, total: 2 });
    const key = Object.keys(this._verdicts).find(part => code.includes(part));
    if (key === undefined) {
      throw new Error('No companion in the kernel.');
    }
    return this._verdicts[key];
  }
}

/**
 * A client that streams prepared answers, a few characters at a time; null is an
 * answer that never comes.
 */
export class ScriptedClient implements IChatClient {
  constructor(
    private readonly _answers: readonly (string | null)[],
    private readonly _reason = 'stop',
    private readonly _terms: Partial<IModelTerms> = {}
  ) {}

  readonly asked: IChatRequest[] = [];
  /** How many requests were stopped. */
  stopped = 0;
  usage: IChatUsage | null = null;

  /** The prompts, each as one text. */
  get prompts(): string[] {
    return this.asked.map(({ messages }) =>
      messages.map(({ content }) => content).join('\n')
    );
  }

  async terms(model = ''): Promise<IModelTerms> {
    return { model, window: null, price: null, ...this._terms };
  }

  async *stream(
    request: IChatRequest,
    signal: AbortSignal
  ): AsyncIterable<ChatEvent> {
    const answer = this._answers[this.asked.length];
    this.asked.push(request);
    if (answer === null) {
      await new Promise<void>(resolve =>
        signal.addEventListener('abort', () => resolve())
      );
      this.stopped++;
      throw signal.reason;
    }
    for (const text of (answer ?? '').match(/[\s\S]{1,9}/g) ?? []) {
      yield { type: 'delta', text };
    }
    yield { type: 'end', reason: this._reason, usage: this.usage };
  }
}
