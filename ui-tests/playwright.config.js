/**
 * Playwright on the distribution's Chromium, against a JupyterLab of the
 * repository's own virtual environment.
 *
 * PALIMPSEST_UI_PORT       the port of the server (8899)
 * PALIMPSEST_ENDPOINT_PORT the port of the scripted model endpoint (8898)
 * PALIMPSEST_CHROMIUM      another Chromium than the distribution's
 */
const fs = require('fs');
const path = require('path');
const baseConfig = require('@jupyterlab/galata/lib/playwright-config');

const PORT = process.env.PALIMPSEST_UI_PORT ?? '8899';
const URL = `http://127.0.0.1:${PORT}`;
const ENDPOINT_PORT = process.env.PALIMPSEST_ENDPOINT_PORT ?? '8898';
const ENDPOINT = `http://127.0.0.1:${ENDPOINT_PORT}`;
const CHROMIUM =
  process.env.PALIMPSEST_CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(place =>
    fs.existsSync(place)
  );
const JUPYTER = path.resolve(__dirname, '../.venv/bin/jupyter');

// Galata's fixtures find the server by this variable.
process.env.TARGET_URL = URL;
// Tests script the endpoint through its control routes.
process.env.PALIMPSEST_ENDPOINT_URL = ENDPOINT;

module.exports = {
  ...baseConfig,
  testDir: 'tests',
  forbidOnly: !!process.env.CI,
  // One kernel at a time is what two cores carry.
  workers: 1,
  reporter: [['list']],
  timeout: 120 * 1000,
  use: {
    ...baseConfig.use,
    actionTimeout: 30 * 1000,
    baseURL: URL,
    viewport: { width: 1400, height: 900 },
    video: 'off',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: [
    {
      command: `"${JUPYTER}" lab --config jupyter_server_test_config.py`,
      url: `${URL}/lab`,
      env: {
        ...process.env,
        PALIMPSEST_UI_PORT: PORT,
        PALIMPSEST_BASE_URL: `${ENDPOINT}/v1`,
        PALIMPSEST_MODELS: 'scripted'
      },
      timeout: 120 * 1000,
      reuseExistingServer: false
    },
    {
      command: `node scripted-endpoint.mjs --port ${ENDPOINT_PORT}`,
      url: `${ENDPOINT}/control/requests`,
      reuseExistingServer: false
    }
  ]
};
