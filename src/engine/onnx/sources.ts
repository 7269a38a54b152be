/** Keys and values of a block's positions: what the graph that looks into the block answers, and what graphs of single sources are told instead of the stream. */
import { attentionWidths, type AttentionSpec } from '../../model/architecture/model-spec';
import type { AttentionValues } from './branch';
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import type { Dimension } from './proto-parts';
import type { Bottlenecks } from './queries-keys-values';
import { floats, type Feed, type Results } from './session-pool';
import { lastRow } from './shapes';

/** What sources are looked into with. */
export interface Sources extends Bottlenecks {
  /** [T,G·k] after their norm, as if it came before the rotation */
  readonly k: Value;
  /** [T,G·v] */
  readonly v: Value;
}

/** The tensors of `Sources` by their names, with their shapes; T: all positions up to the one under study. */
function tensorsOf(attention: AttentionSpec): Readonly<Record<string, readonly [Dimension, number]>> {
  const widths = attentionWidths(attention);
  const bottleneck = attention.qBottleneck?.layer.weight.outputs;
  return {
    source_keys: ['T', widths.k],
    source_values: ['T', widths.v],
    ...(bottleneck !== undefined && { q_bottleneck: [1, bottleneck] }),
  };
}

/** Declares the outputs `source_keys`, `source_values` and, where queries have a bottleneck, `q_bottleneck` [1,width] of the last position. */
export function outputSources(b: GraphBuilder, attention: AttentionSpec, { normedK, v, qBottleneck }: AttentionValues): void {
  const values: Readonly<Record<string, Value | null>> = {
    source_keys: normedK,
    source_values: v,
    q_bottleneck: qBottleneck && lastRow(b, qBottleneck),
  };
  for (const [name, shape] of Object.entries(tensorsOf(attention))) {
    const value = values[name];
    if (value) b.output(name, value, DataType.FLOAT, shape);
  }
}

/** Declares the same as inputs. */
export function sourceInputs(b: GraphBuilder, attention: AttentionSpec): Sources {
  const input = Object.fromEntries(
    Object.entries(tensorsOf(attention)).map(([name, shape]) => [name, b.input(name, DataType.FLOAT, shape)]),
  );
  return { k: input['source_keys'], v: input['source_values'], qBottleneck: input['q_bottleneck'] ?? null, kvBottleneck: null };
}

/** … and feeds them with what has been answered. */
export function sourceFeeds(results: Results, attention: AttentionSpec): Readonly<Record<string, Feed>> {
  return Object.fromEntries(
    Object.entries(tensorsOf(attention)).map(([name, [, width]]) => {
      const rows = results.floats(name);
      return [name, floats(rows, [rows.length / width, width])];
    }),
  );
}
