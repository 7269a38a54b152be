/** What is kept of the texts that a lens is fitted on: sums over their positions, whatever their number. */
import { Problem } from '../../../core/problem';
import { ExactSum } from './exact-sum';

/** How a lens is fitted. */
export type FitKind = 'fitted' | 'jacobian';

/**
 * Sums by name. `fitted`: `xx.l`, `xy.l` [d,d] and `x.l` [d] for each border, `y` [d]. `jacobian`: `J.l` [d,d], a sum over prompts, and
 * `x.l`, `y` over positions. Texts are added unit by unit; any sharding of the units adds up to the same numbers.
 */
export class LensSums {
  readonly #sums = new Map<string, ExactSum>();
  readonly #done = new Set<number>();
  /** positions that have been added */
  positions = 0;
  /** prompts that have been added */
  prompts = 0;

  constructor(
    readonly kind: FitKind,
    readonly nLayers: number,
    readonly d: number,
  ) {}

  /** Units that have been added, by their index. */
  get done(): ReadonlySet<number> {
    return this.#done;
  }

  /** Adds numbers to the sum of a name. */
  add(name: string, values: Float64Array): void {
    this.sum(name, values.length).add(values);
  }

  /** A unit has been added as a whole. */
  finish(unit: number, { positions, prompts }: { readonly positions: number; readonly prompts: number }): void {
    this.#done.add(unit);
    this.positions += positions;
    this.prompts += prompts;
  }

  /** The sum of a name. @throws Problem `internal` where nothing has been added to it */
  total(name: string): Float64Array {
    const sum = this.#sums.get(name);
    if (sum === undefined) throw new Problem('internal', `There is no sum ${name}.`);
    return sum.total();
  }

  /** Every sum by its name, as its file holds it. */
  entries(): Iterable<[string, ExactSum]> {
    return this.#sums;
  }

  /** Adds what has been summed up of other units. @throws Problem `lens-invalid` where both have the same */
  merge(others: SavedSums): void {
    const twice = others.done.find((unit) => this.#done.has(unit));
    if (twice !== undefined) {
      throw new Problem('lens-invalid', `Part ${twice} of the texts is in two of the files.`, 'Give each shard once.');
    }
    for (const [name, sum] of others.sums) this.sum(name, sum.high.length).merge(sum);
    for (const unit of others.done) this.#done.add(unit);
    this.positions += others.positions;
    this.prompts += others.prompts;
  }

  private sum(name: string, length: number): ExactSum {
    const known = this.#sums.get(name);
    if (known) return known;
    const made = new ExactSum(length);
    this.#sums.set(name, made);
    return made;
  }
}

/** Sums as a file has them. */
export interface SavedSums {
  readonly done: readonly number[];
  readonly positions: number;
  readonly prompts: number;
  readonly sums: ReadonlyMap<string, Pick<ExactSum, 'high' | 'low'>>;
}
