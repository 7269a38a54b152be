/** Means of components over many prompts, aligned from the end: one pass at a time, of which only running sums are kept. */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import { componentInWords, partName } from '../../core/format/component';
import { Problem } from '../../core/problem';
import type { ModelGraphs } from '../onnx/model-graphs';
import type { NeuronRows } from './chosen-neuron';
import { rowsOfNeurons } from './neuron-rows';
import { countAt, readValues, type ComponentValues, type PlacedComponent } from './component-values';

/** Token ids of a prompt. */
export type TokenIds = readonly { readonly id: number }[];

/** A list of prompts that a mean is taken over. */
export interface PromptList {
  readonly prompts: readonly { readonly tokens: TokenIds }[];
  /** what they are called together */
  readonly name?: string | undefined;
  /** tells one list from another */
  readonly fingerprint: string;
}

/** A running sum of rows, and of how many. */
interface Sum {
  readonly sum: Float64Array;
  count: number;
}

/** The means of some components over a list of prompts. */
export class PromptMeans {
  constructor(
    readonly list: PromptList,
    /** by the component's name without positions, then by position */
    private readonly values: ReadonlyMap<string, ComponentValues>,
  ) {}

  /** A component's means at its positions. @throws Problem `internal` when they were not asked for */
  of({ component, positions }: PlacedComponent): ComponentValues {
    const known = this.values.get(partName(component));
    return new Map(
      positions.map((position) => {
        const value = known?.get(position);
        if (value === undefined) throw new Problem('internal', `The mean of ${componentInWords(component)} was not computed.`);
        return [position, value];
      }),
    );
  }

  /** Over how many prompts a component's mean is taken where the fewest reach. */
  fewest(place: PlacedComponent): number {
    return Math.min(...place.positions.map((position) => countAt(this.list, place, position)));
  }
}

/**
 * Runs the prompts one after the other, each as far as the highest block that is looked into.
 *
 * @param wanted components, at positions of a prompt that the means are to be used in
 * @throws Problem `cancelled`, `out-of-memory`, `weights-invalid` when a mean is not a finite number
 */
export async function promptMeans(
  graphs: ModelGraphs,
  list: PromptList,
  wanted: readonly PlacedComponent[],
  context: CallContext,
): Promise<PromptMeans> {
  const sums = new Map<string, Map<number, Sum>>();
  const rows = await rowsOfNeurons(
    graphs,
    wanted.map(({ component }) => component),
  );
  for (const [i, { tokens }] of list.prompts.entries()) {
    context.report({ message: `Mean: prompt ${i + 1} of ${list.prompts.length}`, done: i, total: list.prompts.length });
    await addPass(graphs, tokens, { wanted, rows }, sums, context);
  }
  const values = new Map<string, ComponentValues>();
  for (const { component } of wanted) {
    const name = partName(component);
    const rows = [...(sums.get(name) ?? [])].map(([position, sum]) => [position, meanOf(sum, component.kind === 'source')] as const);
    if (rows.some(([, mean]) => !mean.every(Number.isFinite))) {
      throw new Problem(
        'weights-invalid',
        `The mean of ${componentInWords(component)} is not a finite number.`,
        'The weights may be damaged, or the values may exceed what 32-bit floats can hold.',
      );
    }
    values.set(name, new Map(rows));
  }
  return new PromptMeans(list, values);
}

/** Adds what one prompt's pass has, looking into each block as it runs. */
async function addPass(
  graphs: ModelGraphs,
  tokens: TokenIds,
  { wanted, rows }: { readonly wanted: readonly PlacedComponent[]; readonly rows: NeuronRows },
  sums: Map<string, Map<number, Sum>>,
  context: CallContext,
): Promise<void> {
  const { spec } = graphs;
  const T = tokens.length;
  stopIfCancelled(context);
  const top = Math.max(...wanted.map(({ component }) => component.layer));
  let stream = (await graphs.embed(tokens.map(({ id }) => id))).floats('resid_pre');
  for (let layer = 0; layer <= top; layer++) {
    stopIfCancelled(context);
    const ofLayer = wanted.filter(({ component }) => component.layer === layer);
    const variant = variantFor(ofLayer);
    const block = await graphs.block(layer, variant, (run) => run(graphs.entering(layer, variant, stream, T)));
    for (const place of ofLayer) {
      const values = readValues(spec.blocks[layer], { positions: T, tensor: (name) => block.floats(name), rows }, place);
      addValues(sums, place, values);
    }
    stream = block.floats('resid_post');
  }
}

/** The cheapest graph of a block that shows some of its components at all positions. */
export function variantFor(components: readonly PlacedComponent[]): 'run' | 'summary' | 'trace' | 'experts' {
  if (components.length === 0) return 'run';
  if (components.some(({ component: { kind } }) => kind === 'expert')) return 'experts';
  const outputsOnly = components.every(({ component: { kind } }) => kind === 'attention' || kind === 'mlp');
  return outputsOnly ? 'summary' : 'trace';
}

function addValues(sums: Map<string, Map<number, Sum>>, { component }: PlacedComponent, values: ComponentValues): void {
  const name = partName(component);
  const known = sums.get(name) ?? new Map<number, Sum>();
  sums.set(name, known);
  for (const [position, value] of values) {
    const sum = known.get(position) ?? { sum: new Float64Array(value.length), count: 0 };
    known.set(position, sum);
    sum.count++;
    // What a source adds to its head is its value times its probability: that is what is averaged.
    const factor = component.kind === 'source' ? value[0] : 1;
    value.forEach((x, i) => (sum.sum[i] += i === 0 ? x : factor * x));
  }
}

/** A source's mean has its mean probability, and a value that times it gives what it adds on average. */
function meanOf({ sum, count }: Sum, isSource: boolean): Float32Array {
  const mean = Float32Array.from(sum, (x) => x / count);
  if (!isSource) return mean;
  return mean.map((x, i) => (i === 0 ? x : sum[0] === 0 ? 0 : sum[i] / sum[0]));
}
