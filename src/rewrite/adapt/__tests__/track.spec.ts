import * as fs from 'node:fs';
import * as path from 'node:path';

import { parseCell } from '../../syntax';
import { DIALECTS } from '../dialects';
import type { IAdaptation } from '../program';
import { track } from '../track';

const CASES = path.resolve(__dirname, '../../../../bench/inline/cases');
const MLFLOW = DIALECTS['track-mlflow'];

const adapt = (source: string): IAdaptation =>
  track(source, MLFLOW, { project: 'test' });

/** The lines that were added, without their indentation. */
function added(source: string): string[] {
  const before = new Set(source.split('\n').map(line => line.trim()));
  return adapt(source)
    .code.split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !before.has(line));
}

function scriptOf(name: string): string {
  const folder = path.join(CASES, name);
  const { script } = JSON.parse(
    fs.readFileSync(path.join(folder, 'case.json'), 'utf8')
  );
  return fs.readFileSync(path.join(folder, script), 'utf8');
}

describe('tracking with MLflow', () => {
  it('begins a run after the imports and ends it at the end', () => {
    const source = 'import os\n\nprint("hello")\n';
    expect(adapt(source).code).toBe(
      [
        'import os',
        'import mlflow',
        '',
        'mlflow.set_tracking_uri("sqlite:///mlflow.db")',
        'mlflow.set_experiment("test")',
        'mlflow.start_run()',
        '',
        '',
        'print("hello")',
        '',
        'mlflow.end_run()',
        ''
      ].join('\n')
    );
  });

  it('begins the run of a script with a main block in that block', () => {
    const source = [
      'RATE = 0.1',
      'def main():',
      '    print("hello")',
      '',
      'if __name__ == "__main__":',
      '    main()'
    ].join('\n');
    const { code } = adapt(source);
    const lines = code.split('\n');
    const start = lines.indexOf('    mlflow.start_run()');
    expect(start).toBeGreaterThan(lines.indexOf('if __name__ == "__main__":'));
    // What the module defined before is logged when there is a run.
    expect(lines[start + 1]).toBe('    mlflow.log_params({"RATE": RATE})');
    expect(lines.indexOf('    main()')).toBeGreaterThan(start);
    expect(code.trimEnd().endsWith('    mlflow.end_run()')).toBe(true);
  });

  it('records settings: arguments, constants, keywords, dictionaries', () => {
    const lines = added(
      [
        'import argparse',
        'import xgboost as xgb',
        'from sklearn.linear_model import Ridge',
        'ROUNDS = 5',
        'params = {"eta": 0.3}',
        'def parse():',
        '    return argparse.ArgumentParser().parse_args()',
        'args = parse()',
        'model = Ridge(alpha=args.alpha, solver="svd")',
        'booster = xgb.train(params, dtrain, num_boost_round=ROUNDS)'
      ].join('\n')
    );
    expect(lines).toContain('mlflow.log_params({"ROUNDS": ROUNDS})');
    expect(lines).toContain('mlflow.log_params(params)');
    expect(lines).toContain('mlflow.log_params(vars(args))');
    expect(lines).toContain(
      'mlflow.log_params({"alpha": args.alpha, "solver": "svd", "num_boost_round": ROUNDS})'
    );
    expect(lines).toContain(
      'mlflow.xgboost.log_model(booster, name="booster")'
    );
  });

  it('records what is printed, with the pass of the loop', () => {
    const lines = added(
      [
        'for epoch in range(3):',
        '    for i, batch in enumerate(loader):',
        '        loss = step(batch)',
        '        print("batch %d loss %.3f" % (i, loss))',
        '    print(f"epoch {epoch} accuracy {acc:.3f} took {seconds}")'
      ].join('\n')
    );
    expect(lines).toContain(
      'mlflow.log_metrics({"loss": float(loss)}, step=epoch * len(loader) + i)'
    );
    expect(lines).toContain(
      'mlflow.log_metrics({"acc": float(acc)}, step=epoch)'
    );
  });

  it('names a value first when computing it twice could change something', () => {
    const { code } = adapt('print("test loss", evaluate(model, loader))\n');
    expect(code).toContain(
      'test_loss = evaluate(model, loader)\nprint("test loss", test_loss)\n'
    );
  });

  it('gives each of many trainings a run of its own, and keeps the last model', () => {
    const source = [
      'from sklearn.linear_model import Ridge',
      'for alpha in [1, 2]:',
      '    model = Ridge(alpha=alpha)',
      '    """a text',
      'that keeps its place"""',
      '    model.fit(X, y)',
      ''
    ].join('\n');
    expect(adapt(source).code).toContain(
      [
        'for alpha in [1, 2]:',
        '    with mlflow.start_run(nested=True):',
        '        model = Ridge(alpha=alpha)',
        '        mlflow.log_params({"alpha": alpha})',
        '        """a text',
        'that keeps its place"""',
        '        model.fit(X, y)',
        'mlflow.sklearn.log_model('
      ].join('\n')
    );
  });

  it.each(fs.readdirSync(CASES))(
    'makes Python of %s, keeps every line, and changes nothing twice',
    name => {
      const source = scriptOf(name);
      const { code, changed } = adapt(source);
      expect(changed).toBe(true);
      expect(parseCell(code).ok).toBe(true);
      expect(adapt(code)).toEqual({ code, changed: false, notes: [] });
      const kept = new Set(code.split('\n').map(line => line.trim()));
      const lost = source
        .split('\n')
        .map(line => line.trim())
        .filter(line => !kept.has(line) && !line.startsWith('print('));
      expect(lost).toEqual([]);
    }
  );
});
