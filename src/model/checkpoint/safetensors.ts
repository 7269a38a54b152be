/**
 * The safetensors format: 8 bytes (little-endian length of the header), a JSON header, then the tensors' bytes without
 * gaps. A header is foreign data: nothing in it is trusted before it has been checked against the file.
 * https://github.com/huggingface/safetensors#format
 */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { firstIssue } from '../schema-problem';
import { DOWNLOAD_AGAIN, duplicateKey, parseJsonObject, PULL_LFS } from './json';
import { byteSize, ELEMENT_BITS } from './number-types';
import type { OpenFile } from './source';

/** One tensor as a header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** first byte, from the start of the file */
  readonly offset: number;
  readonly byteLength: number;
}

/** Bytes of the length field before the header. */
export const LENGTH_BYTES = 8;

/** Largest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

const count = z.int().nonnegative();

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});

const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads and checks the header of a safetensors file; the tensors' bytes are not read.
 * @param name what messages call the file
 * @throws Problem `weights-truncated`, `weights-invalid`, and what reading throws
 */
export async function readSafetensorsHeader(file: OpenFile, name: string): Promise<TensorEntry[]> {
  return (await readSafetensors(file, name)).entries;
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly entries: TensorEntry[];
  /** what `__metadata__` maps to what; empty where there is none */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The same with what the file says of itself. @throws Problem as `readSafetensorsHeader` */
export async function readSafetensors({ size, read }: OpenFile, name: string): Promise<SafetensorsHeader> {
  const field = size < LENGTH_BYTES ? null : await read(0, LENGTH_BYTES);
  if (field === null || field.length < LENGTH_BYTES) {
    throw new Problem('weights-truncated', `${name} has ${size} bytes, too few for a safetensors file.`, DOWNLOAD_AGAIN);
  }
  const headerBytes = headerLength(field, size, name);
  const header = await read(LENGTH_BYTES, headerBytes);
  if (header.length < headerBytes) throw new Problem('weights-truncated', `${name} ends inside its header.`, DOWNLOAD_AGAIN);
  return parsed(header, size, name);
}

/**
 * The header's length as the first bytes of the file state it, checked against the file's size.
 * @throws Problem `weights-truncated` or `weights-invalid`
 */
function headerLength(field: Buffer, fileSize: number, name: string): number {
  if (field.toString('latin1') === 'version ') {
    throw new Problem('weights-invalid', `${name} is not the weights but a Git LFS pointer to them.`, PULL_LFS);
  }
  const length = field.readBigUInt64LE(0);
  if (/^\s*[<{][\x20-\x7e\s]*$/.test(field.toString('latin1'))) {
    throw new Problem(
      'weights-invalid',
      `${name} is a text, not weights: a page that was saved instead of the file, perhaps.`,
      'Fetch it again; where its page asks for an account or for an agreement, with the account’s token.',
    );
  }
  if (length > MAX_HEADER_BYTES) {
    throw new Problem(
      'weights-invalid',
      `${name} claims a header of ${length} bytes; the format allows ${MAX_HEADER_BYTES}.`,
      NOT_SAFETENSORS,
    );
  }
  if (Number(length) > fileSize - LENGTH_BYTES) {
    throw new Problem(
      'weights-truncated',
      `${name} ends inside its header: ${length} bytes are announced, but the file has ${fileSize}.`,
      DOWNLOAD_AGAIN,
    );
  }
  return Number(length);
}

/**
 * Checks a header and returns its tensors, in the order of their bytes.
 * @param header the JSON bytes
 * @param fileSize bytes of the whole file
 * @param name what messages call the file
 * @throws Problem `weights-truncated` when the file is too short for its tensors, else `weights-invalid`
 */
export function parseSafetensorsHeader(header: Buffer, fileSize: number, name: string): TensorEntry[] {
  return parsed(header, fileSize, name).entries;
}

function parsed(header: Buffer, fileSize: number, name: string): SafetensorsHeader {
  const invalid = (what: string): Problem => new Problem('weights-invalid', `${name}: ${what}.`, NOT_SAFETENSORS);

  if (header[0] !== 0x7b) throw invalid('the header does not begin with "{"');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch {
    throw invalid('the header is not valid UTF-8');
  }
  const object = parseJsonObject(text, `The header of ${name}`, 'weights-invalid');
  const duplicate = duplicateKey(text);
  if (duplicate !== null) throw invalid(`the header names "${duplicate}" twice`);

  const dataStart = LENGTH_BYTES + header.length;
  const entries: TensorEntry[] = [];
  let metadata: SafetensorsHeader['metadata'] = {};
  for (const [tensor, value] of Object.entries(object)) {
    if (tensor === '__metadata__') {
      const said = metadataSchema.safeParse(value);
      if (!said.success) throw invalid('__metadata__ must map names to strings');
      metadata = said.data;
      continue;
    }
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw invalid(`tensor "${tensor}" is described incorrectly (${firstIssue(entry.error)})`);
    const {
      dtype,
      shape,
      data_offsets: [begin, end],
    } = entry.data;
    const bits = ELEMENT_BITS.get(dtype);
    if (bits === undefined) throw invalid(`tensor "${tensor}" has the unknown type ${JSON.stringify(dtype)}`);
    if (begin > end) throw invalid(`tensor "${tensor}" ends (${end}) before it begins (${begin})`);
    const byteLength = byteSize(shape, bits);
    if (byteLength !== end - begin) {
      throw invalid(
        `tensor "${tensor}" has ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] needs ${byteLength ?? 'more than can be counted'}`,
      );
    }
    entries.push({ name: tensor, dtype, shape, offset: dataStart + begin, byteLength });
  }

  // Sorted by place, every tensor must begin where the one before it ended: no overlap, no hole.
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let expected = dataStart;
  for (const { name: tensor, offset, byteLength } of entries) {
    if (offset < expected) throw invalid(`tensor "${tensor}" overlaps the tensor before it`);
    if (offset > expected) throw invalid(`there is a gap of ${offset - expected} bytes before tensor "${tensor}"`);
    expected = offset + byteLength;
    if (expected > fileSize) {
      throw new Problem(
        'weights-truncated',
        `${name} ends inside tensor "${tensor}": it should reach byte ${expected}, the file has ${fileSize}.`,
        DOWNLOAD_AGAIN,
      );
    }
  }
  if (expected < fileSize) throw invalid(`${fileSize - expected} bytes at the end belong to no tensor`);
  return { entries, metadata };
}

const NOT_SAFETENSORS =
  'The file is damaged or not a safetensors file: fetch the checkpoint again, or save it again with save_pretrained().';
