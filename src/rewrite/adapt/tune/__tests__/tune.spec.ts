import * as fs from 'node:fs';
import * as path from 'node:path';

import { parseCell } from '../../../syntax';
import { tune } from '../tune';

const CASES = path.resolve(__dirname, '../../../../../bench/inline/cases');

const adapt = (lines: readonly string[]) =>
  tune(`${lines.join('\n')}\n`, { project: 'test', trials: 7 });

/** The lines of the objective, without indentation. */
function objective(lines: readonly string[]): string[] {
  const { code } = adapt(lines);
  const all = code.split('\n');
  const start = all.findIndex(line => /^\s*def objective\(/.test(line));
  const end = all.findIndex(line => /^\s*study = optuna/.test(line));
  return all.slice(start, end).map(line => line.trim());
}

const FOREST = [
  'from sklearn.ensemble import RandomForestClassifier',
  'from sklearn.model_selection import train_test_split',
  'X_train, X_test, y_train, y_test = train_test_split(X, y)',
  'model = RandomForestClassifier(n_estimators=100, random_state=0)',
  'model.fit(X_train, y_train)',
  'acc = model.score(X_test, y_test)',
  'print("test accuracy", acc)'
];

const NET = [
  'import torch',
  'torch.manual_seed(0)',
  'model = torch.nn.Linear(2, 1)',
  'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
  'for epoch in range(100):',
  '    optimizer.zero_grad()',
  '    loss = ((model(x_train) - y_train) ** 2).mean()',
  '    loss.backward()',
  '    optimizer.step()',
  'model.eval()',
  'mse = ((model(x_test) - y_test) ** 2).mean()',
  'print("test mse", mse.item())'
];

const DATA = [
  'x_train, x_test = x[:80], x[80:]',
  'y_train, y_test = y[:80], y[80:]'
];

const NET_WITH_DATA = [...NET.slice(0, 2), ...DATA, ...NET.slice(2)];

describe('tuning with Optuna', () => {
  it('searches around the literals, first with what was there', () => {
    const { code } = adapt(FOREST);
    expect(code).toContain('tuned = {"n_estimators": 100}');
    expect(code).toContain(
      'trial.suggest_int("n_estimators", 50, 200, log=True)'
    );
    expect(code).toContain(
      'study.enqueue_trial(original, skip_if_exists=True)'
    );
    expect(code).toContain(
      'RandomForestClassifier(n_estimators=tuned["n_estimators"], random_state=0)'
    );
    expect(code).toContain(
      'tuned["n_estimators"] = study.best_params["n_estimators"]'
    );
  });

  it('scores on a part of the training data, never on the test data', () => {
    const lines = objective(FOREST);
    expect(lines).toContain(
      'X_fit, X_valid, y_fit, y_valid = train_test_split('
    );
    expect(lines).toContain('model.fit(X_fit, y_fit)');
    expect(lines).toContain('acc = model.score(X_valid, y_valid)');
    expect(lines.join('\n')).not.toMatch(/_test\b/);
  });

  it('knows the parts of a split whatever they are called', () => {
    const renamed = FOREST.map(line =>
      line
        .replace(/X_train/g, 'A')
        .replace(/X_test/g, 'B')
        .replace(/y_train/g, 'c')
        .replace(/y_test/g, 'd')
    );
    expect(objective(renamed).join('\n')).not.toMatch(/\b[Bd]\b/);
  });

  it('goes by validation data when there is some', () => {
    const lines = objective([
      'import torch',
      'for_training = 1',
      'train_loader, val_loader, test_loader = loaders()',
      'model = torch.nn.Linear(2, 1)',
      'optimizer = torch.optim.Adam(model.parameters(), lr=0.01)',
      'for epoch in range(3):',
      '    for x, y in train_loader:',
      '        loss = f(model(x), y)',
      '        loss.backward()',
      '        optimizer.step()',
      '    val_loss = evaluate(model, val_loader)',
      '    print("epoch", epoch, "val_loss", val_loss)',
      'print("test loss", evaluate(model, test_loader))'
    ]);
    expect(lines).toContain('score = float(val_loss)');
    expect(lines).toContain('trial.report(score, epoch)');
    expect(lines.join('\n')).not.toContain('test_loader');
  });

  it('reports from time to time while a loop trains, and can be stopped there', () => {
    const lines = objective(NET_WITH_DATA);
    expect(lines).toContain('if epoch % 10 == 0:');
    expect(lines).toContain('trial.report(validate(), epoch)');
    expect(lines).toContain('raise optuna.TrialPruned()');
    // What scoring sets to evaluation is set back.
    expect(lines).toContain('model.train()');
  });

  it('lets the script go on with the random numbers it would have had', () => {
    const { code } = adapt(NET_WITH_DATA);
    const saved = code.indexOf('torch_before = torch.get_rng_state()');
    const set = code.indexOf('torch.set_rng_state(torch_before)');
    expect(saved).toBeGreaterThan(0);
    expect(set).toBeGreaterThan(code.indexOf('study.optimize('));
    expect(code.lastIndexOf('model = torch.nn.Linear')).toBeGreaterThan(set);
  });

  it('sets settings where they are kept: arguments, constants, dictionaries', () => {
    const { code } = adapt([
      'import argparse',
      'import xgboost as xgb',
      'parser = argparse.ArgumentParser()',
      'parser.add_argument("--depth", type=int, default=4)',
      'args = parser.parse_args()',
      'ROUNDS = 20',
      'params = {"eta": 0.3, "max_depth": args.depth}',
      'X_train, X_test, y_train, y_test = load()',
      'dtrain = xgb.DMatrix(X_train, label=y_train)',
      'booster = xgb.train(params, dtrain, num_boost_round=ROUNDS)',
      'error = measure(booster, X_test, y_test)',
      'print("test error", error)'
    ]);
    expect(code).toContain('ROUNDS = study.best_params["ROUNDS"]');
    expect(code).toContain('params["eta"] = study.best_params["eta"]');
    expect(code).toContain('direction="minimize"');
  });

  it('takes functions along that use what the objective makes itself', () => {
    const lines = objective([
      'import torch',
      ...DATA,
      'model = torch.nn.Linear(2, 1)',
      'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
      'def step():',
      '    loss = model(x_train).mean()',
      '    loss.backward()',
      '    optimizer.step()',
      'for epoch in range(3):',
      '    step()',
      'print("test loss", model(x_test).mean().item())'
    ]);
    expect(lines).toContain('def step():');
    expect(lines).toContain('loss = model(x_fit).mean()');
  });

  it('says why when there is nothing to search or to go by', () => {
    expect(adapt(['print(1)']).notes[0].message).toBe(
      'Not tuned: nothing is trained here.'
    );
    const without = FOREST.slice(0, 5);
    expect(adapt(without).notes[0].message).toBe(
      'Not tuned: no metric is computed that a search could go by.'
    );
  });

  it('refuses a score that needs test data it cannot replace', () => {
    const { changed, notes } = adapt([
      'from sklearn.svm import SVC',
      'model = SVC(C=1.0)',
      'model.fit(A, b)',
      'print("test accuracy", evaluate(model))'
    ]);
    expect(changed).toBe(false);
    expect(notes[0].message).toContain('test data');
  });

  it.each(fs.readdirSync(CASES).filter(isTuned))(
    'makes Python of %s, and changes nothing twice',
    name => {
      const source = fs.readFileSync(
        path.join(CASES, name, 'train.py'),
        'utf8'
      );
      const { code, changed } = tune(source, { project: 'test', trials: 7 });
      expect(changed).toBe(true);
      expect(parseCell(code).ok).toBe(true);
      expect(tune(code, { project: 'test', trials: 7 }).changed).toBe(false);
    }
  );
});

function isTuned(name: string): boolean {
  const described = JSON.parse(
    fs.readFileSync(path.join(CASES, name, 'case.json'), 'utf8')
  );
  return described.tasks.includes('tune-optuna');
}
