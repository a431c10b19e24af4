/**
 * How prompts are laid out: sections, lists, code.
 */

/** Titled sections, one under the other; empty ones are left out. */
export function sections(parts: readonly [string | null, string][]): string {
  return parts
    .filter(([, text]) => text !== '')
    .map(([title, text]) => (title === null ? text : `## ${title}\n\n${text}`))
    .join('\n\n');
}

/** A list, an item a line. */
export function bullets(lines: readonly string[]): string {
  return lines.map(line => `- ${line}`).join('\n');
}

/** A fence longer than any in the code, so that the code cannot end it. */
export function fenced(code: string, language = 'python'): string {
  const runs = code.match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map(run => run.length + 1)));
  return `${fence}${language}\n${code.replace(/\s+$/, '')}\n${fence}`;
}
