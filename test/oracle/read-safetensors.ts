import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';

/** A tensor of a fixture. */
export interface ExpectedTensor {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Reads a whole safetensors file of F32 and I32 tensors. The tests do not use the engine's own reader as their judge. */
export function readSafetensors(file: string): Map<string, ExpectedTensor> {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  delete header['__metadata__'];
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        assert(dtype === 'F32' || dtype === 'I32', `${name} is ${dtype}`);
        const { buffer } = Uint8Array.from(bytes.subarray(8 + headerLength + from, 8 + headerLength + to));
        return [name, { data: dtype === 'F32' ? new Float32Array(buffer) : new Int32Array(buffer), shape }];
      },
    ),
  );
}
