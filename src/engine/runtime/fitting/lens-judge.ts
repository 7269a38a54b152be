/** How well lenses predict what a model says, on passes that were held back. */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import type { LensFigures } from '../../../core/format/lens-info';
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

  /** At every border, the last included, where all lenses are one. @throws Problem `cancelled` */
  async figures(streams: readonly Streams[], mapAt: (border: number) => AffineMap | Promise<AffineMap>): Promise<LensFigures> {
    const agreement: number[] = [];
    const divergence: number[] = [];
    for (let border = 0; border < this.nLayers; border++) {
      stopIfCancelled(this.context, 'Fitting the lens');
      this.context.report({
        message: `Fitting the lens: judging border ${border + 1} of ${this.nLayers}`,
        done: border,
        total: this.nLayers,
      });
      const found = await this.at(streams, border, await mapAt(border));
      agreement.push(found.agreement);
      divergence.push(found.divergence);
    }
    return { agreement: [...agreement, 1], divergence: [...divergence, 0] };
  }

  /** At one border. */
  async at(streams: readonly Streams[], border: number, { map, offset }: AffineMap): Promise<BorderFigures> {
    const { d } = this;
    let [agreement, divergence, positions] = [0, 0, 0];
    await this.graphs.judge(async (compare) => {
      for (const stream of streams) {
        const n = stream[border].length / d;
        const feeds = {
          rows: floats(stream[border], [n, d]),
          map: floats(map, [d, d]),
          offset: floats(offset, [1, d]),
          final: floats(stream[this.nLayers], [n, d]),
        };
        const results = await compare(feeds, ['agrees', 'divergence']);
        results.floats('agrees').forEach((agrees) => (agreement += agrees));
        results.floats('divergence').forEach((bits) => (divergence += bits));
        positions += n;
      }
    });
    return { agreement: agreement / positions, divergence: divergence / positions };
  }

  /** What the mean prediction on one part says of another: a lens that knows only how frequent tokens are. */
  async baseline(known: readonly Streams[], judged: readonly Streams[]): Promise<BorderFigures> {
    const { d, nLayers } = this;
    const mean = new Float64Array(this.graphs.spec.vocabSize);
    const nothing = floats(new Float32Array(d * d), [d, d]);
    const offset = floats(new Float32Array(d), [1, d]);
    const said = (stream: Streams) =>
      this.graphs.judge((compare) => {
        const final = floats(stream[nLayers], [stream[nLayers].length / d, d]);
        return compare({ rows: final, map: nothing, offset, final }, ['mean', 'first', 'entropy']);
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
