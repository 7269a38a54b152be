/** Numbers as people read them, in few characters. */

/** Three significant digits, no exponent between 0.001 and 100,000: `0.012`, `4.57`, `128`. */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size >= 100_000 || size < 0.001) return value.toExponential(1).replace('e+', 'e').replaceAll('-', '−');
  if (size >= 100) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** As `formatNumber`, with its sign: `+0.42`, `−1.3`. */
export function formatSigned(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** A count that may be shortened: `128`, `5k`, `50k`. */
export function formatCount(value: number): string {
  return value >= 1000 ? `${formatNumber(Math.round(value / 100) / 10)}k` : String(value);
}

/** A rank: `#1`, `#12,034`. */
export function formatRank(rank: number): string {
  return `#${grouped(rank)}`;
}

/** A probability as a percentage: `34%`, `3.4%`, `0.12%`, `<0.01%`. */
export function formatProbability(probability: number): string {
  const percent = probability * 100;
  if (percent === 0) return '0%';
  if (percent < 0.01) return '<0.01%';
  if (percent >= 99.95 && percent < 100) return '>99.9%';
  if (percent >= 10) return `${Math.round(percent)}%`;
  return `${Number(percent.toPrecision(2))}%`;
}

let groups: Intl.NumberFormat | undefined;

function grouped(value: number): string {
  // Made when it is first needed, which is long after the program has started.
  groups ??= new Intl.NumberFormat('en-US');
  return groups.format(value).replace('-', '−');
}
