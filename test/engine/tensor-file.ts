/** Safetensors files that tests read, change, and save again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { safetensors } from './checkpoint-files';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The tensors of a file by their names, in the order in which it holds them. */
export type TensorFile = Map<string, { readonly dtype: string; readonly shape: readonly number[]; readonly bytes: Buffer }>;

/** Reads a file as it is. The bytes are those of one buffer: copy them before they are changed. */
export function readTensorFile(path: string): TensorFile {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: _none, ...header } = JSON.parse(file.subarray(8, start).toString()) as Record<string, Entry>;
  return new Map(
    Object.entries(header).map(([name, { dtype, shape, data_offsets: at }]) => [
      name,
      { dtype, shape, bytes: file.subarray(start + at[0], start + at[1]) },
    ]),
  );
}

/** Saves tensors, one after another. */
export function writeTensorFile(path: string, tensors: TensorFile): void {
  const header: Record<string, Entry> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors)
    header[name] = { dtype, shape: [...shape], data_offsets: [end, (end += bytes.length)] };
  writeFileSync(path, safetensors(header, Buffer.concat(Array.from(tensors.values(), ({ bytes }) => bytes))));
}
