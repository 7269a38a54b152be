/** What reads tokens off the summands of a pass’s final stream: asked for again and again while one graph is made. */
import { LRUCache } from 'lru-cache';
import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import type { TokenMeasure } from '../../core/format/share-measure';
import type { Target } from '../../core/pass/lens';
import type { ModelGraphs } from '../onnx/model-graphs';
import { keptOr } from '../onnx/kept-or';
import { floats, indices } from '../onnx/session-pool';

/** What reads logits, or logits less their mean, off summands; see `buildTargetGraph`. */
export interface Directions {
  /** [n,d], one row a token */ readonly directions: Float32Array;
  /** [n] shares of the norm's and the unembedding's bias */ readonly biases: Float32Array;
}

/** How many are kept: those of some positions and targets. */
const KEPT = 32;

/** See the head of this file. */
export class TokenDirections {
  private readonly kept = new LRUCache<string, Promise<Directions>>({ max: KEPT });
  /** the same wherever the scale is frozen, which a bias does not pass */
  private readonly biases = new LRUCache<string, Promise<Directions>>({ max: KEPT });

  /** a token of which both directions are the least work, by position: one whose centred direction has been asked for */
  private readonly centred = new Map<number, number>();

  /** @param anchorAt [d] the final stream at a position, whose scale is frozen */
  constructor(
    private readonly graphs: ModelGraphs,
    private readonly anchorAt: (position: number) => Float32Array,
  ) {}

  /** Of some tokens, the final norm's scale frozen at a position. They are not to be written to. */
  of(position: number, ids: readonly number[], measure: TokenMeasure): Promise<Directions> {
    const tokens = JSON.stringify([ids, measure]);
    if (measure === 'centred') this.centred.set(position, ids[0]);
    const found = keptOr(this.kept, `${position} ${tokens}`, () => this.compute(this.anchorAt(position), ids, measure));
    void keptOr(this.biases, tokens, () => found);
    return found;
  }

  /** [d] What reads the shares of what a target's measure names, the final norm's scale frozen at a position. */
  async ofTarget(position: number, target: Target): Promise<Float32Array> {
    const { directions } = await this.of(position, ...namedBy(target));
    if (target.against === undefined) return directions;
    const d = directions.length / 2;
    return directions.slice(0, d).map((x, i) => x - directions[d + i]);
  }

  /** What reads the mean of all logits at a position: what the direction of any token has more than its centred one. [d], and the biases' share of it */
  async ofMean(position: number): Promise<{ readonly direction: Float32Array; readonly bias: number }> {
    const ids = [this.centred.get(position) ?? 0];
    const raw = await this.of(position, ids, 'raw');
    const centred = await this.of(position, ids, 'centred');
    return { direction: raw.directions.map((x, i) => x - centred.directions[i]), bias: raw.biases[0] - centred.biases[0] };
  }

  /** Share of the norm's and the unembedding's bias in what a target's measure names. */
  async biasOf(target: Target): Promise<number> {
    const tokens = namedBy(target);
    const { biases } = await (this.biases.get(JSON.stringify(tokens)) ?? this.of(0, ...tokens));
    return target.against === undefined ? biases[0] : biases[0] - biases[1];
  }

  private async compute(anchor: Float32Array, ids: readonly number[], measure: TokenMeasure): Promise<Directions> {
    const { inputs } = this.graphs.spec.unembedding.table.weight;
    const origin = measure === 'centred' ? await this.graphs.figures.meanToken() : { row: new Float32Array(inputs), bias: 0 };
    const results = await this.graphs.target((run) =>
      run({
        anchor: floats(anchor, [1, anchor.length]),
        target: indices(ids),
        origin: floats(origin.row, [1, inputs]),
        origin_bias: floats(Float32Array.of(origin.bias), [1, 1]),
      }),
    );
    return { directions: results.floats('direction'), biases: results.floats('bias') };
  }
}

/** The tokens that a target is made of. In a difference the mean cancels. */
function namedBy({ id, against, measure = DEFAULT_MEASURE }: Target): [ids: readonly number[], measure: TokenMeasure] {
  return against === undefined ? [[id], measure] : [[id, against], 'raw'];
}
