import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import { componentInWords, componentName, isActivation, type Component } from '../../core/format/component';
import type { AppliedIntervention } from '../../core/format/intervention';
import { Problem } from '../../core/problem';
import { joined } from '../../core/pass/vector';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { BlockVariant } from '../onnx/block-draft';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { Results } from '../onnx/session-pool';
import { BlockEdit, type Change } from './block-edit';
import { hasCounterpart, placed, readValues, type BlockTensors, type PlacedComponent } from './component-values';
import type { NeuronRows } from './chosen-neuron';
import { rowsOfNeurons } from './neuron-rows';
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
    if (!isActivation(component)) return { mode: 'zero', component: componentName(component) };
    const place = placed(component, length, studied);
    const isPatch = from !== null && !(from instanceof PromptMeans);
    const positions = isPatch ? place.positions.filter((position) => hasCounterpart(place, position, from.tokens.length)) : place.positions;
    const what = { component: componentName(component), ...(positions.length < length && { positions: [...positions] }) };
    if (from === null) return { mode: 'zero', ...what };
    if (isPatch) return { mode: 'patch', ...what, prompt: from.prompt };
    const { prompts, fingerprint, name } = from.list;
    const named = name !== undefined && { name };
    return { mode: 'mean', ...what, prompts: prompts.length, ...named, fewest: from.fewest(place), fingerprint };
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
  prompt: EditedPrompt,
  context: CallContext,
): Promise<PassEdits> {
  const edits = new Map<number, BlockEdit>();
  for (const { layer, changes } of await readChanges(graphs, interventions, prompt, context)) {
    edits.set(layer, new BlockEdit(graphs.spec.blocks[layer], changes));
  }
  return edits;
}

/** An intervention by itself. */
export interface LoneEdit {
  readonly layer: number;
  readonly edit: BlockEdit;
  /** its place among those that were planned */
  readonly index: number;
}

/** The same for interventions that do not act together: an edit for each, by rising layer. @throws Problem as `planEdits` */
export async function planEach(
  graphs: ModelGraphs,
  interventions: readonly PassIntervention[],
  prompt: EditedPrompt,
  context: CallContext,
): Promise<LoneEdit[]> {
  const layers = await readChanges(graphs, interventions, prompt, context);
  return layers.flatMap(({ layer, changes, indices }) =>
    changes.map((change, i) => ({ layer, edit: new BlockEdit(graphs.spec.blocks[layer], [change]), index: indices[i] })),
  );
}

/** What is changed in one block. */
interface LayerChanges {
  readonly layer: number;
  readonly changes: readonly Change[];
  /** places of the changes among all interventions */
  readonly indices: readonly number[];
}

/** By rising layer. */
async function readChanges(
  graphs: ModelGraphs,
  interventions: readonly PassIntervention[],
  { length, studied }: EditedPrompt,
  context: CallContext,
): Promise<LayerChanges[]> {
  // What is off of an adapter does not change a tensor: other graphs leave it out.
  const asked = interventions.flatMap(({ component, from }, index) =>
    isActivation(component) ? [{ place: placed(component, length, studied), from, index }] : [],
  );
  const layers = [...new Set(asked.map(({ place }) => place.component.layer))].sort((a, b) => a - b);
  const found: LayerChanges[] = [];
  for (const [i, layer] of layers.entries()) {
    const ofLayer = asked.filter(({ place }) => place.component.layer === layer);
    const message = ofLayer.some(({ from }) => from !== null)
      ? `Reading the values to patch into block ${layer}`
      : `Switching off parts of block ${layer}`;
    context.report({ message, done: i, total: layers.length });
    const tensors = new Map<InspectablePass, BlockTensors>();
    const patched = ofLayer.filter(({ from }) => from !== null && !(from instanceof PromptMeans));
    const rows = await rowsOfNeurons(
      graphs,
      patched.map(({ place }) => place.component),
    );
    for (const { from } of ofLayer) {
      stopIfCancelled(context);
      if (from === null || from instanceof PromptMeans || tensors.has(from)) continue;
      const places = ofLayer.filter((other) => other.from === from).map(({ place }) => place);
      tensors.set(from, await readTensors(graphs, from, places, rows));
    }
    const changes = ofLayer.map(({ place, from }): Change => {
      if (from === null) return { ...place, mode: 'zero', values: null };
      if (from instanceof PromptMeans) return { ...place, mode: 'mean', values: from.of(place) };
      const read = tensors.get(from);
      if (read === undefined) throw new Problem('internal', 'A pass that values are taken from was not read.');
      return { ...place, mode: 'patch', values: readValues(graphs.spec.blocks[layer], read, place) };
    });
    for (const change of changes) checkFinite(change);
    found.push({ layer, changes, indices: ofLayer.map(({ index }) => index) });
  }
  return found;
}

/** Looks into the block of these components in another pass. Patterns are computed only where something inside a branch is patched. */
async function readTensors(
  graphs: ModelGraphs,
  { stream, tokens }: InspectablePass,
  places: readonly PlacedComponent[],
  rows: NeuronRows,
): Promise<BlockTensors> {
  const T = tokens.length;
  const { layer } = places[0].component;
  const variant = variantFor(places);
  const block = await graphs.block(layer, variant, (run) => run(graphs.entering(layer, variant, stream[layer], T)));
  return { positions: T, tensor: (name) => block.floats(name), rows };
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
  const first = Math.min(...edits.keys(), graphs.firstOther, pass.stream.length - 1);
  const below = pass.stream.slice(0, first + 1);
  const stream = positions === T ? below : below.map((all) => all.subarray(0, positions * d));
  for (let layer = first; layer < blocks.length; layer++) {
    stopIfCancelled(context);
    context.report({ message: `block ${layer + 1} of ${blocks.length}`, done: layer - first, total: blocks.length - first });
    const edit = edits.get(layer);
    const results = edit
      ? await runEditedBlock(graphs, layer, 'run', stream[layer], edit, T)
      : await graphs.block(layer, 'run', (run) => run(graphs.entering(layer, 'run', stream[layer], T)));
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
  variant: Exclude<BlockVariant, 'inspect' | 'pattern' | 'routing' | 'experts'>,
  residPre: Float32Array,
  edit: BlockEdit,
  promptLength: number,
): Promise<Results> {
  const { dModel: d } = graphs.spec;
  const positions = residPre.length / d;
  const feeds = { ...graphs.entering(layer, variant, residPre, promptLength), ...edit.feeds(positions) };
  const results = await graphs.editedBlock(layer, variant, (run) => run(feeds));
  for (const reader of edit.readers(positions)) {
    replaceRow(results, await whereRead(graphs, layer, residPre, edit, reader, promptLength), reader, positions);
  }
  return results;
}

/** An edited block at a position that reads a changed source: all that the change does in this block is there. */
function whereRead(
  graphs: ModelGraphs,
  layer: number,
  residPre: Float32Array,
  edit: BlockEdit,
  reader: number,
  promptLength: number,
): Promise<Results> {
  const upTo = residPre.subarray(0, (reader + 1) * graphs.spec.dModel);
  const feeds = { ...graphs.entering(layer, 'inspect', upTo, promptLength), ...edit.feedsAt(reader) };
  return graphs.editedBlock(layer, 'inspect', (run) => run(feeds));
}

/**
 * What leaves a block that is edited in several ways, each by itself.
 *
 * @param residPre [n,d]
 * @returns [edits · n,d]
 */
export async function runEachEdit(
  graphs: ModelGraphs,
  layer: number,
  residPre: Float32Array,
  edits: readonly BlockEdit[],
  promptLength: number,
): Promise<Float32Array> {
  const { dModel: d } = graphs.spec;
  const n = residPre.length / d;
  const copies = joined(edits.map(() => residPre));
  const feeds = { ...graphs.entering(layer, 'run', copies, promptLength, edits.length), ...BlockEdit.feedsOfEach(edits, n) };
  const stream = (await graphs.editedBlock(layer, 'run', (run) => run(feeds))).floats('resid_post');
  for (const [i, edit] of edits.entries()) {
    for (const reader of edit.readers(n)) {
      const at = await whereRead(graphs, layer, residPre, edit, reader, promptLength);
      stream.set(at.floats('resid_post'), (i * n + reader) * d);
    }
  }
  return stream;
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
