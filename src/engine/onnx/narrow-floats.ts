/** What numbers of few bits stand for that have an exponent. */

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

/** What four bits stand for: a sign, an exponent of two bits and one of fraction. https://arxiv.org/abs/2310.10537 */
export const E2M1: readonly number[] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** What a byte stands for that is an exponent alone. The last is infinite in F32, as it is in the reference. */
export const E8M0: readonly number[] = Array.from({ length: 256 }, (_, exponent) => 2 ** (exponent - 127));
