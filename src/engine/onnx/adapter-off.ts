/** A model without some of what an adapter adds to it: which of its graphs are others. */
import { ADAPTED_MATRICES, MATRIX_NAMES, type AdaptedMatrix } from '../../core/format/adapted';
import type { AdapterPart } from '../../core/format/adapter-part';
import { withoutUpdatesOf } from '../../model/architecture/adapted';
import type { ModelSpec } from '../../model/architecture/model-spec';
import type { Weights } from './weights';

/** What is off of an adapter: everything, or some matrices by their layers. */
export type AdapterOff = 'all' | ReadonlyMap<number, ReadonlySet<AdaptedMatrix>>;

/** Puts parts of an adapter together; undefined where there are none. */
export function adapterOff(parts: readonly AdapterPart[]): AdapterOff | undefined {
  if (parts.length === 0) return undefined;
  const off = new Map<number, ReadonlySet<AdaptedMatrix>>();
  for (const { layer, of } of parts) {
    if (layer === null) return 'all';
    const matrices = MATRIX_NAMES.filter((name) => of === 'block' || name === of || ADAPTED_MATRICES[name] === of);
    off.set(layer, new Set([...(off.get(layer) ?? []), ...matrices]));
  }
  return off;
}

/** A model that differs from another in some of its parts. */
export interface Variant {
  readonly spec: ModelSpec;
  /** what tells the graphs of a block from those of the ordinary model; empty: they are the same */
  readonly blocks: readonly string[];
  /** the same of what comes before the blocks, and of what comes after them */
  readonly ends: string;
}

/** By what the keys of graphs tell a variant from the ordinary model, so that those that are alike are shared. */
export class VariantMarks {
  /** @param variant undefined: the ordinary model itself */
  constructor(private readonly variant: Variant | undefined) {}

  /** Of what comes before the blocks, and after them. */
  get ends(): string {
    return this.variant?.ends ?? '';
  }

  /** Of a block, with its number. */
  at(layer: number): string {
    return `${layer}${this.variant?.blocks[layer] ?? ''}`;
  }

  /** Whether a block is not that of the ordinary model. */
  isOther(layer: number): boolean {
    return Boolean(this.variant?.blocks[layer]);
  }

  /** The first block of which that is so; undefined where it is so of none. */
  get firstOther(): number | undefined {
    const found = this.variant?.blocks.findIndex((mark) => mark !== '') ?? -1;
    return found < 0 ? undefined : found;
  }
}

/** The model without what is off. @param base the model without its adapter @param first that has none of the parts that differ */
export function variantWithout(off: AdapterOff, spec: ModelSpec, base: ModelSpec, weights: Weights): Variant {
  const stored = { get: (tensor: string) => weights.get(tensor) };
  const changed =
    off === 'all' ? base : { ...spec, blocks: spec.blocks.map((block, l) => withoutUpdatesOf(block, off.get(l) ?? new Set(), stored)) };
  const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const ends = ({ embedding, unembedding }: ModelSpec) => [embedding, unembedding];
  const name = (layer: number) => (off === 'all' ? 'its adapter' : [...(off.get(layer) ?? [])].join(' '));
  return {
    spec: changed,
    blocks: changed.blocks.map((block, layer) => (isSame(block, spec.blocks[layer]) ? '' : ` without ${name(layer)}`)),
    ends: isSame(ends(changed), ends(spec)) ? '' : ' of the base',
  };
}
