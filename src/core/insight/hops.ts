/**
 * Hops: what is read at a token was itself brought there by earlier layers. For the tokens that the story's reads are at, the reads that
 * heads make there, in layers below, and that matter for the prediction. docs/method.md, "Hops".
 */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import { effectQuantity, type DifferentiatedBlock } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import { settledTarget, type ResolvedTargetOptions } from '../pass/target';

/** A head that takes part in a hop. */
export interface HopHead {
  readonly head: number;
  /** its attention probability on the source */
  readonly attention: number;
  /** estimated */
  readonly effect: number;
}

/** What the heads of one layer read at a token before the one under study. */
export interface Hop {
  readonly layer: number;
  /** position of the token that reads, which is itself read in a later layer */
  readonly position: number;
  /** position of the token that is read */
  readonly source: number;
  /** estimated effect on the quantity, of all heads of the layer together */
  readonly effect: number;
  /** those that matter, the largest effect either way first */
  readonly heads: readonly HopHead[];
}

/** What a hop leads to: a read of the story, or another hop. */
type Reader = Pick<Hop, 'layer' | 'source'>;

/** A hop is kept where its |effect| is at least this part of the strongest read's or hop's. */
const MATTERS = 0.1;

/** Tokens at which reads are looked at, and hops that are kept, at the most. */
const MOST = { tokens: 8, hops: 24 } as const;

/** The hops that matter, the largest |effect| first, but for those of the first token; each leads to one of the reads, if need be by another hop. */
export async function findHops(
  pass: InspectablePass,
  reads: readonly Reader[],
  options: ResolvedTargetOptions,
  context: CallContext,
): Promise<readonly Hop[]> {
  const { position } = options;
  if (!reads.some(({ source }) => source > 1 && source < position)) return [];
  const target = await settledTarget(pass, options);
  const differentiated = await pass.differentiate({ of: effectQuantity(target), position }, { kind: 'zero' });
  // Nothing moves the quantity: there is nothing to be told by a gradient.
  if (differentiated.saturated) return [];
  const finder = new HopFinder(pass, position, reads);
  for await (const block of differentiated.blocks(0)) {
    stopIfCancelled(context, 'The story');
    await finder.look(block);
  }
  return finder.found();
}

/** Gathers hops while someone goes back through a pass, block by block. */
export class HopFinder {
  /** by token: the last layer that it is read in; the tokens of the strongest reads first */
  readonly #tokens = new Map<number, number>();
  readonly #hops: Hop[] = [];
  #strongest = 0;

  /** @param reads the strongest first */
  constructor(
    private readonly pass: Pick<InspectablePass, 'pattern' | 'model' | 'tokens'>,
    private readonly position: number,
    private readonly reads: readonly Reader[],
  ) {
    for (const { source, layer } of reads) this.#reach(source, layer);
  }

  /** To be called for every block, from the last to the first. */
  async look(block: DifferentiatedBlock): Promise<void> {
    const { layer, sources } = block;
    for (const { effect } of this.#at(block, this.position, sources.weights)) this.#strongest = Math.max(this.#strongest, Math.abs(effect));
    const T = this.pass.tokens.length;
    for (const [token, last] of [...this.#tokens]) {
      if (last <= layer) continue;
      const pattern = await this.pass.pattern(layer, token);
      const n = token + 1;
      const weights = new Float32Array(this.pass.model.nHeads * n);
      for (let head = 0; head < this.pass.model.nHeads; head++) weights.set(pattern.subarray(head * T, head * T + n), head * n);
      for (const hop of this.#at(block, token, weights)) {
        this.#strongest = Math.max(this.#strongest, Math.abs(hop.effect));
        // NaN is larger than nothing.
        if (!(Math.abs(hop.effect) >= MATTERS * this.#strongest)) continue;
        this.#hops.push(hop);
        this.#reach(hop.source, layer);
      }
    }
  }

  /** See `findHops`. */
  found(): readonly Hop[] {
    const strong = this.#hops
      .filter(({ effect }) => Math.abs(effect) >= MATTERS * this.#strongest)
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
      .slice(0, MOST.hops);
    return attached(strong, this.reads);
  }

  #reach(token: number, layer: number): void {
    // What the token under study reads are reads of the story; the first two see no token but the first, and themselves.
    if (token < 2 || token === this.position) return;
    const known = this.#tokens.get(token);
    if (known === undefined && this.#tokens.size >= MOST.tokens) return;
    this.#tokens.set(token, Math.max(known ?? 0, layer));
  }

  /** What a layer's heads read of other tokens at one. @param weights [H,token + 1] */
  #at(block: DifferentiatedBlock, token: number, weights: Float32Array): Hop[] {
    const n = token + 1;
    const { nHeads } = this.pass.model;
    const effects = sourceEffectsAt(block, token, weights, this.pass.model);
    // At the first token, on which heads rest where there is nothing to read, no estimate holds.
    return Array.from({ length: token - 1 }, (_, i): Hop => {
      const source = i + 1;
      const heads = Array.from({ length: nHeads }, (__, head): HopHead => {
        const at = head * n + source;
        return { head, attention: weights[at], effect: effects[at] };
      }).sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
      const effect = heads.reduce((sum, head) => sum + head.effect, 0);
      const least = MATTERS * Math.abs(heads[0].effect);
      return { layer: block.layer, position: token, source, effect, heads: heads.filter((head) => Math.abs(head.effect) >= least) };
    });
  }
}

/** The hops that lead to one of these reads. @returns in the order in which they came */
export function attached(hops: readonly Hop[], reads: readonly Reader[]): readonly Hop[] {
  const readers: Reader[] = [...reads];
  const led = new Set<Hop>();
  for (const hop of hops.toSorted((a, b) => b.layer - a.layer)) {
    if (!readers.some(({ source, layer }) => source === hop.position && layer > hop.layer)) continue;
    led.add(hop);
    readers.push(hop);
  }
  return hops.filter((hop) => led.has(hop));
}

/**
 * [H,position + 1] Estimated effects of what the heads of a block read at a position: probability × ⟨v_j, ∂quantity/∂z⟩ there.
 *
 * @param weights [H,position + 1] the heads' probabilities at the position
 */
export function sourceEffectsAt(
  { sources: { v }, gradients, postGradient }: DifferentiatedBlock,
  position: number,
  weights: Float32Array,
  { nHeads, dModel }: Pick<InspectablePass['model'], 'nHeads' | 'dModel'>,
): Float32Array {
  const n = position + 1;
  const rows = postGradient.length / dModel;
  const width = gradients.z.length / rows;
  const dHead = width / nHeads;
  const stride = v.length / rows;
  const perKeyHead = width / stride;
  const effects = new Float32Array(nHeads * n);
  for (let head = 0; head < nHeads; head++) {
    const group = Math.floor(head / perKeyHead) * dHead;
    const gradient = position * width + head * dHead;
    for (let j = 0; j < n; j++) {
      const weight = weights[head * n + j];
      let sum = 0;
      for (let c = 0; c < dHead; c++) sum += v[j * stride + group + c] * gradients.z[gradient + c];
      effects[head * n + j] = weight * sum;
    }
  }
  return effects;
}
