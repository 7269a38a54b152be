/** How well lenses predict what a model says, on passes that were held back. */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import type { LensFigures } from '../../../core/format/lens-info';
import { READINGS } from '../../onnx/lens-fit-graphs';
import type { ModelGraphs } from '../../onnx/model-graphs';
import { floats, type Feed } from '../../onnx/session-pool';
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
    // As few maps in memory as a graph judges at once.
    const step = Math.max(1, Math.floor(Math.max(...READINGS) / lenses.length));
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
    const found: BorderFigures[] = [];
    const [single, several] = READINGS;
    for (let from = 0; from < readings.length;) {
      stopIfCancelled(this.context, 'Fitting the lens');
      // What the model says costs as much as a reading: with one left over, a graph for several costs no more than two for one.
      const wanted = readings.slice(from, from + (readings.length - from >= several - 1 ? several : single));
      found.push(...(await this.together(streams, wanted)));
      from += wanted.length;
    }
    return found;
  }

  private together(streams: readonly Streams[], wanted: readonly Reading[]): Promise<BorderFigures[]> {
    const { d } = this;
    const sums = wanted.map(() => ({ agreement: 0, divergence: 0 }));
    const size = wanted.length > 1 ? READINGS[1] : READINGS[0];
    return this.graphs.judge(size, async (compare) => {
      let positions = 0;
      for (const stream of streams) {
        const final = stream[this.nLayers];
        const n = final.length / d;
        const feeds: Record<string, Feed> = { final: floats(final, [n, d]) };
        for (let i = 0; i < size; i++) {
          const { border, map } = wanted[Math.min(i, wanted.length - 1)];
          feeds[`rows.${i}`] = floats(stream[border], [n, d]);
          feeds[`map.${i}`] = floats(map.map, [d, d]);
          feeds[`offset.${i}`] = floats(map.offset, [1, d]);
        }
        const results = await compare(
          feeds,
          wanted.flatMap((_, i) => [`agrees.${i}`, `divergence.${i}`]),
        );
        for (const [i, sum] of sums.entries()) {
          results.floats(`agrees.${i}`).forEach((agrees) => (sum.agreement += agrees));
          results.floats(`divergence.${i}`).forEach((bits) => (sum.divergence += bits));
        }
        positions += n;
      }
      return sums.map(({ agreement, divergence }) => ({ agreement: agreement / positions, divergence: divergence / positions }));
    });
  }

  /** What the mean prediction on one part says of another: a lens that knows only how frequent tokens are. */
  async baseline(known: readonly Streams[], judged: readonly Streams[]): Promise<BorderFigures> {
    const { d, nLayers } = this;
    const mean = new Float64Array(this.graphs.spec.vocabSize);
    const nothing = floats(new Float32Array(d * d), [d, d]);
    const offset = floats(new Float32Array(d), [1, d]);
    const said = (stream: Streams) =>
      this.graphs.judge(1, (compare) => {
        const final = floats(stream[nLayers], [stream[nLayers].length / d, d]);
        return compare({ 'rows.0': final, 'map.0': nothing, 'offset.0': offset, final }, ['mean', 'first', 'entropy']);
      });
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
