/**
 * What can be said against a candidate without running it: it does not parse, it
 * does not define its contract function, or it leaves the allowed operations.
 */
import { walk } from 'py-ast';
import type {
  Arguments,
  ASTNodeUnion,
  Call,
  ExprNode,
  FunctionDef,
  Module,
  StmtNode
} from 'py-ast';

import { CONTRACT_FUNCTION } from './interfaces';
import type { ICandidate, IEvidence, Role } from './interfaces';
import {
  FORBIDDEN_CALLS,
  FORBIDDEN_MODULES,
  RUNNING_ROLES,
  TRACKED_ROLES,
  UNTRACKED_METHODS
} from './operations';
import { parseCell } from './syntax';

/** One thing that is wrong with a candidate. */
export interface IFault {
  step: IEvidence['step'];
  /** 1-based line of the candidate. */
  line: number;
  message: string;
}

/** Everything wrong with a candidate, first line first; empty when it may be run. */
export function checkCandidate(
  candidate: Pick<ICandidate, 'code' | 'role'>
): readonly IFault[] {
  const parsed = parseCell(candidate.code);
  if (!parsed.ok) {
    const { line, message } = parsed.problem;
    return [{ step: 'parses', line, message: `Syntax error: ${message}.` }];
  }
  const faults = [
    ...checkContract(parsed.module, candidate.role),
    ...(RUNNING_ROLES.has(candidate.role) ? [] : checkTopLevel(parsed.module)),
    ...checkUse(parsed.module),
    ...checkTracked(parsed.module, candidate.role)
  ];
  return faults.sort((a, b) => a.line - b.line);
}

function fault(node: { lineno?: number }, message: string): IFault {
  return { step: 'note', line: node.lineno ?? 1, message };
}

// --- the contract -------------------------------------------------------------

/** What the parameters of each contract function must be. */
const SIGNATURE: Readonly<
  Record<Role, { text: string; fits(required: number, all: number): boolean }>
> = {
  prepare: {
    text: 'one parameter a source',
    fits: (_, all) => all >= 1
  },
  encode: {
    text: 'no required parameter',
    fits: required => required === 0
  },
  label: {
    text: 'exactly one required parameter, the training table',
    fits: required => required === 1
  },
  train: {
    text: 'one parameter, the number of features',
    fits: (required, all) => all >= 1 && required <= 1
  }
};

function checkContract(module: Module, role: Role): IFault[] {
  const name = CONTRACT_FUNCTION[role];
  const found = contractFunction(module, role);
  if (!found) {
    return [
      {
        step: 'names',
        line: 1,
        message: `The cell does not define the function ${name}() at its top level.`
      }
    ];
  }
  const { required, all } = countParameters(found.args);
  const faults: IFault[] = [];
  if (!SIGNATURE[role].fits(required, all)) {
    faults.push(fault(found, `${name}() must have ${SIGNATURE[role].text}.`));
  }
  if (!ownNodes(found).some(node => node.nodeType === 'Return' && node.value)) {
    faults.push(fault(found, `${name}() returns nothing.`));
  }
  return faults;
}

function contractFunction(module: Module, role: Role): FunctionDef | null {
  const name = CONTRACT_FUNCTION[role];
  const found = module.body.filter(
    (statement): statement is FunctionDef =>
      statement.nodeType === 'FunctionDef' && statement.name === name
  );
  // Python keeps the last definition of a name.
  return found[found.length - 1] ?? null;
}

function countParameters(args: Arguments): { required: number; all: number } {
  const positional = args.posonlyargs.length + args.args.length;
  const keyword = args.kwonlyargs.length;
  const keywordDefaults = args.kw_defaults.filter(Boolean).length;
  return {
    required: positional - args.defaults.length + (keyword - keywordDefaults),
    all: positional + keyword
  };
}

/** The nodes of a function that run when it is called, not those of nested ones. */
function ownNodes(definition: FunctionDef): ASTNodeUnion[] {
  const nested = new Set<ASTNodeUnion>();
  const own: ASTNodeUnion[] = [];
  for (const statement of definition.body) {
    for (const node of walk(statement)) {
      if (isScope(node)) {
        for (const inner of walk(node)) {
          nested.add(inner);
        }
      }
    }
    for (const node of walk(statement)) {
      if (!nested.has(node)) {
        own.push(node);
      }
    }
  }
  return own;
}

function isScope(node: ASTNodeUnion): boolean {
  return (
    node.nodeType === 'FunctionDef' ||
    node.nodeType === 'AsyncFunctionDef' ||
    node.nodeType === 'ClassDef' ||
    node.nodeType === 'Lambda'
  );
}

// --- the rest of the cell -----------------------------------------------------

const DECLARATIVE: ReadonlySet<string> = new Set([
  'Import',
  'ImportFrom',
  'FunctionDef',
  'ClassDef',
  'Assign',
  'AnnAssign',
  'Pass'
]);

function checkTopLevel(module: Module): IFault[] {
  return module.body
    .filter(statement => !DECLARATIVE.has(statement.nodeType))
    .filter(statement => !isText(statement))
    .map(statement =>
      fault(
        statement,
        'The cell does something when it is run. It may only import, define and name constants.'
      )
    );
}

function isText(statement: StmtNode): boolean {
  return (
    statement.nodeType === 'Expr' && statement.value.nodeType === 'Constant'
  );
}

function checkUse(module: Module): IFault[] {
  const faults: IFault[] = [];
  for (const node of walk(module)) {
    if (node.nodeType === 'Import') {
      for (const { name, asname } of node.names) {
        const isAllowed = name === 'pandas' && !asname && readsBack(module);
        faults.push(...(isAllowed ? [] : checkImport(node, name)));
      }
    } else if (node.nodeType === 'ImportFrom' && node.module) {
      faults.push(...checkImport(node, node.module));
    } else if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Name' &&
      FORBIDDEN_CALLS.has(node.func.id)
    ) {
      faults.push(fault(node, `${node.func.id}() is not allowed here.`));
    }
  }
  return faults;
}

/**
 * Whether plain pandas only reads what the cell itself has written to memory: that
 * is no source, so there is nothing to track.
 */
function readsBack(module: Module): boolean {
  const readers = new Set<unknown>();
  for (const node of walk(module)) {
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      node.func.attr.startsWith('read_') &&
      isReadingMemory(node.args[0])
    ) {
      readers.add(node.func.value);
    }
  }
  return [...walk(module)].every(
    node =>
      node.nodeType !== 'Name' || node.id !== 'pandas' || readers.has(node)
  );
}

/** `in_memory.reading(...)`, as the rules write it. */
function isReadingMemory(node: ExprNode | undefined): boolean {
  return (
    node?.nodeType === 'Call' &&
    node.func.nodeType === 'Attribute' &&
    node.func.attr === 'reading' &&
    node.func.value.nodeType === 'Name' &&
    node.func.value.id === 'in_memory'
  );
}

function checkImport(node: { lineno?: number }, name: string): IFault[] {
  const [root] = name.split('.');
  if (root === 'pandas') {
    return [
      fault(
        node,
        'Write `import palimpsest.pandas as pd`; plain pandas is not tracked.'
      )
    ];
  }
  return FORBIDDEN_MODULES.has(root)
    ? [fault(node, `The module ${root} has no use in a declarative cell.`)]
    : [];
}

// --- the operations on tracked frames -----------------------------------------

function checkTracked(module: Module, role: Role): IFault[] {
  const definition = contractFunction(module, role);
  if (!definition) {
    return [];
  }
  const nodes = ownNodes(definition);
  const faults = nodes.flatMap(node =>
    node.nodeType === 'Call' ? checkFitted(node) : []
  );
  if (TRACKED_ROLES.has(role)) {
    faults.push(...nodes.flatMap(checkOperation));
  }
  return faults;
}

function checkFitted(call: Call): IFault[] {
  const method = call.func.nodeType === 'Attribute' ? call.func.attr : '';
  return /^(fit|fit_transform|fit_predict|partial_fit)$/.test(method)
    ? [
        fault(
          call,
          `.${method}() is called in the cell. Return it unfitted; the pipeline fits it.`
        )
      ]
    : [];
}

function checkOperation(node: ASTNodeUnion): IFault[] {
  if (node.nodeType === 'While') {
    return [fault(node, 'A while loop over data cannot be tracked.')];
  }
  if (
    node.nodeType === 'Attribute' &&
    Object.prototype.hasOwnProperty.call(UNTRACKED_METHODS, node.attr)
  ) {
    return [
      fault(
        node,
        `.${node.attr} is not tracked; use ${UNTRACKED_METHODS[node.attr]}.`
      )
    ];
  }
  return node.nodeType === 'Call' ? checkInplace(node) : [];
}

function checkInplace(call: Call): IFault[] {
  const inplace = call.keywords.some(
    keyword =>
      keyword.arg === 'inplace' &&
      keyword.value.nodeType === 'Constant' &&
      keyword.value.value === true
  );
  return inplace
    ? [fault(call, 'inplace=True hides a step; assign the result instead.')]
    : [];
}
