/** Files of `torch.save`: a pickle that describes what was saved, and the numbers of its tensors, which stay where they are. */
import { Problem } from '../../../core/problem';
import { DOWNLOAD_AGAIN } from '../json';
import { byteSize, ELEMENT_BITS } from '../number-types';
import type { OpenFile } from '../source';
import type { ByteRange } from '../byte-range';
import { CutShort } from '../cursor';
import { isZip } from './is-zip';
import { unpickle } from './pickle';
import type { PickleValue, Storage, TorchTensor } from './rebuild';
import { readSequence } from './sequence';

/** What a file holds, and where. */
export interface TorchFile {
  /** what was given to `torch.save`: mostly a dictionary from names to tensors */
  readonly value: PickleValue;
  /**
   * Where a tensor's bytes are, little-endian and row by row; null for one that is not stored so (a transposed view, say).
   * @throws Problem `weights-truncated` or `weights-invalid` where it is not inside the file
   */
  locate(tensor: TorchTensor): ByteRange | null;
}

/** Largest description that is read: that of ten thousand tensors has two megabytes. */
const MAX_PICKLE_BYTES = 64_000_000;

/** Where the numbers of a storage are. */
type FindStorage = (storage: Storage) => Omit<ByteRange, 'file'> | undefined;

/**
 * Reads what a file describes, without its numbers: a zip, as torch saves since version 1.6, or the sequence of pickles before it.
 * @param name what messages call the file
 * @throws Problem `weights-truncated`, `weights-invalid`, and what reading throws
 */
export async function readTorchFile(opened: OpenFile, name: string): Promise<TorchFile> {
  try {
    const zip = await isZip(opened);
    const { value, find } = zip ? await fromZip(opened, name) : await readSequence(opened, name, MAX_PICKLE_BYTES);
    return { value, locate: (tensor) => locate(tensor, opened, find, name) };
  } catch (error) {
    if (error instanceof CutShort)
      throw new Problem('weights-truncated', `${name} ends inside its description.`, DOWNLOAD_AGAIN, { cause: error });
    throw error;
  }
}

async function fromZip(opened: OpenFile, name: string): Promise<{ value: PickleValue; find: FindStorage }> {
  const { readZip } = await import('./archive');
  const files = await readZip(opened, name);
  const pickle = [...files.keys()].find((path) => /^[^/]+\/data\.pkl$/.test(path));
  const range = pickle === undefined ? undefined : files.get(pickle);
  if (pickle === undefined || range === undefined) {
    throw new Problem('weights-invalid', `${name} is a zip file that torch.save did not write: it has no data.pkl.`, NOT_TORCH);
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = files.get(`${folder}byteorder`);
  if (order && (await opened.read(order.offset, Math.min(order.byteLength, 8))).toString('latin1') !== 'little') {
    throw new Problem(
      'weights-invalid',
      `${name} was saved on a machine with another byte order.`,
      'Save it again on an ordinary machine.',
    );
  }
  if (range.byteLength > MAX_PICKLE_BYTES) {
    throw new Problem(
      'weights-invalid',
      `${name} describes its tensors in ${range.byteLength} bytes; at most ${MAX_PICKLE_BYTES} are read.`,
      NOT_TORCH,
    );
  }
  const { value } = unpickle(await opened.read(range.offset, range.byteLength), 0, name);
  return { value, find: ({ key }) => files.get(`${folder}data/${key}`) };
}

function locate(
  { storage, dtype, shape, strides, first, isAsStored }: TorchTensor,
  { path, size }: OpenFile,
  find: FindStorage,
  name: string,
): ByteRange | null {
  const invalid = (what: string): Problem => new Problem('weights-invalid', `${name}: ${what}.`, NOT_TORCH);
  const bits = ELEMENT_BITS.get(dtype) ?? 8;
  const byteLength = byteSize(shape, bits);
  const stored = find(storage);
  if (byteLength === null) throw invalid(`a tensor of shape [${shape.join(', ')}] has more bytes than can be counted`);
  if (stored === undefined) throw invalid(`the numbers of tensor ${storage.key} are not in the file`);
  if (stored.offset + stored.byteLength > size) {
    throw new Problem('weights-truncated', `${name} ends inside its tensors: it has ${size} bytes.`, DOWNLOAD_AGAIN);
  }
  const from = (first * bits) / 8;
  const reach = byteLength === 0 ? 0 : shape.reduce((reached, size, axis) => reached + (size - 1) * strides[axis], 1) * (bits / 8);
  if (from + reach > stored.byteLength) throw invalid(`a tensor of shape [${shape.join(', ')}] reaches past its numbers`);
  return isAsStored && isRowMajor(shape, strides) ? { file: path, offset: stored.offset + from, byteLength } : null;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return shape.includes(0);
    expected *= shape[axis];
  }
  return true;
}

/** What helps when a file is not what its name says. */
const NOT_TORCH = 'The file is damaged, or torch.save() did not write it: fetch it again, or use safetensors.';
