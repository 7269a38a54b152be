import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import { componentInWords, componentName, type Component } from '../../core/format/component';
import type { AppliedIntervention } from '../../core/format/intervention';
import { Problem } from '../../core/problem';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { BlockVariant } from '../onnx/block-draft';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, type Results } from '../onnx/session-pool';
import { BlockEdit, type Change } from './block-edit';
import { hasCounterpart, placed, readValues, type BlockTensors, type PlacedComponent } from './component-values';
import { PromptMeans, variantFor } from './prompt-means';

/** A component of this model, and the pass, or the means, whose value it is to have; null: it is switched off. */
export interface PassIntervention {
  readonly component: Component;
  readonly from: InspectablePass | PromptMeans | null;
}

/** The edits of every block that is intervened on, by its layer. */
export type PassEdits = ReadonlyMap<number, BlockEdit>;

/** Where interventions reach into a prompt. */
export interface EditedPrompt {
  /** T */
  readonly length: number;
  /** where sources of heads are changed that name no readers */
  readonly studied: number;
}

/** Interventions as a graph records them. */
export function applied(interventions: readonly PassIntervention[], { length, studied }: EditedPrompt): AppliedIntervention[] {
  return interventions.map(({ component, from }): AppliedIntervention => {
    const place = placed(component, length, studied);
    const isPatch = from !== null && !(from instanceof PromptMeans);
    const positions = isPatch ? place.positions.filter((position) => hasCounterpart(place, position, from.tokens.length)) : place.positions;
    const what = { component: componentName(component), ...(positions.length < length && { positions: [...positions] }) };
    if (from === null) return { mode: 'zero', ...what };
    if (isPatch) return { mode: 'patch', ...what, prompt: from.prompt };
    const { prompts, fingerprint } = from.list;
    return { mode: 'mean', ...what, prompts: prompts.length, fewest: from.fewest(place), fingerprint };
  });
}

/**
 * Reads patched values from their passes, one layer at a time, and makes the edits.
 *
 * @throws Problem `position-out-of-range`, `cancelled`, `out-of-memory`, `weights-invalid` when a value is not a finite number
 */
export async function planEdits(
  graphs: ModelGraphs,
  interventions: readonly PassIntervention[],
  { length, studied }: EditedPrompt,
  context: CallContext,
): Promise<PassEdits> {
  const asked = interventions.map(({ component, from }) => ({ place: placed(component, length, studied), from }));
  const layers = [...new Set(interventions.map(({ component }) => component.layer))].sort((a, b) => a - b);
  const edits = new Map<number, BlockEdit>();
  for (const [i, layer] of layers.entries()) {
    const ofLayer = asked.filter(({ place }) => place.component.layer === layer);
    const message = ofLayer.some(({ from }) => from !== null)
      ? `Reading the values to patch into block ${layer}`
      : `Switching off parts of block ${layer}`;
    context.report({ message, done: i, total: layers.length });
    const tensors = new Map<InspectablePass, BlockTensors>();
    for (const { from } of ofLayer) {
      stopIfCancelled(context);
      if (from === null || from instanceof PromptMeans || tensors.has(from)) continue;
      const places = ofLayer.filter((other) => other.from === from).map(({ place }) => place);
      tensors.set(from, await readTensors(graphs, from, places));
    }
    const block = graphs.spec.blocks[layer];
    const changes = ofLayer.map(({ place, from }): Change => {
      if (from === null) return { ...place, mode: 'zero', values: null };
      if (from instanceof PromptMeans) return { ...place, mode: 'mean', values: from.of(place) };
      const read = tensors.get(from);
      if (read === undefined) throw new Problem('internal', 'A pass that values are taken from was not read.');
      return { ...place, mode: 'patch', values: readValues(block, read, place) };
    });
    for (const change of changes) checkFinite(change);
    edits.set(layer, new BlockEdit(block, changes));
  }
  return edits;
}

/** Looks into the block of these components in another pass. Patterns are computed only where something inside a branch is patched. */
async function readTensors(
  graphs: ModelGraphs,
  { stream, tokens }: InspectablePass,
  places: readonly PlacedComponent[],
): Promise<BlockTensors> {
  const T = tokens.length;
  const { layer } = places[0].component;
  const feeds = { resid_pre: floats(stream[layer], [T, graphs.spec.dModel]), ...graphs.positions(layer, T, T) };
  const block = await graphs.block(layer, variantFor(places), (run) => run(feeds));
  return { positions: T, tensor: (name) => block.floats(name) };
}

/** One value that is not finite would spread through the whole pass, and nothing would say why. */
function checkFinite({ component, values }: Change): void {
  for (const value of values?.values() ?? []) {
    if (value.every(Number.isFinite)) continue;
    throw new Problem(
      'weights-invalid',
      `The value of ${componentInWords(component)} that was to be patched in is not a finite number.`,
      'The weights may be damaged, or the values may exceed what 32-bit floats can hold.',
    );
  }
}

/**
 * The streams of a pass with edits, [n,d] each. Those below the first such block are the ordinary pass's own; from there
 * on every block is run again, over the first n positions.
 *
 * @throws Problem `cancelled`, `out-of-memory`
 */
export async function runEdited(
  graphs: ModelGraphs,
  pass: InspectablePass,
  edits: PassEdits,
  context: CallContext,
  positions = pass.tokens.length,
): Promise<Float32Array[]> {
  const { dModel: d, blocks } = graphs.spec;
  const T = pass.tokens.length;
  const first = Math.min(...edits.keys(), blocks.length);
  const below = pass.stream.slice(0, first + 1);
  const stream = positions === T ? below : below.map((all) => all.subarray(0, positions * d));
  for (let layer = first; layer < blocks.length; layer++) {
    stopIfCancelled(context);
    context.report({ message: `block ${layer + 1} of ${blocks.length}`, done: layer - first, total: blocks.length - first });
    const edit = edits.get(layer);
    const results = edit
      ? await runEditedBlock(graphs, layer, 'run', stream[layer], edit, T)
      : await graphs.block(layer, 'run', (run) =>
          run({ resid_pre: floats(stream[layer], [positions, d]), ...graphs.positions(layer, positions, T) }),
        );
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

  // All that a changed source changes in this block is at the position that reads it.
  for (const reader of edit.readers(positions)) {
    const at = await graphs.editedBlock(layer, 'inspect', (run) => run({ ...upTo(reader + 1), ...edit.feedsAt(reader) }));
    replaceRow(results, at, reader, positions);
  }
  return results;
}

/** Puts what the graph of one position found in its place among those of all. */
function replaceRow(results: Results, at: Results, position: number, positions: number): void {
  for (const name of AFTER_SOURCES) {
    if (!results.names.includes(name) || !at.names.includes(name)) continue;
    const [all, row] = [results.floats(name), at.floats(name)];
    if (all.length === positions * row.length) all.set(row, position * row.length);
    // Of some tensors a graph gives the last position alone.
    else if (position === positions - 1) all.set(row);
  }
}
