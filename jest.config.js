const jestJupyterLab = require('@jupyterlab/testutils/lib/jest-config');

// Packages that ship ES modules only and so have to pass through Babel.
const esModules = [
  '@codemirror',
  '@dagrejs',
  '@jupyter/',
  '@jupyterlab/',
  '@marijn',
  '@microsoft',
  '@rjsf',
  '@jridgewell/sourcemap-codec',
  '@xyflow',
  'apache-arrow',
  'exenv-es6',
  'fast-check',
  'flatbuffers',
  'lib0',
  'magic-string',
  'marked',
  'nanoid',
  'py-ast',
  'pure-rand',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const baseConfig = jestJupyterLab(__dirname);

module.exports = {
  ...baseConfig,
  automock: false,
  cacheDirectory: 'node_modules/.cache/jest',
  collectCoverageFrom: [
    'src/**/*.{ts,tsx}',
    '!src/**/*.d.ts',
    '!src/**/.ipynb_checkpoints/*'
  ],
  coverageReporters: ['lcov', 'text'],
  modulePathIgnorePatterns: [
    '<rootDir>/jupyterlab_palimpsest/labextension',
    '<rootDir>/lib/',
    '<rootDir>/.venv/',
    '<rootDir>/ui-tests/'
  ],
  reporters: ['default'],
  testRegex: 'src/.*\\.spec\\.tsx?$',
  transform: {
    ...baseConfig.transform,
    '^.+\\.mjs$': 'babel-jest',
    // Types are checked once, by tsc; here they are only stripped.
    '^.+\\.tsx?$': [
      'ts-jest/legacy',
      { tsconfig: './tsconfig.test.json', diagnostics: false }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
