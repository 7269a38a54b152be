/** Matrices in the forms in which a description may say that they are stored. */
import type { LinearSpec, MatrixSpec, Part, VectorSpec } from '../model-spec';
import { invalidDescription } from './invalid';
import type { DescribedLinear, StoredAs } from './schema';

/** What a matrix maps to what. */
export interface MatrixSizes {
  readonly inputs: number;
  readonly outputs: number;
  /** which side consists of heads, and of how many; absent: neither */
  readonly heads?: { readonly count: number; readonly of: 'inputs' | 'outputs' };
}

/** A layer in the words of the engine. @throws Problem `config-invalid` for a part that lies outside its tensor */
export function linearSpec({ weight, bias, stored, part }: DescribedLinear, sizes: MatrixSizes): LinearSpec {
  const { outputs } = sizes;
  if (part && part.from + outputs > part.of) {
    throw invalidDescription(`${weight} is said to hold ${outputs} features from ${part.from} on, of ${part.of}`);
  }
  if (part && stored === 'heads') throw invalidDescription(`${weight} is stored head by head, so that it has no parts`);
  const of: { readonly part?: Part } = part && part.of !== outputs ? { part: { offset: part.from, of: part.of } } : {};
  return {
    weight: { tensor: weight, inputs: sizes.inputs, outputs, ...formOf(stored, sizes), ...of },
    ...(bias && { bias: { tensor: bias, length: outputs, ...of, ...shapeOfBias(stored, sizes) } }),
  };
}

function formOf(stored: StoredAs, { inputs, outputs, heads }: MatrixSizes): Pick<MatrixSpec, 'layout' | 'permuted'> {
  if (stored !== 'heads' || heads === undefined) return { layout: stored === 'in_out' ? 'in_out' : 'out_in' };
  const { count, of } = heads;
  // [heads, d, k] → [d, heads, k]; [heads, k, d] is in order already.
  return of === 'outputs'
    ? { layout: 'in_out', permuted: { shape: [count, inputs, outputs / count], axes: [1, 0, 2] } }
    : { layout: 'in_out', permuted: { shape: [count, inputs / count, outputs], axes: [0, 1, 2] } };
}

/** Biases of heads that are stored head by head are too. */
function shapeOfBias(stored: StoredAs, { outputs, heads }: MatrixSizes): Pick<VectorSpec, 'shape'> {
  return stored === 'heads' && heads?.of === 'outputs' ? { shape: [heads.count, outputs / heads.count] } : {};
}
