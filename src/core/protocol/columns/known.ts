/** What a value was unpacked from, so that handing it on packs nothing again. Values of the protocol never change. */
import type { Packed } from './columns';
import { pack } from './pack';
import { unpack } from './unpack';

const known = new WeakMap<object, Packed<unknown>>();

/** The value that was packed, so that it need not be packed again. @throws as `unpack` */
export function unpackKnown<T>(packed: Packed<T>): T {
  const value = unpack(packed);
  rememberPacked(value, packed);
  return value;
}

function rememberPacked<T>(value: T, packed: Packed<T>): void {
  if (typeof value === 'object' && value !== null) known.set(value, packed);
}

/** A value packed: what it was unpacked from where that is known, and else as `pack` does. */
export function packedOf<T>(value: T): Packed<T> {
  const before = typeof value === 'object' && value !== null ? known.get(value) : undefined;
  if (before !== undefined) return before as Packed<T>;
  const packed = pack(value);
  rememberPacked(value, packed);
  return packed;
}
