/** Writes small checkpoints, sound and broken, for the tests of what reads them. */
import { copyFileSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One tensor of a header. */
export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The bytes of a safetensors file: length field, header, `data`. */
export function safetensors(header: string | object, data: Uint8Array): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** A header that lays float tensors one behind the other, and the number of bytes that they take. */
export function layOut(shapes: Readonly<Record<string, number[]>>): { header: Record<string, HeaderEntry>; byteLength: number } {
  const header: Record<string, HeaderEntry> = {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  return { header, byteLength: end };
}

/** A new folder in the system's folder for temporary files. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'visit-test-'));
}

/** Dimensions of a GPT-2. */
export interface Gpt2Shape {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly context: number;
  readonly vocabulary: number;
}

/** Small enough to answer in milliseconds; its vocabulary is that of the byte-level tokenizer fixture. */
export const TINY: Gpt2Shape = { layers: 2, heads: 2, width: 16, context: 64, vocabulary: 900 };

/** Large enough that a run takes seconds. Its weights are zeros that take no room on the disk. */
export const SLOW: Gpt2Shape = { layers: 24, heads: 12, width: 768, context: 512, vocabulary: 900 };

/** Weights up to this many bytes are pseudo-random; those of what must only be large are zeros. */
const RANDOM_UP_TO = 2 ** 24;

/**
 * Writes a GPT-2 checkpoint with a byte-level tokenizer into a folder. Tiny ones get pseudo-random weights.
 *
 * @param spoil changes the weights of a tiny one before they are written
 */
export function writeGpt2(folder: string, shape: Gpt2Shape, spoil: (weights: Float32Array) => void = () => undefined): void {
  const { layers, heads, width, context, vocabulary } = shape;
  const shapes: Record<string, number[]> = { 'wte.weight': [vocabulary, width], 'wpe.weight': [context, width] };
  for (let l = 0; l < layers; l++) {
    Object.assign(shapes, {
      [`h.${l}.ln_1.weight`]: [width],
      [`h.${l}.ln_1.bias`]: [width],
      [`h.${l}.attn.c_attn.weight`]: [width, 3 * width],
      [`h.${l}.attn.c_attn.bias`]: [3 * width],
      [`h.${l}.attn.c_proj.weight`]: [width, width],
      [`h.${l}.attn.c_proj.bias`]: [width],
      [`h.${l}.ln_2.weight`]: [width],
      [`h.${l}.ln_2.bias`]: [width],
      [`h.${l}.mlp.c_fc.weight`]: [width, 4 * width],
      [`h.${l}.mlp.c_fc.bias`]: [4 * width],
      [`h.${l}.mlp.c_proj.weight`]: [4 * width, width],
      [`h.${l}.mlp.c_proj.bias`]: [width],
    });
  }
  Object.assign(shapes, { 'ln_f.weight': [width], 'ln_f.bias': [width] });
  const { header, byteLength } = layOut(shapes);
  const weights = join(folder, 'model.safetensors');
  if (byteLength <= RANDOM_UP_TO) {
    const values = Float32Array.from({ length: byteLength / 4 }, (_, i) => Math.sin(i * 12.9898) * 0.7);
    spoil(values);
    writeFileSync(weights, safetensors(header, new Uint8Array(values.buffer)));
  } else {
    const head = safetensors(header, new Uint8Array());
    writeFileSync(weights, head);
    truncateSync(weights, head.length + byteLength);
  }
  const config = {
    model_type: 'gpt2',
    n_layer: layers,
    n_head: heads,
    n_embd: width,
    n_positions: context,
    n_ctx: context,
    vocab_size: vocabulary,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  copyFileSync(join(TOKENIZERS, 'byte-level', 'tokenizer.json'), join(folder, 'tokenizer.json'));
}

/** Where the tokenizer fixtures lie. */
export const TOKENIZERS = join(__dirname, '..', 'fixtures', 'tokenizers');
