import { componentName, type Component } from '../../core/format/component';
import type { AppliedIntervention } from '../../core/format/intervention';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { CallContext } from '../../core/call-context';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { BlockVariant } from '../onnx/block-draft';
import { floats, type Results } from '../onnx/session-pool';
import { stopIfCancelled } from '../../core/cancel';
import { BlockEdit, type Change, type PatchSource } from './block-edit';

/** A component of this model, and the pass whose value it is to have; null: it is switched off. */
export interface PassIntervention {
  readonly component: Component;
  readonly from: InspectablePass | null;
}

/** The edits of every block that is intervened on, by its layer. */
export type PassEdits = ReadonlyMap<number, BlockEdit>;

/** Interventions as a graph records them. */
export function applied(interventions: readonly PassIntervention[]): AppliedIntervention[] {
  return interventions.map(({ component, from }) => ({
    component: componentName(component),
    ...(from === null ? { mode: 'zero' as const } : { mode: 'patch' as const, prompt: from.prompt }),
  }));
}

/**
 * Reads patched values from their passes, one layer at a time, and makes the edits.
 *
 * @param positions T of the pass that is changed
 * @param position where sources of heads are changed
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function planEdits(
  graphs: ModelGraphs,
  interventions: readonly PassIntervention[],
  positions: number,
  position: number,
  context: CallContext,
): Promise<PassEdits> {
  const layers = [...new Set(interventions.map(({ component }) => component.layer))].sort((a, b) => a - b);
  const edits = new Map<number, BlockEdit>();
  for (const [i, layer] of layers.entries()) {
    const ofLayer = interventions.filter(({ component }) => component.layer === layer);
    const message = ofLayer.some(({ from }) => from !== null)
      ? `Reading the values to patch into block ${layer}`
      : `Switching off parts of block ${layer}`;
    context.report({ message, done: i, total: layers.length });
    const sources = new Map<InspectablePass, PatchSource>();
    for (const from of new Set(ofLayer.map((intervention) => intervention.from))) {
      stopIfCancelled(context);
      if (from)
        sources.set(
          from,
          await readPatchSource(
            graphs,
            from,
            ofLayer.filter((intervention) => intervention.from === from).map(({ component }) => component),
          ),
        );
    }
    const changes = ofLayer.map(({ component, from }): Change => ({ component, from: (from && sources.get(from)) ?? null }));
    edits.set(layer, new BlockEdit(graphs.spec.blocks[layer], changes, positions, position));
  }
  return edits;
}

/** Looks into the block of these components in another pass. Patterns are computed only where something inside a branch is patched. */
async function readPatchSource(
  graphs: ModelGraphs,
  { stream, tokens }: InspectablePass,
  components: readonly Component[],
): Promise<PatchSource> {
  const T = tokens.length;
  const { layer } = components[0];
  const feeds = { resid_pre: floats(stream[layer], [T, graphs.spec.dModel]), ...graphs.positions(layer, T, T) };
  const outputsOnly = components.every(({ kind }) => kind === 'attention' || kind === 'mlp');
  const block = await graphs.block(layer, outputsOnly ? 'summary' : 'trace', (run) => run(feeds));
  return { positions: T, tensor: (name) => block.floats(name) };
}

/**
 * The streams of a pass with edits, [T,d] each. Those below the first such block are the ordinary pass's own; from there
 * on every block is run again.
 *
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function runEdited(
  graphs: ModelGraphs,
  pass: InspectablePass,
  edits: PassEdits,
  context: CallContext,
): Promise<Float32Array[]> {
  const { dModel: d, blocks } = graphs.spec;
  const T = pass.tokens.length;
  const first = Math.min(...edits.keys(), blocks.length);
  const stream = pass.stream.slice(0, first + 1);
  for (let layer = first; layer < blocks.length; layer++) {
    stopIfCancelled(context);
    context.report({ message: `block ${layer + 1} of ${blocks.length}`, done: layer - first, total: blocks.length - first });
    const edit = edits.get(layer);
    const results = edit
      ? await runEditedBlock(graphs, layer, 'run', stream[layer], edit, T)
      : await graphs.block(layer, 'run', (run) => run({ resid_pre: floats(stream[layer], [T, d]), ...graphs.positions(layer, T, T) }));
    stream.push(results.floats('resid_post'));
  }
  return stream;
}

/** Tensors between a head's sources and the stream after the block, and follow a change of a source. */
const AFTER_SOURCES = ['z', 'attn_raw', 'attn_out', 'resid_mid', 'ln1', 'ln2', 'mlp_post', 'mlp_raw', 'mlp_out', 'resid_post'];

/**
 * An edited block over the first positions of a prompt.
 *
 * @param residPre [positions,d]
 * @param promptLength T, which rotation may depend on
 */
export async function runEditedBlock(
  graphs: ModelGraphs,
  layer: number,
  variant: Exclude<BlockVariant, 'inspect'>,
  residPre: Float32Array,
  edit: BlockEdit,
  promptLength: number,
): Promise<Results> {
  const { dModel: d } = graphs.spec;
  const positions = residPre.length / d;
  const upTo = (n: number) => ({ resid_pre: floats(residPre.subarray(0, n * d), [n, d]), ...graphs.positions(layer, n, promptLength) });
  const results = await graphs.editedBlock(layer, variant, (run) => run({ ...upTo(positions), ...edit.feeds(positions) }));
  const { position } = edit;
  if (position >= positions || edit.sourcesAt(position).length === 0) return results;

  // A source is changed at one position only. All that it changes in this block is at that position.
  const at = await graphs.editedBlock(layer, 'inspect', (run) => run({ ...upTo(position + 1), ...edit.feedsAt(position) }));
  for (const name of AFTER_SOURCES) {
    if (!results.names.includes(name) || !at.names.includes(name)) continue;
    const [all, row] = [results.floats(name), at.floats(name)];
    if (all.length === positions * row.length) all.set(row, position * row.length);
    // Of some tensors a graph gives the last position alone.
    else if (position === positions - 1) all.set(row);
  }
  return results;
}
