import { floats, type Feed } from '../onnx/session-pool';

/**
 * What becomes of a tensor [T,width]: `x · keep + put`. While all positions are treated alike one row stands for them all, so
 * that switching something off costs no memory that grows with the prompt.
 */
export class RowEdit {
  private constructor(
    private readonly positions: number,
    private readonly width: number,
    private keep: Float32Array,
    private put: Float32Array,
  ) {}

  /** An edit that changes nothing. @param positions T */
  static none(positions: number, width: number): RowEdit {
    return new RowEdit(positions, width, new Float32Array(width).fill(1), new Float32Array(width));
  }

  /** Switches `count` columns off at all positions. */
  zero(from: number, count: number): void {
    for (let row = 0; row * this.width < this.keep.length; row++) this.set(row, from, new Float32Array(count));
  }

  /** Puts values in from a column on, at one position. */
  replace(position: number, from: number, values: Float32Array): void {
    if (this.positions > 1 && this.keep.length === this.width) {
      this.keep = repeated(this.keep, this.positions);
      this.put = repeated(this.put, this.positions);
    }
    this.set(position, from, values);
  }

  /** Adds values to what is there from a column on, wherever the columns themselves are kept. */
  add(from: number, values: Float32Array): void {
    values.forEach((value, i) => (this.put[from + i] += value * this.keep[from + i]));
  }

  /** The edit of one position, to go on with. */
  at(position: number): RowEdit {
    const start = this.keep.length === this.width ? 0 : position * this.width;
    const row = (all: Float32Array) => all.slice(start, start + this.width);
    return new RowEdit(1, this.width, row(this.keep), row(this.put));
  }

  /** The inputs of a graph that edits the first positions of a tensor of this name; see `editsAsInputs`. */
  feeds(name: string, positions: number): Record<string, Feed> {
    const shaped = (all: Float32Array): Feed => {
      const rows = all.subarray(0, positions * this.width);
      return floats(rows, [rows.length / this.width, this.width]);
    };
    return { [`${name}_keep`]: shaped(this.keep), [`${name}_put`]: shaped(this.put) };
  }

  private set(row: number, from: number, values: Float32Array): void {
    const at = row * this.width + from;
    this.keep.fill(0, at, at + values.length);
    this.put.set(values, at);
  }
}

function repeated(row: Float32Array, times: number): Float32Array {
  const all = new Float32Array(row.length * times);
  for (let i = 0; i < times; i++) all.set(row, i * row.length);
  return all;
}
