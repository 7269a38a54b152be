/**
 * What `torch.save` wrote before version 1.6, and still does on request: pickles of a magic number, a version, the machine, what was
 * saved, and the keys of its storages in the order in which their numbers follow, each after its length.
 */
import { Problem } from '../../../core/problem';
import { DOWNLOAD_AGAIN } from '../json';
import { ELEMENT_BITS } from '../number-types';
import type { OpenFile } from '../source';
import type { ByteRange } from '../byte-range';
import { CutShort } from '../cursor';
import { unpickle } from './pickle';
import type { PickleValue, Storage } from './rebuild';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** Bytes that are read at first; most descriptions end before. */
const FIRST_READ = 1_000_000;
const LENGTH_BYTES = 8;

/** Of the five pickles: what was saved, the keys, and the storages that the first of them mentions. */
interface Described {
  readonly value: PickleValue;
  readonly storages: ReadonlyMap<string, Storage>;
  readonly keys: readonly PickleValue[];
  readonly end: number;
}

/**
 * @param name what messages call the file
 * @param most bytes of a description that are read
 * @throws Problem `weights-truncated`, `weights-invalid`; CutShort where the file ends inside its description
 */
export async function readSequence(
  opened: OpenFile,
  name: string,
  most: number,
): Promise<{ value: PickleValue; find: (storage: Storage) => Omit<ByteRange, 'file'> | undefined }> {
  const { value, storages, keys, end } = await describe(opened, name, most);
  const places = new Map<string, Omit<ByteRange, 'file'>>();
  let at = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || typeof key !== 'string' || places.has(key)) {
      throw new Problem('weights-invalid', `${name} lists numbers that belong to none of its tensors.`, DOWNLOAD_AGAIN);
    }
    const byteLength = (storage.length * (ELEMENT_BITS.get(storage.dtype ?? 'U8') ?? 8)) / 8;
    const field = await opened.read(at, LENGTH_BYTES);
    const end = at + LENGTH_BYTES + byteLength;
    if (field.length < LENGTH_BYTES || end > opened.size) {
      throw new Problem(
        'weights-truncated',
        `${name} ends inside its tensors: it has ${opened.size} bytes, of at least ${end}.`,
        DOWNLOAD_AGAIN,
      );
    }
    if (field.readBigUInt64LE() !== BigInt(storage.length)) {
      throw new Problem('weights-invalid', `${name} is damaged: one of its tensors has another length than described.`, DOWNLOAD_AGAIN);
    }
    places.set(key, { offset: at + LENGTH_BYTES, byteLength });
    at = end;
  }
  return { value, find: ({ key }) => places.get(key) };
}

async function describe(opened: OpenFile, name: string, most: number): Promise<Described> {
  for (let count = Math.min(FIRST_READ, opened.size); ; count = Math.min(4 * count, opened.size)) {
    const bytes = await opened.read(0, count);
    try {
      return parse(bytes, name);
    } catch (error) {
      if (!(error instanceof CutShort) || count >= opened.size || count >= most) throw error;
    }
  }
}

function parse(bytes: Buffer, name: string): Described {
  const storages = new Map<string, Storage>();
  let end = 0;
  const next = (): PickleValue => {
    const unpickled = unpickle(bytes, end, name, (storage) => storages.set(storage.key, storage));
    end = unpickled.end;
    return unpickled.value;
  };
  // Ten bytes of a number, after the two that every pickle of torch begins with: what is no such file is told before anything is read into it.
  const begins = bytes.length >= 4 && bytes[0] === 0x80 && bytes[2] === 0x8a;
  if (!begins || next() !== MAGIC || next() !== VERSION) {
    throw new Problem(
      'weights-invalid',
      `${name} was not written by torch.save().`,
      'Fetch it again, or use the safetensors of the same model.',
    );
  }
  const machine = next();
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    throw new Problem(
      'weights-invalid',
      `${name} was saved on a machine with another byte order.`,
      'Save it again on an ordinary machine.',
    );
  }
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new Problem('weights-invalid', `${name} does not list its tensors’ numbers.`, DOWNLOAD_AGAIN);
  return { value, storages, keys, end };
}
