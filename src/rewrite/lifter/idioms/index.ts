/**
 * The registry of idioms, in the order in which they are asked.
 */
import type { IIdiom } from '../idiom';
import { accumulating } from './accumulating';
import { arrays } from './arrays';
import { assignments } from './assignments';
import { bags } from './bags';
import { branches } from './branches';
import { counting } from './counting';
import { csvModule } from './csvmodule';
import { csvWriting } from './csvwriting';
import { definitions } from './definitions';
import { fields } from './fields';
import { firsts } from './firsts';
import { fitting } from './fitting';
import { frameLoops } from './frameloops';
import { headers } from './headers';
import { jsonLines } from './jsonlines';
import { keyed } from './keyed';
import { lists } from './lists';
import { loaders } from './loaders';
import { loops } from './loops';
import { matches } from './matches';
import { pandas } from './pandas';
import { onehot } from './onehot';
import { outputs } from './outputs';
import { reading } from './reading';
import { records } from './records';
import { selecting } from './selecting';
import { sorting } from './sorting';
import { stacking } from './stacking';
import { statistics } from './statistics';
import { tries } from './tries';
import { writing } from './writing';

export const IDIOMS: readonly IIdiom[] = [
  frameLoops,
  pandas,
  outputs,
  definitions,
  counting,
  accumulating,
  assignments,
  tries,
  matches,
  loaders,
  branches,
  loops,
  csvModule,
  csvWriting,
  reading,
  writing,
  headers,
  jsonLines,
  fields,
  records,
  bags,
  sorting,
  lists,
  firsts,
  keyed,
  statistics,
  arrays,
  onehot,
  stacking,
  selecting,
  fitting
];
