/** A lens of random maps, in a file. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelSpec } from '../../src/model/architecture/model-spec';
import type { StoredTensor } from '../../src/model/checkpoint/checkpoint';

/** Writes it into a folder. @returns its tensors, `A.0` … [d,d] and `b.0` … [d] */
export function writeRandomLens(folder: string, { blocks, dModel: d }: ModelSpec, name = 'lens'): ReadonlyMap<string, StoredTensor> {
  const file = path.join(folder, `${name}.bin`);
  const tensors = new Map<string, StoredTensor>();
  const parts: Uint8Array[] = [];
  let offset = 0;
  const add = (tensor: string, shape: readonly number[], value: (i: number) => number): void => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
    const bytes = { file, offset, byteLength: values.byteLength };
    tensors.set(tensor, { name: tensor, shape, storage: { kind: 'dense', dtype: 'F32', bytes } });
    parts.push(new Uint8Array(values.buffer));
    offset += values.byteLength;
  };
  for (const border of blocks.keys()) {
    add(`A.${border}`, [d, d], (i) => (i % (d + 1) === 0 ? 1 : 0) + (((i * 7919 + border) % 1000) / 1000 - 0.5) / d);
    add(`b.${border}`, [d], (i) => ((i * 31) % 100) / 1000);
  }
  writeFileSync(file, Buffer.concat(parts));
  return tensors;
}
