/**
 * What the imported names of a script stand for.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode, Module } from 'py-ast';

/** Resolves names and attributes to dotted names of what was imported. */
export class ImportedNames {
  constructor(module: Module) {
    for (const node of walk(module)) {
      if (node.nodeType === 'Import') {
        for (const { name, asname } of node.names) {
          const [top] = name.split('.');
          this._names.set(asname ?? top, asname ? name : top);
        }
      } else if (node.nodeType === 'ImportFrom' && node.module) {
        for (const { name, asname } of node.names) {
          this._names.set(asname ?? name, `${node.module}.${name}`);
        }
      }
    }
  }

  /** The dotted name of an expression, or null when it is not of an import. */
  dotted(node: ExprNode | ASTNodeUnion): string | null {
    if (node.nodeType === 'Name') {
      return this._names.get(node.id) ?? null;
    }
    if (node.nodeType === 'Attribute') {
      const base = this.dotted(node.value);
      return base === null ? null : `${base}.${node.attr}`;
    }
    return null;
  }

  /** Whether a package, or a part of it, is imported. */
  has(packageName: string): boolean {
    return [...this._names.values()].some(
      name => name === packageName || name.startsWith(`${packageName}.`)
    );
  }

  /** Whether something is imported that is not from a known library: a module beside the script. */
  hasOwn(isKnown: (dotted: string) => boolean): boolean {
    return [...this._names.values()].some(name => !isKnown(name));
  }

  /** The name that a module has in the script, if it is imported under one. */
  nameOf(module: string): string | null {
    for (const [name, dotted] of this._names) {
      if (dotted === module) {
        return name;
      }
    }
    return null;
  }

  /** Whether a package is imported by its own name. */
  hasAs(packageName: string): boolean {
    return this._names.get(packageName) === packageName;
  }

  private readonly _names = new Map<string, string>();
}
