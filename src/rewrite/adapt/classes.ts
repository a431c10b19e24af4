/**
 * The classes of a program that derive from those of a library.
 */
import type { ClassDef, Module } from 'py-ast';
import { walk } from 'py-ast';

import { CellText } from '../lifter/celltext';
import { ImportedNames } from './names';
import type { IProgram } from './program';

/**
 * The library class that each class of a program derives from, by its name in the script.
 *
 * @param module - the script
 * @param names - the imports of the script
 * @param program - the program, when there are modules beside the script
 */
export function libraryBases(
  module: Module,
  names: ImportedNames,
  program?: IProgram
): Map<string, string> {
  const beside = new Map<string, string>();
  for (const [path, source] of Object.entries(program?.files ?? {})) {
    if (path !== program?.script) {
      const { module: other } = new CellText(source);
      const dotted = path.replace(/\.py$/, '').replace(/[/\\]/g, '.');
      for (const [name, base] of basesIn(other, new ImportedNames(other))) {
        beside.set(`${dotted}.${name}`, base);
      }
    }
  }
  const bases = basesIn(module, names);
  for (const node of walk(module)) {
    if (node.nodeType === 'ImportFrom') {
      for (const { name, asname } of node.names) {
        const base = beside.get(`${node.module}.${name}`);
        if (base) {
          bases.set(asname ?? name, base);
        }
      }
    }
  }
  return bases;
}

function basesIn(module: Module, names: ImportedNames): Map<string, string> {
  const bases = new Map<string, string>();
  for (const node of walk(module)) {
    if (node.nodeType === 'ClassDef') {
      const base = libraryBase(node, names, bases);
      if (base) {
        bases.set(node.name, base);
      }
    }
  }
  return bases;
}

function libraryBase(
  definition: ClassDef,
  names: ImportedNames,
  known: ReadonlyMap<string, string>
): string | undefined {
  const bases = definition.bases.map(
    base =>
      names.dotted(base) ??
      (base.nodeType === 'Name' ? known.get(base.id) : undefined)
  );
  return bases.find(base => base !== undefined && base !== null) ?? undefined;
}

/** The modules of a program that its script imports, directly or not. */
export function ownModules(module: Module, program: IProgram): string[] {
  const found = new Set<string>();
  const follow = (imported: Module) => {
    for (const node of walk(imported)) {
      const names =
        node.nodeType === 'ImportFrom' && node.module
          ? [node.module]
          : node.nodeType === 'Import'
            ? node.names.map(({ name }) => name)
            : [];
      for (const name of names) {
        const path = `${name.replaceAll('.', '/')}.py`;
        if (path in program.files && !found.has(path)) {
          found.add(path);
          follow(new CellText(program.files[path]).module);
        }
      }
    }
  };
  follow(module);
  return [...found];
}

/** The modules beside a program's script that it imports. */
export function modulesBeside(program: IProgram): string[] {
  const { module } = new CellText(program.files[program.script]);
  return ownModules(module, program);
}
