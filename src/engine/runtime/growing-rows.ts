/** Rows of numbers, one after the other, of which more are added: room for them is doubled when it ends. */

const FEWEST = 64;

/** See the head of this file. */
export class GrowingRows {
  private data: Float32Array;
  private count = 0;

  /** @param width numbers in a row */
  constructor(readonly width: number) {
    this.data = new Float32Array(0);
  }

  /** Adds rows. @param rows [n,width] */
  append(rows: Float32Array): void {
    const end = this.count * this.width + rows.length;
    if (end > this.data.length) {
      const larger = new Float32Array(Math.max(end, 2 * this.data.length, FEWEST * this.width));
      larger.set(this.data.subarray(0, this.count * this.width));
      this.data = larger;
    }
    this.data.set(rows, this.count * this.width);
    this.count = end / this.width;
  }

  /** Rows from … to − 1, which later rows leave as they are. [to − from,width] */
  rows(from: number, to: number): Float32Array {
    return this.data.subarray(from * this.width, to * this.width);
  }

  /** Leaves only the first rows. */
  truncate(count: number): void {
    this.count = Math.min(this.count, count);
  }
}
