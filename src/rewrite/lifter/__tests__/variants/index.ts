import { aggregates } from './aggregates';
import { trainingByHand } from './byhand';
import { columns } from './columns';
import { csvModule } from './csvmodule';
import { dictionaries } from './dictionaries';
import { features, labels, training } from './features';
import { files } from './files';
import { filtering } from './filtering';
import { joining } from './joining';
import { loaders } from './loaders';
import { keptRows } from './keptrows';
import { keptFeatures, pandas } from './pandas';
import { reading } from './reading';
import { restructuring } from './restructuring';
import { tries } from './tries';
import type { IVariant } from './variant';

/** All variants by idiom. */
export const VARIANTS: Readonly<Record<string, readonly IVariant[]>> = {
  reading,
  csvModule,
  filtering,
  columns,
  joining,
  tries,
  aggregates,
  dictionaries,
  files,
  pandas,
  keptFeatures,
  keptRows,
  loaders,
  restructuring,
  features,
  labels,
  training,
  trainingByHand
};
