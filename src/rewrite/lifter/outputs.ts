/**
 * Where the caller says that the results of the stages are.
 */
import type { Role } from '../interfaces';

/** The variable or file that holds the result of a stage. */
export type IOutputs = Partial<Record<Role, string>>;
