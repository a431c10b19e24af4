import { PRUNERS } from '../prune/helpers';
import { canPrune, prune } from '../prune/prune';

const TORCH = PRUNERS['prune-torch'];

const HEAD = [
  'import torch',
  'from torch import nn',
  '',
  'model = nn.Linear(4, 2)',
  'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)'
];

function script(...lines: string[]): string {
  return [...HEAD, ...lines, ''].join('\n');
}

const STEP = [
  '    optimizer.zero_grad()',
  '    model(torch.rand(8, 4)).sum().backward()',
  '    optimizer.step()'
];

/** The lines that were added outside of the helper, with their indentation. */
function added(source: string): string[] {
  const before = source.split('\n');
  const after = prune(source, TORCH).code.split('\n');
  const end = after.indexOf('model = nn.Linear(4, 2)');
  return after
    .slice(Math.max(end, 0))
    .filter(line => line.trim() !== '' && !before.includes(line));
}

const MADE = 'pruning = PruneWeights([model], [optimizer], amount=0.5)';

describe('pruning', () => {
  it('starts half-way through a counted loop', () => {
    expect(added(script('for epoch in range(10):', ...STEP))).toEqual([
      MADE,
      '    if epoch == 10 // 2:',
      '        pruning.start()'
    ]);
    expect(
      added(script('for epoch in tqdm(range(1, n + 1)):', ...STEP))
    ).toContain('    if epoch == (1 + (n + 1)) // 2:');
  });

  it.each([
    ['nobody knows the number of passes', ['while True:', ...STEP]],
    ['the loop may end early', ['for e in range(9):', ...STEP, '    break']],
    ['it counts in other steps', ['for e in range(0, 9, 2):', ...STEP]]
  ])('starts at once where %s', (_, lines) => {
    expect(added(script(...lines))).toEqual([MADE, 'pruning.start()']);
  });

  it('finds the loop that calls the function that trains', () => {
    const source = script(
      'def train(model, optimizer):',
      ...STEP,
      '',
      'def main():',
      '    net = nn.Linear(4, 2)',
      '    adam = torch.optim.Adam(net.parameters())',
      '    for epoch in range(1, epochs + 1):',
      '        train(net, adam)'
    );
    expect(added(source)).toEqual(
      expect.arrayContaining([
        '    pruning_2 = PruneWeights([net], [adam], amount=0.5)',
        '        if epoch == (1 + (epochs + 1)) // 2:',
        '            pruning_2.start()'
      ])
    );
  });

  it('prunes what the trainer of Lightning trains', () => {
    const source = [
      'import pytorch_lightning as pl',
      'trainer = pl.Trainer(max_epochs=4)',
      'trainer.fit(Net(), loader)',
      ''
    ].join('\n');
    const { code } = prune(source, TORCH);
    expect(code).toContain('class PruneHalfWay(pl.Callback):');
    expect(code).toContain(
      'trainer = pl.Trainer(max_epochs=4)\ntrainer.callbacks.append(PruneHalfWay())\n'
    );
  });

  it.each(Object.entries(PRUNERS))('changes nothing twice: %s', (_, pruner) => {
    const once = prune(script('for e in range(9):', ...STEP), pruner);
    expect(once.changed).toBe(true);
    expect(prune(once.code, pruner).changed).toBe(false);
  });

  it('says so where there is nothing to prune', () => {
    const source = 'import numpy as np\nprint(np.zeros(3))\n';
    expect(canPrune(source)).toBe(false);
    expect(prune(source, TORCH).notes[0].message).toContain('Not pruned');
  });
});
