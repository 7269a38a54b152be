/**
 * Always-active neurons (Katz & Belinkov 2023): neurons that are among the most active of their layer in
 * nearly every pass. They say little about one prompt; the paper reads them as regularizers.
 */
import type { ModelInfo, Reading, TokenScore } from '../format/flow-graph';
import type { BlockState, MlpState, MlpSummary } from '../pass/block-state';
import type { InspectablePass } from '../pass/inspectable-pass';
import { Problem } from '../problem';
import { readingAt } from '../pass/reading';
import { writtenIn } from '../pass/lens';
import type { CallContext } from '../call-context';
import { surveyPrompts, type Forward, type SkippedPrompt } from './survey';
import { dot, joined, rowOf } from '../pass/vector';
import { ActivityCount, type NeuronActivity } from './activity-count';

/** An always-active neuron and what it writes. */
export interface ActiveNeuron extends NeuronActivity {
  /** the value as tokens; where the mean coefficient is negative the neuron writes the opposite, its least likely tokens */
  readonly reading: Pick<Reading, 'top' | 'bottom'>;
  /** entropy of the value's softmax in bits */
  readonly entropy: number;
}

/** The answer of the `activeNeurons` call. */
export interface ActiveNeurons {
  readonly schema: 'visit.active-neurons/1';
  readonly model: ModelInfo;
  /** passes that were looked at, each at its last token */
  readonly prompts: number;
  readonly skipped: readonly SkippedPrompt[];
  /** how many of a layer's neurons count as active in one pass */
  readonly perLayer: number;
  /** smallest frequency that is listed */
  readonly atLeast: number;
  readonly neurons: readonly ActiveNeuron[];
}

/** Chance of being wrong about how often a neuron is active, of one that was active in every prompt. */
const DOUBT = 0.05;

/**
 * Smallest frequency, from 0 to 1, that a neuron which was active in all of `prompts` prompts may have in others of their kind: the lower end
 * of the exact one-sided 95 % interval (Clopper & Pearson 1934).
 */
export function leastFrequency(prompts: number): number {
  return prompts === 0 ? 0 : DOUBT ** (1 / prompts);
}

/** How many prompts it takes until one that was active in all of them has at least this frequency, with that certainty. */
export function promptsFor(frequency: number): number {
  return Math.ceil(Math.log(DOUBT) / Math.log(frequency));
}

/** What decides which neurons count as always active, every default filled in. */
export interface ResolvedActivityOptions {
  readonly atLeast: number;
  readonly perLayer: number;
  /** tokens per list */
  readonly tokens: number;
}

/** How large a layer's neurons write, as far as more than one pass needs it: a whole `BlockState` is hundreds of times that. */
type WrittenSizes = Pick<MlpState, 'valueNorms' | 'scale'>;

/**
 * How large a layer's neurons write in the mean of all passes. A norm after the layer divides everything that is written by a number
 * that differs from pass to pass: the first pass tells the sizes, and every pass by how much its own differ from those.
 */
class MeanSizes {
  #passes = 0;
  #sum = 0;

  constructor(private readonly first: WrittenSizes) {}

  /** Takes a pass into account. @param position its last token */
  add({ raw, out }: MlpSummary, position: number): void {
    const { scale } = this.first;
    if (!scale || !raw) return;
    const asFirst = raw.map((x, c) => x * scale[c]);
    const square = dot(asFirst, asFirst);
    // A layer that writes nothing tells nothing of the scale.
    if (square === 0) return;
    this.#passes++;
    this.#sum += dot(asFirst, rowOf(out, position, asFirst.length)) / square;
  }

  /** The means. Their `scale` scales a row of the weights to the mean of what is written of it. */
  sizes(): WrittenSizes {
    const { valueNorms, scale } = this.first;
    if (this.#passes === 0) return this.first;
    const factor = this.#sum / this.#passes;
    const times = (x: Float32Array): Float32Array => x.map((value) => value * factor);
    return { valueNorms: times(valueNorms), ...(scale && { scale: times(scale) }) };
  }
}

/**
 * Runs every prompt once and finds the neurons that are active in nearly all of them. Costs little more than the passes:
 * each is looked at once a block, and only the neurons that are found are read as tokens. Of all passes only one is in memory.
 *
 * @throws Problem `bad-request` for a mixture of experts; see `surveyPrompts`
 */
export async function findActiveNeurons<P>(
  model: ModelInfo,
  prompts: readonly P[],
  { atLeast, perLayer, tokens }: ResolvedActivityOptions,
  forward: Forward<P>,
  context: CallContext,
): Promise<ActiveNeurons> {
  if (model.experts !== undefined) {
    throw new Problem(
      'bad-request',
      `${model.name} is a mixture of experts: its neurons work only where their expert is chosen, so none is active in nearly every pass.`,
      'Choose a model whose feed-forward layers are dense.',
    );
  }
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const layers = Array.from({ length: model.nLayers }, (_, layer) => layer);
  let count: ActivityCount | undefined;
  /** by layer */
  let sizes: readonly MeanSizes[] = [];
  let pass: InspectablePass | undefined;
  let runAgain: (() => Promise<InspectablePass>) | undefined;
  const skipped = await surveyPrompts(
    prompts,
    async (prompt) => {
      pass = undefined;
      const running = await forward(prompt, quiet);
      const last = running.tokens.length - 1;
      if (!count) {
        const first: WrittenSizes[] = [];
        for (const layer of layers) first.push(writtenSizes((await running.block(layer, last)).mlp));
        sizes = first.map((size) => new MeanSizes(size));
        // A number that all of a layer's values are divided by changes nothing in their order.
        count = new ActivityCount(
          first.map(({ valueNorms }) => valueNorms),
          perLayer,
        );
      }
      for (const layer of layers) {
        const { mlp } = await running.summary(layer, last);
        count.add(layer, mlp.coefficients);
        sizes[layer].add(mlp, last);
      }
      pass = running;
      runAgain = () => forward(prompt, quiet);
    },
    context,
  );
  const means = sizes.map((size) => size.sizes());
  const found = (count?.atLeast(atLeast) ?? []).map((neuron) => ({ ...neuron, valueNorm: means[neuron.layer].valueNorms[neuron.neuron] }));
  // No pass is left where the last prompts were skipped.
  if (found.length > 0) pass ??= await runAgain?.();
  return {
    schema: 'visit.active-neurons/1',
    model,
    prompts: prompts.length - skipped.length,
    skipped,
    perLayer,
    atLeast,
    neurons: pass
      ? await readValues(pass, means, found, tokens, (message) => context.report({ message, done: prompts.length, total: prompts.length }))
      : [],
  };
}

function writtenSizes({ valueNorms, scale }: MlpState): WrittenSizes {
  return { valueNorms, ...(scale && { scale }) };
}

/** Reads the neurons' values as tokens, all of them in one batch. `neurons` come by layer; any pass will do. */
async function readValues(
  pass: InspectablePass,
  sizes: readonly WrittenSizes[],
  neurons: readonly NeuronActivity[],
  k: number,
  say: (message: string) => void,
): Promise<ActiveNeuron[]> {
  if (neurons.length === 0) return [];
  const position = pass.tokens.length - 1;
  const rows: Float32Array[] = [];
  for (const layer of new Set(neurons.map(({ layer }) => layer))) {
    say(`Reading neurons of layer ${layer}`);
    const ofLayer = neurons.filter((neuron) => neuron.layer === layer).map(({ neuron }) => neuron);
    const looked = await pass.block(layer, position);
    const state: BlockState = { ...looked, mlp: { ...looked.mlp, ...sizes[layer] } };
    const { neuronValues } = await pass.vectors(layer, position, state, { heads: [], sources: [], oNeurons: [], neurons: ofLayer });
    rows.push(neuronValues);
  }
  const batch = await pass.read(joined(rows), { target: { id: 0 }, k, position, at: writtenIn(neurons) });
  return neurons.map((neuron, i): ActiveNeuron => {
    const { top, bottom, entropy } = readingAt(batch, i, pass);
    return { ...neuron, reading: { top, bottom }, entropy };
  });
}

/** What the neuron writes as tokens: its value's most likely ones, or with a negative mean coefficient the least likely. */
export function writtenTokens({ mean, reading }: ActiveNeuron): readonly TokenScore[] {
  return mean < 0 ? reading.bottom : reading.top;
}
