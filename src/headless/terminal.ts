/**
 * What the demo prints: headings, progress that overwrites itself, tables.
 */

/** Print a heading. */
export function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(2, 74 - text.length))}`);
}

/** Shows progress on one line of the standard error, and nothing where that is no terminal. */
export class ProgressLine {
  constructor(private readonly _label: string) {}

  show(step: string, done: number, total: number): void {
    if (process.stderr.isTTY) {
      process.stderr.write(
        `\r\x1b[2K   ${this._label}: ${step} (${done}/${total})`
      );
      this._open = true;
    }
  }

  end(): void {
    if (this._open) {
      process.stderr.write('\r\x1b[2K');
      this._open = false;
    }
  }

  private _open = false;
}

/** Print rows under headings, numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly string[][]
): void {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map(row => row[column].length))
  );
  const line = (cells: readonly string[]) =>
    '   ' +
    cells
      .map((cell, column) =>
        column === 0
          ? cell.padEnd(widths[column])
          : cell.padStart(widths[column])
      )
      .join('   ');
  console.log(line(head));
  console.log('   ' + widths.map(width => '─'.repeat(width)).join('   '));
  rows.forEach(row => console.log(line(row)));
}

/** A duration with a unit that suits it. */
export function duration(seconds: number): string {
  return seconds < 1
    ? `${(seconds * 1000).toFixed(1)} ms`
    : `${seconds.toFixed(2)} s`;
}
