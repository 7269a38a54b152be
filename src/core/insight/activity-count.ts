/** How often each neuron is among the most active of its layer, gathered pass by pass. */
/** A neuron counts as active in a pass when it is among so many largest |coefficient| · ‖value‖ of its layer: the paper's 100. */
export const ACTIVE_PER_LAYER = 100;

/** Activity of one neuron over all passes that were looked at. */
export interface NeuronActivity {
  readonly layer: number;
  readonly neuron: number;
  /** share of the passes in which the neuron was among the most active of its layer, from 0 to 1 */
  readonly frequency: number;
  /** mean and standard deviation (of the population) of the coefficient over all passes, active in them or not */
  readonly mean: number;
  readonly deviation: number;
  /** ‖value‖ as it is written; where a norm with a scale of its own in every pass follows, the mean over all passes */
  readonly valueNorm: number;
}

/** Counts and moments of one layer's neurons. */
interface LayerCounts {
  readonly active: Uint32Array;
  readonly mean: Float64Array;
  /** sum of squared differences from the running mean (Welford 1962: exact where deviations are small against the mean) */
  readonly spread: Float64Array;
}

/** Gathers the neurons' activity pass by pass; holds a few numbers for each neuron, however many passes there are. */
export class ActivityCount {
  readonly #layers: readonly LayerCounts[];
  readonly #passes: number[];

  /**
   * @param valueNorms for each layer [F]: norms of the neurons' values, up to a factor that all of a layer have in common
   * @param perLayer how many of a layer's neurons count as active in one pass
   */
  constructor(
    private readonly valueNorms: readonly Float32Array[],
    private readonly perLayer: number = ACTIVE_PER_LAYER,
  ) {
    this.#layers = valueNorms.map(({ length }) => ({
      active: new Uint32Array(length),
      mean: new Float64Array(length),
      spread: new Float64Array(length),
    }));
    this.#passes = valueNorms.map(() => 0);
  }

  /** Adds one pass's coefficients of one layer. [F] */
  add(layer: number, coefficients: Float32Array): void {
    const { active, mean, spread } = this.#layers[layer];
    const norms = this.valueNorms[layer];
    const passes = ++this.#passes[layer];
    const reach = new Float32Array(coefficients.length);
    for (let i = 0; i < reach.length; i++) reach[i] = Math.abs(coefficients[i]) * norms[i];
    for (const neuron of largest(reach, this.perLayer)) active[neuron]++;
    for (let i = 0; i < coefficients.length; i++) {
      const before = coefficients[i] - mean[i];
      mean[i] += before / passes;
      spread[i] += before * (coefficients[i] - mean[i]);
    }
  }

  /**
   * Neurons that were active in at least the given share of the passes: by layer, most frequent first, then by
   * |mean| · ‖value‖.
   */
  atLeast(frequency: number): NeuronActivity[] {
    return this.#layers.flatMap((counts, layer) => {
      const passes = this.#passes[layer];
      const found = Array.from(counts.active, (active, neuron): NeuronActivity => ({
        layer,
        neuron,
        frequency: passes === 0 ? 0 : active / passes,
        mean: counts.mean[neuron],
        deviation: passes === 0 ? 0 : Math.sqrt(counts.spread[neuron] / passes),
        valueNorm: this.valueNorms[layer][neuron],
      })).filter((neuron) => passes > 0 && neuron.frequency >= frequency);
      const reach = ({ mean, valueNorm }: NeuronActivity): number => Math.abs(mean) * valueNorm;
      return found.sort((a, b) => b.frequency - a.frequency || reach(b) - reach(a) || a.neuron - b.neuron);
    });
  }
}

/** Indices of the `count` largest values; of equal ones the first. Does not sort, because it runs in every layer of every pass. */
function largest(values: Float32Array, count: number): number[] {
  if (count >= values.length) return Array.from(values.keys());
  const least = nthLargest(values, count);
  const above: number[] = [];
  const level: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] > least) above.push(i);
    else if (values[i] === least) level.push(i);
  }
  return [...above, ...level.slice(0, count - above.length)];
}

/** The `n`-th largest value, from 1: by Hoare's selection, in time that grows with the length alone. */
function nthLargest(values: Float32Array, n: number): number {
  const rest = values.slice();
  let [from, to] = [0, rest.length - 1];
  while (from < to) {
    const pivot = rest[(from + to) >> 1];
    let [left, right] = [from, to];
    while (left <= right) {
      while (rest[left] > pivot) left++;
      while (rest[right] < pivot) right--;
      if (left <= right) {
        const value = rest[left];
        rest[left++] = rest[right];
        rest[right--] = value;
      }
    }
    if (n - 1 <= right) to = right;
    else if (n - 1 >= left) from = left;
    else break;
  }
  return rest[n - 1];
}
