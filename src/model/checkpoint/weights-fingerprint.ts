/** By what a finding about weights knows them again, wherever they lie and under whatever name. */
import { createHash } from 'node:crypto';
import { openLocal } from './local-source';
import { openCheckpoint } from './open';
import type { ByteRange } from './byte-range';
import { rangesOf } from './storage';

/** Samples of each tensor, spread evenly over it, and the bytes of each. */
const SAMPLES = 4;
const SAMPLE_BYTES = 256;

/**
 * Names the weights of a checkpoint folder: 64 hex digits that follow from the names, types and shapes of all tensors and from
 * samples of their bytes. Copies of a checkpoint share it, however they are cut into files; training that changes a tensor changes
 * it, and so does the scale of an adapter. Reads about a kilobyte of each tensor.
 *
 * @throws Problem as `openCheckpoint`
 */
export async function weightsFingerprint(folder: string): Promise<string> {
  const { tensors } = await openCheckpoint(folder);
  const hash = createHash('sha256');
  const sorted = [...tensors.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, shape, storage, update } of sorted) {
    hash.update(JSON.stringify([name, shape, storage.dtype, ...(update ? [update] : [])]));
    for (const range of rangesOf(storage)) hash.update(await samplesOf(range));
  }
  return hash.digest('hex');
}

/** Bytes from all over a range; of a short one, all of them. */
function samplesOf({ file, offset, byteLength }: ByteRange): Promise<Buffer> {
  return openLocal(file, async ({ read }) => {
    if (byteLength <= SAMPLES * SAMPLE_BYTES) return read(offset, byteLength);
    const step = (byteLength - SAMPLE_BYTES) / (SAMPLES - 1);
    const samples: Buffer[] = [];
    for (let i = 0; i < SAMPLES; i++) samples.push(await read(offset + Math.floor(i * step), SAMPLE_BYTES));
    return Buffer.concat(samples);
  });
}
