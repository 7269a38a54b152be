/** Amounts of data in words, in the units of disks and of the Hub: 1 MB is a million bytes. */

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Such as "17.3 MB"; three digits, because nobody decides on more. */
export function showBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[power]}`;
}
