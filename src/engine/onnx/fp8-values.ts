/** What each byte stands for that is a number with a sign, an exponent and a fraction. */

/** By the names that safetensors has for them: how many bits the fraction has, and whether the largest exponent is kept for infinities. */
const FORMATS: Readonly<Record<string, { readonly fraction: number; readonly bias: number; readonly hasInfinity: boolean }>> = {
  F8_E4M3: { fraction: 3, bias: 7, hasInfinity: false },
  F8_E5M2: { fraction: 2, bias: 15, hasInfinity: true },
};

/** The 256 values of a type of eight bits. https://arxiv.org/abs/2209.05433 */
export function fp8Values(dtype: string): number[] {
  const { fraction: bits, bias, hasInfinity } = FORMATS[dtype];
  return Array.from({ length: 256 }, (_, byte) => {
    const sign = byte & 0x80 ? -1 : 1;
    const exponent = (byte & 0x7f) >> bits;
    const fraction = byte & (2 ** bits - 1);
    const largest = 2 ** (7 - bits) - 1;
    if (exponent === largest && (hasInfinity || fraction === 2 ** bits - 1)) return hasInfinity && fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** (1 - bias - bits) : (1 + fraction / 2 ** bits) * 2 ** (exponent - bias));
  });
}
