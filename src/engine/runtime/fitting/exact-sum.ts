/** Sums in twice the precision of a double, so that the order of the summands does not show in the result. */

/** Running sums of as many series of numbers. */
export class ExactSum {
  /** sums as doubles */
  readonly high: Float64Array;
  /** what the doubles could not hold */
  readonly low: Float64Array;

  constructor(length: number) {
    this.high = new Float64Array(length);
    this.low = new Float64Array(length);
  }

  /** Adds one number to each. */
  add(values: Float64Array): void {
    const { high, low } = this;
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [high[i], values[i]];
      const sum = a + b;
      const rounded = sum - a;
      high[i] = sum;
      // What rounding the sum has lost is itself a double (Knuth).
      low[i] += a - (sum - rounded) + (b - rounded);
    }
  }

  /** Adds what another has summed up. */
  merge({ high, low }: Pick<ExactSum, 'high' | 'low'>): void {
    this.add(high);
    this.add(low);
  }

  /** The sums, each rounded once. */
  total(): Float64Array {
    return this.high.map((value, i) => value + this.low[i]);
  }
}
