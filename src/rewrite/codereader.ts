/**
 * Finds the code in a model's answer while the answer is still arriving.
 */
import { parseCell } from './syntax';

/** What a complete answer turned out to hold. */
export interface IAnswer {
  /** The source of the cell; null when the answer holds no code. */
  code: string | null;
  /** What was said around the code. */
  explanation: string;
}

interface IBlock {
  text: string;
  closed: boolean;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+.-]*)[^`]*$/;

/** A first line that only code begins with. */
const CODE_START =
  /^(import |from \S+ import |def |class |@\w|[A-Za-z_]\w* *= *\S)/;

const THINKING = /^\s*<think>[\s\S]*?(<\/think>|$)/;

/**
 * Reads an answer piece by piece.
 *
 * #### Notes
 * The text of the first code block is handed out as it arrives, for the user to
 * watch. Which block is the answer is decided at the end: the last one that
 * defines the wanted function, else the longest. An answer without fences is code
 * when it begins like code and parses.
 */
export class CodeReader {
  /** @param wanted - the function that the cell must define. */
  constructor(private readonly _wanted: string) {}

  /** Take the next piece; returns the code in it that is to be shown. */
  push(piece: string): string {
    this._text += piece;
    const first = this._first();
    // What looked like bare code may turn out to be prose before a fence.
    if (!first.startsWith(this._shown)) {
      return '';
    }
    const delta = first.slice(this._shown.length);
    this._shown = first;
    return delta;
  }

  /** Decide what the complete answer was. */
  finish(): IAnswer {
    const text = withoutThinking(this._text);
    const { blocks, prose } = splitBlocks(text);
    if (blocks.length > 0) {
      return { code: this._choose(blocks), explanation: prose.trim() };
    }
    const bare = text.trim();
    return bare !== '' && CODE_START.test(bare) && parseCell(bare).ok
      ? { code: bare, explanation: '' }
      : { code: null, explanation: bare };
  }

  private _choose(blocks: readonly IBlock[]): string {
    const defines = new RegExp(`^def ${this._wanted}\\b`, 'm');
    const fitting = blocks.filter(block => defines.test(block.text));
    const chosen =
      fitting[fitting.length - 1] ??
      blocks.reduce((a, b) => (b.text.length > a.text.length ? b : a));
    // A cell's source ends without a line break.
    return chosen.text.trimEnd();
  }

  /** The text of the first block as far as it may be shown. */
  private _first(): string {
    const text = withoutThinking(this._text);
    const { blocks } = splitBlocks(text);
    if (blocks.length > 0) {
      const [first] = blocks;
      return first.closed ? first.text : withoutOpenFence(first.text);
    }
    const bare = text.trimStart();
    return CODE_START.test(bare) ? withoutOpenFence(bare) : '';
  }

  private _text = '';
  private _shown = '';
}

/** Some models think aloud first; code in there is not the answer. */
function withoutThinking(text: string): string {
  return text.replace(THINKING, '');
}

/** What may become a closing fence, as far as it has come. */
const FENCE_BEGINNING = /^ {0,3}(`*|~*|`{3,}[ \t]*|~{3,}[ \t]*)$/;

/** All but a last line that may yet become a closing fence. */
function withoutOpenFence(text: string): string {
  const start = text.lastIndexOf('\n') + 1;
  return FENCE_BEGINNING.test(text.slice(start)) ? text.slice(0, start) : text;
}

function splitBlocks(text: string): { blocks: IBlock[]; prose: string } {
  const blocks: IBlock[] = [];
  let prose = '';
  let open: { block: IBlock; fence: string } | null = null;
  for (const line of text.split(/(?<=\n)/)) {
    const fence = FENCE.exec(line.trimEnd());
    if (open) {
      if (fence && closes(fence, open.fence)) {
        open.block.closed = true;
        open = null;
      } else {
        open.block.text += line;
      }
    } else if (fence && line.endsWith('\n')) {
      const block = { text: '', closed: false };
      blocks.push(block);
      open = { block, fence: fence[1] };
    } else {
      prose += line;
    }
  }
  return { blocks, prose };
}

function closes(fence: RegExpExecArray, opened: string): boolean {
  return (
    fence[2] === '' &&
    fence[1][0] === opened[0] &&
    fence[1].length >= opened.length
  );
}
