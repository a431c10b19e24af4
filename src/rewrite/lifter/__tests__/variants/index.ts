import { columns } from './columns';
import { features, labels, training } from './features';
import { filtering } from './filtering';
import { joining } from './joining';
import { reading } from './reading';
import { restructuring } from './restructuring';
import type { IVariant } from './variant';

/** All variants by idiom. */
export const VARIANTS: Readonly<Record<string, readonly IVariant[]>> = {
  reading,
  filtering,
  columns,
  joining,
  restructuring,
  features,
  labels,
  training
};
