/**
 * The places of a training script that its adaptations hold on to.
 */
import { walk } from 'py-ast';
import type { FunctionDef, StmtNode } from 'py-ast';

import { CellText } from '../lifter/celltext';
import { type IPlace, type IScript, ownExpressions, placesOf } from './blocks';
import { libraryBases } from './classes';
import { type IWrittenFile, writtenFiles } from './files';
import { type IMetricPrint, metricPrints } from './metrics';
import { ImportedNames } from './names';
import type { IProgram } from './program';
import { type IParameters, settingsOf } from './settings';
import { type IModel, trainedModels } from './trained';

/** A training script with its anchors. */
export class Anchors implements IScript {
  /**
   * @param source - the script
   * @param program - the program, when there are modules beside the script
   * @throws SyntaxProblem when the script is not Python.
   */
  constructor(source: string, program?: IProgram) {
    this.text = new CellText(source);
    this.names = new ImportedNames(this.text.module);
    this.places = placesOf(this.text.module);
    this.bases = libraryBases(this.text.module, this.names, program);
    this.metrics = metricPrints(this, this.bases);
    this.parameters = settingsOf(this, this.bases);
    this.models = trainedModels(this, this.bases);
    this.files = writtenFiles(this);
  }

  readonly text: CellText;
  readonly names: ImportedNames;
  readonly places: readonly IPlace[];
  /** The library class of each own class. */
  readonly bases: ReadonlyMap<string, string>;
  readonly metrics: readonly IMetricPrint[];
  readonly parameters: readonly IParameters[];
  readonly models: readonly IModel[];
  readonly files: readonly IWrittenFile[];

  /** The last of the imports that the script begins with. */
  get lastImport(): StmtNode | null {
    const { body } = this.text.module;
    const isHead = (statement: StmtNode) =>
      statement.nodeType === 'Import' ||
      statement.nodeType === 'ImportFrom' ||
      (statement.nodeType === 'Expr' &&
        statement.value.nodeType === 'Constant');
    let last: StmtNode | null = null;
    for (const statement of body) {
      if (!isHead(statement)) {
        break;
      }
      last = statement;
    }
    return last;
  }

  /** Whether a place runs more than once: in a loop, or in a function called so. */
  repeats(place: IPlace): boolean {
    return (
      place.loops.length > 0 ||
      (place.function !== null && this.isCalledOften(place.function))
    );
  }

  /** Whether a function is called in a loop, twice, or handed on. */
  isCalledOften(
    definition: FunctionDef,
    callers: readonly FunctionDef[] = []
  ): boolean {
    if (callers.includes(definition)) {
      return false;
    }
    let uses = 0;
    for (const place of this.places) {
      if (place.statement === definition) {
        continue;
      }
      for (const node of ownExpressions(place.statement)) {
        if (node.nodeType === 'Name' && node.id === definition.name) {
          const caller = place.function;
          const often =
            place.loops.length > 0 ||
            isComprehended(place.statement, definition.name) ||
            (caller !== null &&
              caller !== definition &&
              this.isCalledOften(caller, [...callers, definition]));
          uses += often ? 2 : 1;
        }
      }
    }
    return uses > 1;
  }
}

function isComprehended(statement: StmtNode, name: string): boolean {
  for (const node of ownExpressions(statement)) {
    if (COMPREHENSIONS.has(node.nodeType)) {
      for (const inner of walk(node)) {
        if (inner.nodeType === 'Name' && inner.id === name) {
          return true;
        }
      }
    }
  }
  return false;
}

const COMPREHENSIONS: ReadonlySet<string> = new Set([
  'ListComp',
  'SetComp',
  'DictComp',
  'GeneratorExp',
  'Lambda'
]);
