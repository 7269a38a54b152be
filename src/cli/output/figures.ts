/** Numbers in tables for a terminal. */

/** Two decimals, without the sign of a zero: `0.42`, `−1.30`, `0.00`. */
export function fixed(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  return value < 0 && Number(digits) !== 0 ? `−${digits}` : digits;
}

/** As `fixed`, with a sign: `+0.42`, `−1.30`; a zero has none. */
export function signed(value: number): string {
  const digits = fixed(value);
  return value > 0 && Number(digits) !== 0 ? `+${digits}` : digits;
}

/** A part of 1: `34%`. */
export function percent(part: number): string {
  return `${Math.round(100 * part)}%`;
}
