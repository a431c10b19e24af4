/** The measurements of the panel: as the tests, one after the other, without a trace. */
const config = require('./playwright.config.js');

module.exports = {
  ...config,
  testDir: 'bench',
  testMatch: '*.bench.ts',
  timeout: 1800 * 1000,
  retries: 0,
  use: { ...config.use, trace: 'off' }
};
