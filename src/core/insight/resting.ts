/**
 * Heads that rest: a head with nothing to read looks at the first token, whatever token it looks from. What it brings from there depends
 * on that token alone, which sees no other. docs/method.md, "Story".
 */
import type { InspectablePass } from '../pass/inspectable-pass';

/** A read of the story, as far as it matters here. */
interface Read {
  readonly layer: number;
  readonly source: number;
  readonly heads: readonly { readonly head: number; readonly share: number }[];
}

/** A head rests where its mean attention on the first token, from tokens other than the one under study, is this at least. */
const RESTS = 0.5;

/** Other tokens from which heads are looked at, at the most. */
const ELSEWHERE = 3;

/** Tells of reads of the first token which are by heads that rest there; a layer is looked at once. */
export class RestingHeads {
  /** by layer: [H] mean attention on the first token from elsewhere */
  readonly #layers = new Map<number, Promise<Float32Array>>();
  readonly #elsewhere: readonly number[];

  /** @param position under study */
  constructor(
    private readonly pass: Pick<InspectablePass, 'pattern' | 'model' | 'tokens'>,
    position: number,
  ) {
    // The first sees nothing else; between it and the one under study, as far apart as can be.
    const between = position - 1;
    const count = Math.max(0, Math.min(ELSEWHERE, between));
    this.#elsewhere = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * between) / count));
  }

  /** Whether most of a read is by heads that rest. False where there is no other token to tell it from. */
  async makes({ layer, source, heads }: Read): Promise<boolean> {
    if (source !== 0 || this.#elsewhere.length === 0) return false;
    const look = this.#layers.get(layer) ?? this.#look(layer);
    this.#layers.set(layer, look);
    const mean = await look;
    const size = (of: Read['heads']): number => of.reduce((sum, { share }) => sum + Math.abs(share), 0);
    return size(heads.filter(({ head }) => (mean[head] ?? 0) >= RESTS)) > size(heads) / 2;
  }

  async #look(layer: number): Promise<Float32Array> {
    const T = this.pass.tokens.length;
    const mean = new Float32Array(this.pass.model.nHeads);
    for (const from of this.#elsewhere) {
      const pattern = await this.pass.pattern(layer, from);
      for (let head = 0; head < mean.length; head++) mean[head] += pattern[head * T] / this.#elsewhere.length;
    }
    return mean;
  }
}
