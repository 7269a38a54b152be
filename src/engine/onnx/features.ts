/** Output features of weights that are parts of a tensor. */
import type { MatrixSpec, Part } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';

/** Output features of a weight within the tensor that holds them. */
export interface Features {
  readonly length: number;
  /** undefined: all of the tensor's */
  readonly part: Part | undefined;
}

/** Those that a weight is. */
export const features = ({ outputs, part }: MatrixSpec): Features => ({ length: outputs, part });

/** The axis of a stored matrix along which its output features lie. */
export const featureAxis = ({ layout }: MatrixSpec): 0 | 1 => (layout === 'in_out' ? 1 : 0);

/** Where the tensor that holds a weight's features has some of them. @param rows 64-bit integers: numbers of output features */
export function rowsInTensor(b: GraphBuilder, { part }: MatrixSpec, rows: Value): Value {
  if (part === undefined) return rows;
  const { offset, every } = part;
  const moved = (x: Value) => (offset === 0 ? x : b.op('Add', [x, b.ints([offset])]));
  if (every === undefined) return moved(rows);
  const { run, step } = every;
  if (run === 1) return moved(b.op('Mul', [rows, b.ints([step])]));
  const ofRun = b.op('Mul', [b.op('Div', [rows, b.ints([run])]), b.ints([step])]);
  return moved(b.op('Add', [ofRun, b.op('Mod', [rows, b.ints([run])])]));
}

/** Cuts features out of the tensor that holds them, along an axis of it. */
export function cut(b: GraphBuilder, whole: Value, { length, part }: Features, axis: 0 | 1): Value {
  if (part === undefined) return whole;
  const { offset, every } = part;
  const slice = (x: Value, to: number, along: number) => b.op('Slice', [x, b.ints([offset]), b.ints([to]), b.ints([along])]);
  if (every === undefined) return slice(whole, offset + length, axis);
  // [of, …] → [of/step, step, …], cut the run out of every step, and join the runs.
  const steps = axis === 0 ? [-1, every.step] : [0, -1, every.step];
  const rest = axis === 0 ? b.op('Slice', [b.op('Shape', [whole]), b.ints([1]), b.ints([2])]) : null;
  const split = rest ? b.op('Concat', [b.ints(steps), rest], { axis: 0 }) : b.ints(steps);
  const runs = slice(b.op('Reshape', [whole, split]), offset + every.run, axis + 1);
  const joined = rest ? b.op('Concat', [b.ints([length]), rest], { axis: 0 }) : b.ints([0, length]);
  return b.op('Reshape', [runs, joined]);
}
