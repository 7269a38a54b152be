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

/**
 * Three digits, and all digits before the point: `0.0420`, `12.3`, `1235`. With an exponent only where nobody would count
 * the zeros: from a million on, and below a millionth.
 */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  // Rounded to three digits, 999.5 is 1000.
  return size >= 999.5 && size < 1e6 ? value.toFixed(0) : value.toPrecision(3);
}

/** A part of 1: `34%`, `0.4%`; below 0.05 % nothing is left: `0%`. */
export function percent(part: number): string {
  const text = part < 0.0095 ? (100 * part).toFixed(1) : Math.round(100 * part);
  return `${Number(text)}%`;
}

/** A number of things: `1 prompt`, `2 prompts`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
