/**
 * jsdom with Node's own fetch and all that belongs to it. jsdom has abort signals
 * of its own, which Node's fetch does not take, and no streams.
 */
const {
  default: JupyterLabEnvironment
} = require('@jupyterlab/testing/lib/jest-env.js');

module.exports = class StreamingEnvironment extends JupyterLabEnvironment {
  constructor(...args) {
    super(...args);
    Object.assign(this.global, {
      AbortController,
      AbortSignal,
      DOMException,
      ReadableStream,
      TextDecoder,
      TextEncoder
    });
  }
};
