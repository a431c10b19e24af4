/**
 * Statements as text: indentation, long lines, comments.
 */
import type { IComment } from '../celltext';

/** A statement of the rewritten cell. */
export interface IStatement {
  /** Without indentation; may span lines. */
  code: string;
  /** The line of the original that it stands for; null when for none. */
  line: number | null;
  /** Why it is there, where that would surprise. */
  note?: string;
  /** Whether a blank line goes before it. */
  opens?: boolean;
}

export const WIDTH = 100;
const INDENT = '    ';

/** Prints statements with the comments of the original that belong to them. */
export class Layout {
  constructor(private readonly _comments: readonly IComment[]) {}

  private readonly _used = new Set<IComment>();

  /** The statements, indented. */
  body(statements: readonly IStatement[]): string {
    return statements
      .map((statement, at) => {
        const text = this._statement(statement)
          .split('\n')
          .map(line => (line === '' ? '' : INDENT + line))
          .join('\n');
        return statement.opens && at > 0 ? `\n${text}` : text;
      })
      .join('\n');
  }

  private _statement({ code, line, note }: IStatement): string {
    const { above, beside } = this._commentsAt(line);
    const trailing = [beside, this._once(note)].filter(
      text => text !== undefined
    );
    const wrapped = wrap(code, WIDTH - INDENT.length);
    const [first, ...rest] = wrapped.split('\n');
    const comment = trailing.length > 0 ? trailing.join('; ') : null;
    if (comment === null) {
      return [...above, wrapped].join('\n');
    }
    const inline = `${first}  # ${comment}`;
    return inline.length + INDENT.length <= WIDTH + 10 && rest.length === 0
      ? [...above, inline].join('\n')
      : [...above, `# ${comment}`, wrapped].join('\n');
  }

  /** The same explanation once is enough. */
  private _once(note: string | undefined): string | undefined {
    if (note === undefined || this._said.has(note)) {
      return undefined;
    }
    this._said.add(note);
    return note;
  }

  private readonly _said = new Set<string>();

  private _commentsAt(line: number | null): {
    above: string[];
    beside: string | undefined;
  } {
    if (line === null) {
      return { above: [], beside: undefined };
    }
    const above: IComment[] = [];
    for (let at = line - 1; ; at--) {
      const comment = this._comments.find(
        each => each.line === at && !each.trailing
      );
      if (!comment || this._used.has(comment)) {
        break;
      }
      above.unshift(comment);
    }
    const trailing = this._comments.find(
      each => each.line === line && each.trailing && !this._used.has(each)
    );
    [...above, ...(trailing ? [trailing] : [])].forEach(comment =>
      this._used.add(comment)
    );
    return {
      above: above.map(comment => comment.text),
      beside: trailing?.text.replace(/^#+\s*/, '')
    };
  }
}

/** Break a long line at the commas of its outermost long bracket. */
export function wrap(code: string, width: number): string {
  if (code.includes('\n') || code.length <= width) {
    return code;
  }
  const bracket = widestBracket(code);
  if (!bracket) {
    return code;
  }
  const { open, close } = bracket;
  const items = splitTop(code.slice(open + 1, close));
  if (items.length < 2 && code.slice(open + 1, close).length <= width) {
    return code;
  }
  const lines = items.map(
    item =>
      INDENT + wrap(item, width - INDENT.length).replace(/\n/g, `\n${INDENT}`)
  );
  return `${code.slice(0, open + 1)}\n${lines.join(',\n')}\n${code.slice(close)}`;
}

/** The outermost bracket that holds most text. */
function widestBracket(code: string): { open: number; close: number } | null {
  let best: { open: number; close: number } | null = null;
  const stack: number[] = [];
  for (const { character, at } of outsideStrings(code)) {
    if ('([{'.includes(character)) {
      stack.push(at);
    } else if (')]}'.includes(character)) {
      const open = stack.pop();
      if (open !== undefined && stack.length === 0) {
        if (!best || at - open > best.close - best.open) {
          best = { open, close: at };
        }
      }
    }
  }
  return best;
}

function splitTop(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { character, at } of outsideStrings(text)) {
    if ('([{'.includes(character)) {
      depth += 1;
    } else if (')]}'.includes(character)) {
      depth -= 1;
    } else if (character === ',' && depth === 0) {
      items.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? items : [...items, last];
}

function* outsideStrings(
  code: string
): Generator<{ character: string; at: number }> {
  let quote: string | null = null;
  for (let at = 0; at < code.length; at++) {
    const character = code[at];
    if (quote) {
      if (character === '\\') {
        at += 1;
      } else if (character === quote) {
        quote = null;
      }
    } else if (character === '"' || character === "'") {
      quote = character;
    } else {
      yield { character, at };
    }
  }
}
