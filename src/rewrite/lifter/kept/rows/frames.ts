/**
 * Whether a variable holds a frame of pandas, read from how it got its value.
 */
import type { ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import type { IStep } from '../slicing';
import type { Definition } from './scope';

const MAKING =
  /^pandas\.(DataFrame|read_\w+|concat|merge|pivot_table|get_dummies)$/;

/** Methods of frames and groups that give a frame when the frame is one. */
const SERIES = /^(tolist|to_dict|to_numpy|iterrows|itertuples|items|unique)$/;

/** Whether each value that a variable gets is a frame. */
export function holdsFrame(
  name: string,
  steps: readonly IStep[],
  path: (node: ExprNode) => string | null,
  definition: (name: string) => Definition | null
): boolean {
  const isFrame = (node: ExprNode, seen: ReadonlySet<string>): boolean => {
    switch (node.nodeType) {
      case 'Name':
        return isFrameName(node.id, seen);
      case 'Attribute':
        return !/^(values|columns|index)$/.test(node.attr) &&
          path(node) === null
          ? isFrame(node.value, seen)
          : false;
      case 'Subscript':
        return node.slice.nodeType === 'Constant'
          ? false
          : isFrame(node.value, seen);
      case 'Call': {
        const called = path(node.func);
        if (called !== null && MAKING.test(called)) {
          return true;
        }
        if (node.func.nodeType === 'Name') {
          const own = definition(node.func.id);
          return own?.nodeType === 'FunctionDef' &&
            !seen.has(own.name) &&
            returned(own).some(each => each.nodeType === 'Name')
            ? returned(own).every(each =>
                isFrameIn(each, own, new Set([...seen, own.name]))
              )
            : false;
        }
        return node.func.nodeType === 'Attribute' &&
          !SERIES.test(node.func.attr)
          ? isFrame(node.func.value, seen)
          : false;
      }
      default:
        return false;
    }
  };
  const isFrameIn = (
    node: ExprNode,
    own: FunctionDef,
    seen: ReadonlySet<string>
  ): boolean =>
    node.nodeType === 'Name'
      ? assigned(node.id, [...walk(own)]).some(each => isFrame(each, seen))
      : isFrame(node, seen);
  const isFrameName = (each: string, seen: ReadonlySet<string>): boolean =>
    !seen.has(each) &&
    assigned(
      each,
      steps.flatMap(({ statement }) => [...walk(statement)])
    ).some(value => isFrame(value, new Set([...seen, each])));
  return isFrameName(name, new Set());
}

type Node = ReturnType<typeof walk> extends Iterable<infer T> ? T : never;

function assigned(name: string, nodes: readonly Node[]): ExprNode[] {
  return nodes.flatMap(node =>
    node.nodeType === 'Assign' &&
    node.targets.some(
      target => target.nodeType === 'Name' && target.id === name
    )
      ? [node.value]
      : []
  );
}

function returned(definition: FunctionDef): ExprNode[] {
  return [...walk(definition)].flatMap(node =>
    node.nodeType === 'Return' && node.value ? [node.value] : []
  );
}
