import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import prettierRecommended from 'eslint-plugin-prettier/recommended';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import jupyterPlugin from '@jupyter/eslint-plugin';

/** What runs in Node as well as in the browser may not lean on the application. */
const APPLICATION = {
  regex: '^(@jupyterlab|@lumino|@codemirror|@xyflow|react|react-dom)(/|$)',
  message:
    'src/rewrite and src/docs run without JupyterLab, React and CodeMirror.'
};

const FEATURES = {
  regex:
    '^(\\.\\./)+(cells|diff|exchanges|llm|panels|companion(?!/protocol\\.generated$))(/|$)',
  message:
    'src/rewrite and src/docs know only the interfaces in src/rewrite/interfaces.ts.'
};

/** The browser bundle may not reach for Node. */
const NODE = [
  {
    regex: '^node:',
    message: 'Only src/headless runs in Node.'
  },
  {
    regex: '^(\\.{1,2}/)+headless(/|$)',
    message: 'src/headless is not part of the browser bundle.'
  }
];

const restrict = patterns => ({
  'no-restricted-imports': ['error', { patterns }]
});

export default defineConfig([
  {
    ignores: [
      'node_modules',
      'lib',
      'coverage',
      '**/*.js',
      '**/*.d.ts',
      '.venv',
      '.venv-tools',
      'src/companion/protocol.generated.ts',
      'jupyterlab_palimpsest',
      'ui-tests/node_modules',
      'ui-tests/test-results',
      'ui-tests/playwright-report'
    ]
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    plugins: {
      jupyter: jupyterPlugin
    }
  },
  jupyterPlugin.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: globals.node
    },
    rules: {
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'prefer-arrow-callback': 'error'
    }
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: {
      'react-hooks': reactHooks
    },
    languageOptions: {
      globals: {
        ...globals.browser,
        ...globals.es2015
      },
      parserOptions: {
        project: 'tsconfig.test.json',
        sourceType: 'module'
      }
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: {
            regex: '^I[A-Z]',
            match: true
          }
        }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-use-before-define': 'off',
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'prefer-arrow-callback': 'error',
      // Our own modules are small; what is heavy is in packages.
      'jupyter/prefer-lazy-imports': [
        'warn',
        { ignoreImports: ['./*', '../*'] }
      ],
      ...restrict(NODE)
    }
  },
  {
    files: ['src/rewrite/**/*.ts', 'src/docs/**/*.ts'],
    ignores: ['**/__tests__/**'],
    rules: {
      ...restrict([APPLICATION, FEATURES, ...NODE]),
      // What these folders say is translated where it is shown.
      'jupyter/no-untranslated-string': 'off'
    }
  },
  {
    files: ['src/headless/**/*.ts', 'src/**/__tests__/**'],
    languageOptions: {
      globals: { ...globals.node, ...globals.jest }
    },
    rules: {
      'no-restricted-imports': 'off',
      'jupyter/no-untranslated-string': 'off',
      // What is made here ends with its process.
      'jupyter/require-disposable-ownership': 'off',
      'jupyter/require-disposable-transfer': 'off'
    }
  },
  {
    files: ['ui-tests/**/*.ts'],
    languageOptions: {
      globals: { ...globals.browser, ...globals.node }
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'off'
    }
  },
  prettierRecommended
]);
