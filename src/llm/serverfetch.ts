/**
 * Requests of the openai client, sent as requests to the Jupyter server.
 */
import { ServerConnection } from '@jupyterlab/services';

/**
 * A `fetch` that talks to the Jupyter server only.
 *
 * #### Notes
 * The openai client's own `Authorization` header is dropped: the server knows the
 * endpoint's key, and the header belongs to Jupyter's own token. Its headers that
 * describe the user's platform are dropped as well.
 */
export function serverFetch(settings: ServerConnection.ISettings) {
  return (
    input: string | URL | Request,
    init: RequestInit = {}
  ): Promise<Response> => {
    const headers = new settings.Headers(init.headers);
    for (const name of [...headers.keys()]) {
      if (name === 'authorization' || name.startsWith('x-stainless-')) {
        headers.delete(name);
      }
    }
    const url = input instanceof settings.Request ? input.url : String(input);
    return ServerConnection.makeRequest(url, { ...init, headers }, settings);
  };
}
