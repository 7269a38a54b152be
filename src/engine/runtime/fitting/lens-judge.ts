/** How well lenses predict what a model says, on passes that were held back. */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import type { LensFigures } from '../../../core/format/lens-info';
import { joined } from '../../../core/pass/vector';
import type { ModelGraphs } from '../../onnx/model-graphs';
import { floats } from '../../onnx/session-pool';
import type { AffineMap } from './ridge';

/** The streams of a pass at all borders, [T,d] each. */
export type Streams = readonly Float32Array[];

/** Figures at one border: means over all positions. */
export interface BorderFigures {
  readonly agreement: number;
  /** bits */ readonly divergence: number;
}

/** The stream at a border as a map reads it. */
export interface Reading {
  readonly border: number;
  readonly map: AffineMap;
}

/** Memory that the maps of readings may take that are judged together, unless it is a few. */
const [MAPS_BYTES, LEAST_TOGETHER] = [64e6, 4];

/** See the head of this file. */
export class LensJudge {
  private readonly nLayers: number;
  private readonly d: number;

  constructor(
    private readonly graphs: ModelGraphs,
    private readonly context: CallContext,
  ) {
    this.nLayers = graphs.spec.blocks.length;
    this.d = graphs.spec.dModel;
  }

  /** Readings that are judged together, since what the model says costs as much as one of them. */
  get together(): number {
    return Math.max(LEAST_TOGETHER, Math.floor(MAPS_BYTES / (this.d * this.d * Float32Array.BYTES_PER_ELEMENT)));
  }

  /** The map of the logit lens. */
  get identity(): AffineMap {
    const { d } = this;
    return { map: new Float32Array(d * d).map((_, i) => (i % (d + 1) === 0 ? 1 : 0)), offset: new Float32Array(d) };
  }

  /**
   * Of lenses, at every border, the last included, where all lenses are one.
   *
   * @param lenses the map of each at a border before the last
   * @throws Problem `cancelled`
   */
  async figures(
    streams: readonly Streams[],
    lenses: readonly ((border: number) => AffineMap | Promise<AffineMap>)[],
  ): Promise<LensFigures[]> {
    const found: BorderFigures[] = [];
    const step = Math.max(1, Math.floor(this.together / lenses.length));
    for (let from = 0; from < this.nLayers; from += step) {
      this.context.report({ message: `Fitting the lens: judging border ${from + 1} of ${this.nLayers}`, done: from, total: this.nLayers });
      const readings: Reading[] = [];
      for (let border = from; border < Math.min(from + step, this.nLayers); border++) {
        for (const mapAt of lenses) readings.push({ border, map: await mapAt(border) });
      }
      found.push(...(await this.of(streams, readings)));
    }
    return lenses.map((_, lens) => {
      const its = found.filter((_, i) => i % lenses.length === lens);
      return { agreement: [...its.map((at) => at.agreement), 1], divergence: [...its.map((at) => at.divergence), 0] };
    });
  }

  /** Of readings, in their order. @throws Problem `cancelled` */
  async of(streams: readonly Streams[], readings: readonly Reading[]): Promise<BorderFigures[]> {
    if (readings.length === 0) return [];
    const { d } = this;
    const shape = [readings.length, d, d];
    const maps = floats(joined(readings.map(({ map }) => map.map)), shape);
    const offsets = floats(joined(readings.map(({ map }) => map.offset)), [readings.length, 1, d]);
    const sums = readings.map(() => ({ agreement: 0, divergence: 0 }));
    let positions = 0;
    await this.graphs.judge(async (compare) => {
      for (const stream of streams) {
        stopIfCancelled(this.context, 'Fitting the lens');
        const final = stream[this.nLayers];
        const n = final.length / d;
        const rows = floats(joined(readings.map(({ border }) => stream[border])), [readings.length, n, d]);
        const results = await compare({ final: floats(final, [n, d]), rows, maps, offsets });
        const [agrees, divergences] = [results.floats('agrees'), results.floats('divergences')];
        for (const [i, sum] of sums.entries()) {
          for (let at = i * n; at < (i + 1) * n; at++) {
            sum.agreement += agrees[at];
            sum.divergence += divergences[at];
          }
        }
        positions += n;
      }
    });
    return sums.map(({ agreement, divergence }) => ({ agreement: agreement / positions, divergence: divergence / positions }));
  }

  /** What the mean prediction on one part says of another: a lens that knows only how frequent tokens are. */
  async baseline(known: readonly Streams[], judged: readonly Streams[]): Promise<BorderFigures> {
    const { d, nLayers } = this;
    const mean = new Float64Array(this.graphs.spec.vocabSize);
    const said = (stream: Streams) =>
      this.graphs.predictions((predict) => predict({ final: floats(stream[nLayers], [stream[nLayers].length / d, d]) }));
    let seen = 0;
    for (const stream of known) {
      const n = stream[nLayers].length / d;
      (await said(stream)).floats('mean').forEach((p, i) => (mean[i] += p * n));
      seen += n;
    }
    const guess = mean.map((p) => p / seen);
    const most = guess.indexOf(guess.reduce((a, b) => Math.max(a, b)));
    let [agreement, divergence, positions] = [0, 0, 0];
    for (const stream of judged) {
      const results = await said(stream);
      const n = stream[nLayers].length / d;
      results.ints('first').forEach((id) => (agreement += id === most ? 1 : 0));
      // KL(p ‖ q) = −H(p) − Σ p log q, and the mean of p is enough for the second term.
      results.floats('entropy').forEach((bits) => (divergence -= bits));
      results.floats('mean').forEach((p, i) => (divergence -= n * p * Math.log2(Math.max(guess[i], 1e-12))));
      positions += n;
    }
    return { agreement: agreement / positions, divergence: divergence / positions };
  }
}
