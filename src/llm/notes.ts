/**
 * What is noted of rewriting with a model, kept by the server beside the notebooks:
 * exchanges and strategies.
 */
import { PathExt, URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { ChatError } from '../rewrite/chat';
import type { IChronicleStore } from '../rewrite/chronicle';
import type { IKeptExchange } from '../rewrite/exchange';
import type { IStrategy } from '../rewrite/strategies';
import { chatError } from './errors';

/** The notes beside the notebooks of one folder. */
export interface INotes extends IChronicleStore {
  /** The exchanges that are kept, oldest first. */
  exchanges(): Promise<readonly IKeptExchange[]>;
  /** Delete one exchange, or all. */
  deleteExchanges(id?: string): Promise<void>;
  /** Forget all strategies. */
  deleteStrategies(): Promise<void>;
}

/** The folder of a notebook, relative to the server root; drives keep no notes. */
export function folderOf(notebookPath: string): string {
  return PathExt.dirname(notebookPath.replace(/^\w+:/, ''));
}

/** Notes that the server extension keeps. */
export class ServerNotes implements INotes {
  /**
   * @param _folder - the notebooks' folder, relative to the server root.
   */
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _folder: string
  ) {}

  async exchanges(): Promise<readonly IKeptExchange[]> {
    return (await this._ask('exchanges', 'GET'))?.exchanges ?? [];
  }

  async addExchange(exchange: IKeptExchange): Promise<void> {
    await this._ask('exchanges', 'POST', exchange);
  }

  async deleteExchanges(id?: string): Promise<void> {
    await this._ask('exchanges', 'DELETE', undefined, id);
  }

  async strategies(): Promise<readonly IStrategy[]> {
    return (await this._ask('strategies', 'GET'))?.strategies ?? [];
  }

  async addStrategy(strategy: IStrategy): Promise<void> {
    await this._ask('strategies', 'POST', strategy);
  }

  async deleteStrategies(): Promise<void> {
    await this._ask('strategies', 'DELETE');
  }

  private async _ask(
    kind: 'exchanges' | 'strategies',
    method: 'GET' | 'POST' | 'DELETE',
    note?: IKeptExchange | IStrategy,
    id?: string
  ): Promise<any> {
    const query = { folder: this._folder, ...(id === undefined ? {} : { id }) };
    const url =
      URLExt.join(this._settings.baseUrl, 'palimpsest/notes', kind) +
      URLExt.objectToQueryString(query);
    const body = note === undefined ? undefined : JSON.stringify(note);
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        url,
        { method, body },
        this._settings
      );
    } catch (error) {
      throw chatError(error);
    }
    // A server without a folder of its own keeps no notes, which is no failure.
    if (response.status === 204 || response.status === 501) {
      return null;
    }
    if (!response.ok) {
      throw await failure(response);
    }
    return response.json();
  }
}

/** The error that the server tells, or that its status is. */
async function failure(response: Response): Promise<ChatError> {
  const body = await response
    .clone()
    .json()
    .catch(() => null);
  return chatError(
    body?.error?.code
      ? body
      : new ServerConnection.ResponseError(response, response.statusText)
  );
}
