/**
 * The table of an adaptation benchmark: pass rates of each task and framework.
 */

/** What came of one case and task. */
export interface ICell {
  name: string;
  framework: string;
  task: string;
  passed: boolean;
  detail: string;
}

/** What people found of adaptations that models made with documentation. */
const PUBLISHED: readonly [prefix: string, rate: string][] = [
  ['prune-nncf', '50 %'],
  ['prune-', '60 %'],
  ['track-', '100 %'],
  ['register-', '75/100/100 %'],
  ['tune-', '75/75/100 %']
];

const PUBLISHED_OVERALL = '54 of 66';

/** The rows of the table, with its header: tasks down, frameworks across. */
export function passRates(cells: readonly ICell[]): {
  header: string[];
  rows: string[][];
} {
  const frameworks = unique(cells.map(({ framework }) => framework));
  const rows = unique(cells.map(({ task }) => task)).map(task => {
    const own = cells.filter(cell => cell.task === task);
    const published = PUBLISHED.find(([prefix]) => task.startsWith(prefix));
    return [task, ...counts(own, frameworks), published?.[1] ?? ''];
  });
  return {
    header: ['task', ...frameworks, 'all', 'rate', 'published'],
    rows: [...rows, ['all', ...counts(cells, frameworks), PUBLISHED_OVERALL]]
  };
}

function counts(
  cells: readonly ICell[],
  frameworks: readonly string[]
): string[] {
  const share = cells.filter(({ passed }) => passed).length / cells.length;
  return [
    ...frameworks.map(framework =>
      fraction(cells.filter(cell => cell.framework === framework))
    ),
    fraction(cells),
    `${Math.round(100 * share)} %`
  ];
}

function fraction(cells: readonly ICell[]): string {
  const passed = cells.filter(cell => cell.passed).length;
  return cells.length === 0 ? '' : `${passed}/${cells.length}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
