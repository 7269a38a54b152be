/** A block's graph in the making. */
import type { BlockSpec } from '../../model/architecture/model-spec';
import type { BlockEdits } from './edits';
import type { GraphBuilder, Value } from './graph-builder';
import type { Positional } from './positional';
import { lastRow } from './shapes';

/** How much of a block a graph shows; see `buildBlockGraph`. */
export type BlockVariant = 'run' | 'trace' | 'experts' | 'summary' | 'values' | 'inspect' | 'pattern' | 'routing' | 'continue';

/** Whether a variant computes only the last position from the queries on. */
export function isOfLast(variant: BlockVariant): boolean {
  return variant === 'inspect' || variant === 'pattern';
}

/** What all parts of one block's graph are drafted with: attention, feed-forward layer and wiring are functions on it. */
export interface BlockDraft {
  readonly b: GraphBuilder;
  readonly block: BlockSpec;
  readonly variant: BlockVariant;
  readonly positional: Positional;
  readonly edits: BlockEdits;
  /** [1] B, how many copies of the prompt lie one after the other in the rows, each with streams of its own: T rows are B · T then; null: one */
  readonly copies: Value | null;
  /** longest prompt that the graph will see */
  readonly contextLength: number;
  /** what is known of positions before the rows; null: the rows are all */
  readonly past: PastKeysValues | null;
}

/** Keys and values of P earlier positions as they are compared and read: normed and rotated, [P,G·k] and [P,G·v]. */
export interface PastKeysValues {
  readonly keys: Value;
  readonly values: Value;
}

/** The rows of the positions that a variant computes: the last alone, or all. [T,width] → [1 or T,width] */
export function studied({ b, variant }: BlockDraft, x: Value): Value {
  return isOfLast(variant) ? lastRow(b, x) : x;
}
