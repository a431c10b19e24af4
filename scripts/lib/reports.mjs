import fs from 'node:fs';

/**
 * Readers of the reports that test runners write. Each gives the counts
 * `{ passed, failed, skipped }`, or `null` when there is no report, as after a
 * crash.
 */

function readJson(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
}

/** The report of `jest --json`; a suite that could not run counts as one failure. */
export function readJest(file) {
  const report = readJson(file);
  return (
    report && {
      passed: report.numPassedTests,
      failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
      skipped: report.numPendingTests + report.numTodoTests
    }
  );
}

/** The report of Playwright's json reporter; an error outside a test counts as one failure. */
export function readPlaywright(file) {
  const report = readJson(file);
  return (
    report && {
      passed: report.stats.expected + report.stats.flaky,
      failed: report.stats.unexpected + report.errors.length,
      skipped: report.stats.skipped
    }
  );
}

/** The report of `pytest --junitxml`. */
export function readPytest(file) {
  if (!fs.existsSync(file)) {
    return null;
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [tag] of fs
    .readFileSync(file, 'utf8')
    .matchAll(/<testsuite\b[^>]*>/g)) {
    const number = name =>
      Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)[1]);
    const failed = number('failures') + number('errors');
    counts.failed += failed;
    counts.skipped += number('skipped');
    counts.passed += number('tests') - failed - number('skipped');
  }
  return counts;
}
