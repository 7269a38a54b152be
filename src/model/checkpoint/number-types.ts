/** Types of numbers under the names that safetensors has for them, and how many bytes tensors of them take. */

/** Bits of one element. */
export const ELEMENT_BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
  ['C64', 64],
]);

/** Bytes of a dense tensor, or null when the number is not exact in a double or no whole number of bytes. */
export function byteSize(shape: readonly number[], bits: number): number | null {
  let total = bits;
  for (const dimension of shape) {
    total *= dimension;
    if (!Number.isSafeInteger(total)) return shape.includes(0) ? 0 : null;
  }
  return total % 8 === 0 ? total / 8 : null;
}
