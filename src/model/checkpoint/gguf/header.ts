// cspell:ignore MXFP
/**
 * The header of a GGUF file: metadata by key, and every tensor with its type and place. It is foreign data: no count in it is trusted
 * before the bytes for it are there.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { Problem } from '../../../core/problem';
import { Cursor, CutShort } from '../cursor';
import { DOWNLOAD_AGAIN } from '../json';
import { byteSize } from '../number-types';
import type { OpenFile } from '../source';
import { BLOCKS, type BlockType, type WeightType } from '../storage';

/** A value of the metadata; numbers that are not exact in a double are bigints. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** The beginning of a value, for a message. */
export function shownValue(value: GgufValue | undefined): string {
  const json = JSON.stringify(value ?? null, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/** One tensor as a header describes it. */
export interface GgufTensor {
  readonly name: string;
  /** type of its numbers; null for one that cannot be read, whose name is then `typeName` */
  readonly type: WeightType | BlockType | null;
  readonly typeName: string;
  /** outermost axis first, as everywhere else; GGUF has them the other way round */
  readonly shape: readonly number[];
  /** first byte, from the start of the file */
  readonly offset: number;
  /** whether its numbers are quantised in blocks */
  readonly isBlocks: boolean;
  /** 0 where the type cannot be read */
  readonly byteLength: number;
}

/** See the head of this file. */
export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

const FIRST_READ = 1_000_000;
/** A header with a vocabulary of 256 000 tokens and its merges has some fifteen megabytes. */
const MAX_HEADER_BYTES = 300_000_000;
const MAX_AXES = 4;

/** Types of tensors by number, as ggml.h numbers them. */
const TYPES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  30: 'BF16',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};
const DENSE: Readonly<Record<string, WeightType | undefined>> = { F32: 'F32', F16: 'F16', BF16: 'BF16' };
const DENSE_BITS: Readonly<Record<WeightType, number>> = { F32: 32, F16: 16, BF16: 16 };

/**
 * Reads and checks the header of a GGUF file, version 2 or 3; the tensors' bytes are not read.
 * @param name what messages call the file
 * @throws Problem `weights-truncated`, `weights-invalid`, and what reading throws
 */
export async function readGgufHeader(opened: OpenFile, name: string): Promise<GgufHeader> {
  for (let count = Math.min(FIRST_READ, opened.size); ; count = Math.min(4 * count, opened.size)) {
    const bytes = await opened.read(0, count);
    try {
      return new Reader(bytes, opened.size, name).header();
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
      if (count >= opened.size) throw new Problem('weights-truncated', `${name} ends inside its header.`, DOWNLOAD_AGAIN, { cause: error });
      if (count >= MAX_HEADER_BYTES)
        throw new Problem('weights-invalid', `${name} claims a header of more than ${MAX_HEADER_BYTES} bytes.`, NOT_GGUF);
    }
  }
}

class Reader {
  private readonly cursor: Cursor;

  constructor(
    bytes: Buffer,
    private readonly size: number,
    private readonly name: string,
  ) {
    this.cursor = new Cursor(bytes, 0);
  }

  header(): GgufHeader {
    const { cursor } = this;
    const magic = cursor.text(4);
    if (magic !== 'GGUF') throw this.invalid(`it begins with ${JSON.stringify(magic)}, not with "GGUF"`);
    const version = cursor.size(4);
    if (version !== 2 && version !== 3) throw this.invalid(`its version is ${version}; versions 2 and 3, little-endian, can be read`);
    const tensorCount = this.count(24);
    const metadataCount = this.count(13);
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < metadataCount; i++) {
      const key = this.text();
      if (metadata.has(key)) throw this.invalid(`it says "${key}" twice`);
      metadata.set(key, this.value(cursor.size(4), 0));
    }
    const raw = Array.from({ length: tensorCount }, () => this.tensor());
    return { metadata, tensors: this.placed(raw, metadata) };
  }

  private tensor() {
    const name = this.text();
    const axes = this.cursor.size(4);
    if (axes > MAX_AXES) throw this.invalid(`tensor "${name}" has ${axes} axes`);
    const shape = Array.from({ length: axes }, () => this.cursor.size(8)).reverse();
    return { name, shape, type: this.cursor.size(4), offset: this.cursor.size(8) };
  }

  private placed(raw: readonly ReturnType<Reader['tensor']>[], metadata: ReadonlyMap<string, GgufValue>): GgufTensor[] {
    const alignment = metadata.get('general.alignment') ?? 32;
    if (typeof alignment !== 'number' || alignment < 1 || !Number.isInteger(alignment)) throw this.invalid('its alignment is not a number');
    const start = Math.ceil(this.cursor.at / alignment) * alignment;
    const names = new Set(raw.map(({ name }) => name));
    if (names.size < raw.length) throw this.invalid('two of its tensors have the same name');
    const tensors = raw.map(({ name, shape, type, offset }): GgufTensor => {
      const typeName = TYPES[type] ?? `type ${type}`;
      const known = DENSE[typeName] ?? (typeName in BLOCKS ? (typeName as BlockType) : null);
      const isBlocks = typeName in BLOCKS;
      return {
        name,
        type: known,
        typeName,
        isBlocks,
        shape,
        offset: start + offset,
        byteLength: known ? this.byteLength(name, shape, known) : 0,
      };
    });
    let end = start;
    for (const { name, type, offset, byteLength } of [...tensors].sort((a, b) => a.offset - b.offset)) {
      if (type === null) continue;
      if (offset < end) throw this.invalid(`tensor "${name}" overlaps the one before it`);
      end = offset + byteLength;
      if (!(end <= this.size)) {
        throw new Problem(
          'weights-truncated',
          `${this.name} ends inside tensor "${name}": it should reach byte ${end}, the file has ${this.size}.`,
          DOWNLOAD_AGAIN,
        );
      }
    }
    return tensors;
  }

  private byteLength(name: string, shape: readonly number[], type: WeightType | BlockType): number {
    if (type === 'F32' || type === 'F16' || type === 'BF16') {
      const bytes = byteSize(shape, DENSE_BITS[type]);
      if (bytes === null) throw this.invalid(`tensor "${name}" has more bytes than can be counted`);
      return bytes;
    }
    const { numbers, bytes } = BLOCKS[type];
    const columns = shape.at(-1) ?? 1;
    if (columns % numbers !== 0) throw this.invalid(`rows of ${columns} numbers of tensor "${name}" are not whole blocks of ${type}`);
    const length = byteSize([...shape.slice(0, -1), columns / numbers], 8 * bytes);
    if (length === null) throw this.invalid(`tensor "${name}" has more bytes than can be counted`);
    return length;
  }

  private value(type: number, depth: number): GgufValue {
    const { cursor } = this;
    switch (type) {
      case 0:
        return cursor.byte();
      case 1:
        return cursor.take(1).readInt8();
      case 2:
        return cursor.size(2);
      case 3:
        return cursor.take(2).readInt16LE();
      case 4:
        return cursor.size(4);
      case 5:
        return cursor.int32();
      case 6:
        return cursor.take(4).readFloatLE();
      case 7:
        return cursor.byte() !== 0;
      case 8:
        return this.text();
      case 9: {
        const element = cursor.size(4);
        const count = this.count(1);
        if (depth > 2) throw this.invalid('its metadata has lists in lists in lists');
        return Array.from({ length: count }, () => this.value(element, depth + 1));
      }
      case 10:
        return cursor.size(8);
      case 11:
        return cursor.long(8);
      case 12:
        return cursor.take(8).readDoubleLE();
      default:
        throw this.invalid(`its metadata has a value of the unknown type ${type}`);
    }
  }

  private text(): string {
    return this.cursor.text(this.cursor.size(8));
  }

  /** How many things follow, each of at least so many bytes. */
  private count(bytesOfEach: number): number {
    const count = this.cursor.size(8);
    if (count * bytesOfEach > this.size) throw this.invalid(`it claims ${count} entries, more than it has room for`);
    return count;
  }

  private invalid(what: string): Problem {
    return new Problem('weights-invalid', `${this.name} is not a sound GGUF file: ${what}.`, NOT_GGUF);
  }
}

const NOT_GGUF = 'The file is damaged or not a GGUF file: fetch it again.';
