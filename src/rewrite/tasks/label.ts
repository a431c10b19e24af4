import { roleTask } from './roletask';

/** Computing the labels from the training table. */
export const labelTask = roleTask({
  role: 'label',
  label: 'Rewrite the labels',
  contract:
    'Define `extract_label(frame)`: it is handed the training table that `prepare` returns and returns a series or a 1-d array with one label a row, equal to those of the original.',
  hints: [
    'Compute the labels from columns of the table, not from variables of other cells.',
    'The table holds the values that `prepare` gives them, not the texts that an intermediate file would hold.',
    'A variable left over from an earlier loop has one value for all rows: keep that.'
  ],
  examples: [
    {
      original: `y = []
for s, a in zip(states, amounts):
    y.append(1 if s == "old" and a > 100 else 0)
y = np.array(y)`,
      rewritten: `def extract_label(frame):
    return ((frame["state"] == "old") & (frame["amount"] > 100)).astype(int)`
    }
  ]
});
