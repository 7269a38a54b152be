/** Power laws through measured points. */

/** A size and what was measured at it, both positive. */
export type Point = readonly [size: number, value: number];

/** How values grow with sizes. */
export interface Growth {
  /** of the power law that fits best, by least squares of the logarithms */
  readonly exponent: number;
  /** the largest exponent from one size to the next: where it is far above the other, there is a cliff */
  readonly steepest: number;
}

/** See `Growth`. @param points at least two, by growing size */
export function fitPower(points: readonly Point[]): Growth {
  const logs = points.map(([size, value]) => [Math.log(size), Math.log(value)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const exponent = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0) / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
  const steps = logs.slice(1).map((log, i) => (log[1] - logs[i][1]) / (log[0] - logs[i][0]));
  return { exponent, steepest: Math.max(...steps) };
}
