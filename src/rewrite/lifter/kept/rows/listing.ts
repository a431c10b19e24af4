/**
 * Files that a pattern or a folder lists, where it is known which there are.
 */
import type { ExprNode } from 'py-ast';

import { quote } from '../../expression';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';

/** The files that a call lists. */
export interface IListing {
  /** What each element is as text. */
  paths: string[];
  /** Each element as Python; `of` is the source of what the call is made on. */
  elements(of: (node: ExprNode) => string): string[];
}

/**
 * What `glob.glob(...)`, `Path(...).glob(...)` and `os.listdir(...)` list; null for
 * anything else.
 *
 * @param pathsOf - the paths that an expression can be.
 */
export function listedFiles(
  node: ExprNode,
  machine: Machine,
  pathsOf: (node: ExprNode) => string[]
): IListing | null {
  if (node.nodeType !== 'Call') {
    return null;
  }
  const { func, args } = node;
  const called = machine.path(func) ?? '';
  if (/^glob\.i?glob$/.test(called) && args.length === 1) {
    const paths = matching(pathsOf(args[0]), node, machine);
    return { paths, elements: () => paths.map(quote) };
  }
  if (called === 'os.listdir' && args.length === 1) {
    const folders = pathsOf(args[0]).map(folder => `${folder}/*`);
    const names = matching(folders, node, machine).map(nameOf);
    return { paths: names, elements: () => names.map(quote) };
  }
  if (
    func.nodeType === 'Attribute' &&
    func.attr === 'glob' &&
    called === '' &&
    args.length === 1
  ) {
    const [folder] = pathsOf(func.value);
    const [pattern] = pathsOf(args[0]);
    const paths = matching([`${folder}/${pattern}`], node, machine);
    return {
      paths,
      elements: of =>
        paths.map(path => {
          const inside = path.slice(plain(folder).length + 1);
          return `${of(func.value)} / ${quote(inside)}`;
        })
    };
  }
  return null;
}

function plain(path: string): string {
  return path
    .replace(/\/+/g, '/')
    .replace(/^(\.\/)+/, '')
    .replace(/\/$/, '');
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '');
}

/** The known files that patterns match, in order. */
function matching(
  patterns: readonly string[],
  node: ExprNode,
  machine: Machine
): string[] {
  const tests = patterns.map(pattern => regexOf(plain(pattern), node));
  const found = machine.knownFiles
    .filter(path => tests.some(test => test.test(plain(path))))
    .sort();
  if (found.length === 0) {
    throw LiftRefusal.at(
      node,
      'Which files there are cannot be told from the code.'
    );
  }
  return found;
}

/** A pattern of the `glob` module; `*` matches no hidden files. */
function regexOf(pattern: string, node: ExprNode): RegExp {
  if (pattern.includes('**')) {
    throw LiftRefusal.at(node, 'Folders in folders are not looked through.');
  }
  const source = pattern
    .split(/(\*|\?|\[!?[^\]]+\])/)
    .map(part =>
      part === '*'
        ? '[^/]*'
        : part === '?'
          ? '[^/]'
          : part.startsWith('[') && part.endsWith(']')
            ? part.replace('[!', '[^')
            : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    )
    .join('');
  return new RegExp(`^${source.replace(/(^|\/)(\[\^\/\])/g, '$1(?!\\.)$2')}$`);
}
