/**
 * A TEST DOUBLE, not a language model: an OpenAI-compatible endpoint that answers
 * from a script, over real HTTP with real server-sent events.
 *
 *   node ui-tests/scripted-endpoint.mjs --port 8901 --script answers.json
 *
 * Port 0 takes a free one; the first line printed is the base URL. The script:
 *
 *   {
 *     "models": ["scripted"],        what GET /v1/models lists
 *     "key": "secret",               wanted as Bearer token; absent = no key needed
 *     "answers": [                   one a request, in order; the last one repeats
 *       {"text": "...", "chunk": 20, "delay": 5, "first": 0, "finish": "stop"},
 *       {"when": "words of the prompt", "text": "..."},     preferred where it fits
 *       {"fault": "status", "status": 500, "body": "...", "headers": {}},
 *       {"fault": "nonsense"},       status 200 and something that is no chunk
 *       {"fault": "hang"},           silence after `after` chunks of `text`
 *       {"fault": "disconnect"}      the socket torn after `after` chunks of `text`
 *     ]
 *   }
 *
 * Beside the API: GET /control/requests tells what was received and whether it was
 * cancelled; PUT /control/script replaces the script and forgets the requests.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const EMPTY = { models: ['scripted'], answers: [] };

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    script: { type: 'string' }
  }
});

/** What the endpoint knows: the script, and what it was asked. */
const state = { script: EMPTY, used: new Set(), requests: [] };

function load(script) {
  state.script = { ...EMPTY, ...script };
  state.used = new Set();
  state.requests = [];
}

if (options.script) {
  load(JSON.parse(readFileSync(options.script, 'utf8')));
}

const pause = milliseconds =>
  new Promise(resolve => setTimeout(resolve, milliseconds));

async function readBody(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sendJson(response, status, value, headers = {}) {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    ...headers
  });
  response.end(JSON.stringify(value));
}

function sendError(response, status, message, code) {
  sendJson(response, status, { error: { message, type: 'error', code } });
}

/** The answer to this prompt: one that asks for its words, else the next one. */
function nextAnswer(prompt) {
  const { answers } = state.script;
  const unused = index => !state.used.has(index);
  const indices = [...answers.keys()];
  const chosen =
    indices.find(
      index =>
        unused(index) &&
        answers[index].when &&
        prompt.includes(answers[index].when)
    ) ??
    indices.find(index => unused(index) && !answers[index].when) ??
    indices.filter(index => !answers[index].when).pop() ??
    null;
  if (chosen !== null) {
    state.used.add(chosen);
  }
  return chosen === null ? null : answers[chosen];
}

function chunkOf(model, delta, finish = null) {
  return {
    id: 'scripted',
    object: 'chat.completion.chunk',
    created: 0,
    model,
    choices: [{ index: 0, delta, finish_reason: finish }]
  };
}

function pieces(text, size) {
  const found = [];
  for (let start = 0; start < text.length; start += size) {
    found.push(text.slice(start, start + size));
  }
  return found;
}

/** Stream an answer, or as much of it as its fault lets through. */
async function stream(response, model, answer, entry) {
  const send = value => {
    entry.chunks++;
    entry.firstByte ??= Date.now();
    return response.write(`data: ${JSON.stringify(value)}\n\n`);
  };
  await pause(answer.first ?? 0);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const parts = pieces(answer.text ?? '', answer.chunk ?? 20);
  const limit = answer.fault ? (answer.after ?? 0) : parts.length;
  for (const part of parts.slice(0, limit)) {
    if (entry.cancelled) {
      return;
    }
    send(chunkOf(model, { content: part }));
    await pause(answer.delay ?? 0);
  }
  if (answer.fault === 'hang') {
    response.flushHeaders();
    return;
  }
  if (answer.fault === 'disconnect') {
    entry.torn = true;
    response.socket.destroy();
    return;
  }
  send(chunkOf(model, {}, answer.finish ?? 'stop'));
  const tokens = { prompt_tokens: 11, completion_tokens: parts.length };
  send({
    ...chunkOf(model, {}),
    choices: [],
    usage: { ...tokens, total_tokens: 11 + parts.length }
  });
  response.end('data: [DONE]\n\n');
}

/** A whole answer at once, for clients that do not stream. */
async function respond(response, model, answer) {
  await pause(answer.first ?? 0);
  sendJson(response, 200, {
    id: 'scripted',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.text ?? '' },
        finish_reason: answer.finish ?? 'stop'
      }
    ]
  });
}

async function complete(request, response) {
  const text = await readBody(request);
  const body = JSON.parse(text);
  const entry = {
    path: request.url,
    headers: request.headers,
    body,
    chunks: 0,
    /** When the first byte of the answer left, in milliseconds since 1970. */
    firstByte: null,
    finished: false,
    /** The client went away first. */
    cancelled: false,
    /** The script tore the connection. */
    torn: false
  };
  state.requests.push(entry);
  response.on('close', () => {
    entry.finished = response.writableFinished;
    entry.cancelled = !response.writableFinished && !entry.torn;
  });
  if (
    state.script.key &&
    request.headers.authorization !== `Bearer ${state.script.key}`
  ) {
    return sendError(
      response,
      401,
      'Incorrect API key provided.',
      'invalid_api_key'
    );
  }
  if (!state.script.models.includes(body.model)) {
    return sendError(
      response,
      404,
      `The model '${body.model}' does not exist.`,
      'model_not_found'
    );
  }
  const answer = nextAnswer(JSON.stringify(body.messages));
  if (!answer) {
    return sendError(response, 500, 'The script has no answer left.', 'script');
  }
  if (answer.fault === 'status') {
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      ...answer.headers
    });
    return response.end(answer.body ?? '');
  }
  if (answer.fault === 'nonsense') {
    response.writeHead(200, { 'Content-Type': answer.type ?? 'text/html' });
    return response.end(
      answer.body ?? '<html><body>Welcome to the router!</body></html>'
    );
  }
  return body.stream
    ? stream(response, body.model, answer, entry)
    : respond(response, body.model, answer);
}

async function route(request, response) {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (request.method === 'PUT' && path === '/control/script') {
    load(JSON.parse(await readBody(request)));
    return sendJson(response, 200, {});
  }
  if (request.method === 'GET' && path === '/control/requests') {
    return sendJson(response, 200, state.requests);
  }
  if (request.method === 'GET' && path.endsWith('/models')) {
    const data = state.script.models.map(id => ({ id, object: 'model' }));
    return sendJson(response, 200, { object: 'list', data });
  }
  if (request.method === 'POST' && path.endsWith('/chat/completions')) {
    return complete(request, response);
  }
  return sendError(response, 404, `There is nothing at ${path}.`, 'not_found');
}

const server = createServer((request, response) => {
  route(request, response).catch(error => {
    if (response.headersSent) {
      response.socket?.destroy();
    } else {
      sendError(response, 400, String(error), 'script');
    }
  });
});

server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/v1`);
});
