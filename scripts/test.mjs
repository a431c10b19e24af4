/**
 * Everything that is checked, with one summary.
 *
 *     npm test [-- --only NAME,... | --skip NAME,...] [-- ARGUMENTS OF THE ONE CHECK]
 *
 * All checks run, also after one has failed. The last line counts the tests of
 * all test runners together. `pytest` names both Python suites. What mostly waits
 * (galata) runs beside the others, and is shown last.
 */
import { CHECKS } from './lib/checks.mjs';
import { UserError, exitWith } from './lib/errors.mjs';
import { ensureExampleData } from './lib/example.mjs';
import { setUp } from './setup.mjs';

function parseArguments(argv) {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const extra = end < 0 ? [] : argv.slice(end + 1);
  let selected = CHECKS;
  for (let i = 0; i < own.length; i += 2) {
    const named = checksNamed(own[i], own[i + 1]);
    selected = selected.filter(
      check => named.has(check) === (own[i] === '--only')
    );
  }
  if (extra.length > 0 && selected.length !== 1) {
    throw new UserError(
      `Arguments after -- go to one check, but ${selected.length} are selected.`
    );
  }
  return { selected, extra };
}

function checksNamed(flag, names) {
  if (!['--only', '--skip'].includes(flag) || !names) {
    throw new UserError(
      `Unknown argument ${flag}. Use --only or --skip with names out of\n    ${CHECKS.map(
        check => check.name
      ).join(', ')}`
    );
  }
  return new Set(
    names.split(',').flatMap(name => {
      const found = CHECKS.filter(
        check => check.name === name || check.name.startsWith(`${name}-`)
      );
      if (found.length === 0) {
        throw new UserError(
          `There is no check '${name}', only ${CHECKS.map(
            check => check.name
          ).join(', ')}.`
        );
      }
      return found;
    })
  );
}

/** Run one check; what keeps it from running is a failure of that check alone. */
async function runCheck(check, extra) {
  announce(check);
  const result = await resultOf(check, extra);
  report(result);
  return result;
}

/** Start a check beside the others; what is returned shows what it printed, when it has ended. */
function startBeside(check, extra) {
  const output = [];
  const ended = resultOf(check, extra, output);
  return async () => {
    const result = await ended;
    announce(check);
    process.stdout.write(Buffer.concat(output));
    report(result);
    return result;
  };
}

async function resultOf(check, extra, output) {
  const start = Date.now();
  let result;
  try {
    result = await check.run(extra, output);
  } catch (error) {
    const told = error instanceof UserError ? error.message : error.stack;
    result = { ok: false, told };
  }
  return { check, ...result, seconds: (Date.now() - start) / 1000 };
}

function announce(check) {
  console.log(`\n── ${check.name} ${'─'.repeat(66 - check.name.length)}`);
}

function report({ check, ok, told, seconds }) {
  if (told) {
    console.error(told);
  }
  console.log(`${ok ? '✓' : '✗'} ${check.name} (${seconds.toFixed(1)} s)`);
}

function total(results, key) {
  return results.reduce((sum, { counts }) => sum + (counts?.[key] ?? 0), 0);
}

function summarise(results) {
  const failed = results.filter(result => !result.ok);
  console.log(`\n${'─'.repeat(70)}`);
  for (const { check, ok, counts } of results) {
    const detail = counts
      ? `  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
      : '';
    console.log(`${ok ? '✓' : '✗'} ${check.name}${detail}`);
  }
  if (failed.length > 0) {
    console.log(
      `\nFailed: ${failed.map(result => result.check.name).join(', ')}`
    );
  }
  const skipped = total(results, 'skipped');
  console.log(
    `\n${total(results, 'passed')} passed, ${total(results, 'failed')} failed` +
      (skipped > 0 ? `, ${skipped} skipped` : '')
  );
  return failed.length > 0 ? 1 : 0;
}

await exitWith(async () => {
  const { selected, extra } = parseArguments(process.argv.slice(2));
  await setUp({
    extension: selected.some(check => check.needs?.extension),
    uiTests: selected.some(check => check.needs?.uiTests),
    torch: selected.some(check => check.needs?.torch)
  });
  await ensureExampleData();
  const several = selected.length > 1;
  const endings = selected
    .filter(check => several && check.beside)
    .map(check => startBeside(check, extra));
  const results = [];
  for (const check of selected) {
    if (!several || !check.beside) {
      results.push(await runCheck(check, extra));
    }
  }
  for (const ending of endings) {
    results.push(await ending());
  }
  return summarise(results);
});
