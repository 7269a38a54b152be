/** GGUF files of any size whose matrices are random blocks of Q4_K: speed and memory do not depend on the values. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { BLOCKS } from '../../../src/model/checkpoint/storage';
import type { LlamaShape } from './llama-shape';
import type { RandomTensor } from './random-shards';

const ALIGNMENT = 32;
const { numbers: NUMBERS, bytes: BYTES } = BLOCKS.Q4_K;

/** All blocks come from one buffer of this many, read from changing offsets. */
const POOL = 1 << 18;

/** Types of values and of tensors, as gguf.md and ggml.h number them. */
const UINT32 = 4;
const FLOAT32 = 6;
const STRING = 8;
const F32 = 0;
const Q4_K = 12;

/** Names in GGUF of the parts of a Llama's tensors. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^model\.layers\.(\d+)\./, 'blk.$1.'],
  [/input_layernorm/, 'attn_norm'],
  [/post_attention_layernorm/, 'ffn_norm'],
  [/self_attn\.(\w)_proj/, 'attn_$1'],
  [/attn_o\./, 'attn_output.'],
  [/mlp\.(\w+)_proj/, 'ffn_$1'],
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
];

/** Writes a Llama, whose tensors have their published names, as a GGUF file of version 3 without a tokenizer. */
export function writeRandomGguf(file: string, tensors: readonly RandomTensor[], shape: LlamaShape): void {
  const { dModel, layers, heads, keyValueHeads, mlpWidth, context } = shape;
  const metadata = [
    entry('general.architecture', STRING, text('llama')),
    ...Object.entries({
      context_length: context,
      embedding_length: dModel,
      block_count: layers,
      feed_forward_length: mlpWidth,
      'attention.head_count': heads,
      'attention.head_count_kv': keyValueHeads,
    }).map(([key, value]) => entry(`llama.${key}`, UINT32, u32(value))),
    entry('llama.attention.layer_norm_rms_epsilon', FLOAT32, f32(1e-5)),
    entry('llama.rope.freq_base', FLOAT32, f32(10_000)),
  ];
  let end = 0;
  const descriptions = tensors.map(({ name, shape: axes }) => {
    const offset = end;
    end = aligned(end + byteLength(axes));
    const known = NAMES.reduce((given, [from, to]) => given.replace(from, to), name);
    return Buffer.concat([
      text(known),
      u32(axes.length),
      ...[...axes].reverse().map(u64),
      u32(axes.length === 1 ? F32 : Q4_K),
      u64(offset),
    ]);
  });
  const header = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length), ...metadata, ...descriptions]);
  const out = openSync(file, 'w');
  writeSync(out, header);
  writeSync(out, Buffer.alloc(aligned(header.length) - header.length));
  const pool = randomBlocks();
  for (const { shape: axes } of tensors) {
    writeTensor(out, axes, pool);
    writeSync(out, Buffer.alloc(aligned(byteLength(axes)) - byteLength(axes)));
  }
  closeSync(out);
}

function writeTensor(out: number, shape: readonly number[], pool: Buffer): void {
  if (shape.length === 1) {
    writeSync(out, new Float32Array(shape[0]).fill(1));
    return;
  }
  for (let left = byteLength(shape); left > 0;) {
    const from = BYTES * Math.floor(Math.random() * (POOL / 2));
    left -= writeSync(out, pool.subarray(from, Math.min(pool.length, from + left)));
  }
}

function byteLength(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return shape.length === 1 ? 4 * count : (count / NUMBERS) * BYTES;
}

/** Random bits for scales, minima and numbers; both factors are small: 2⁻¹³ (0x0800), and 2⁻¹⁰ (0x1400) for the minima. */
function randomBlocks(): Buffer {
  const pool = Buffer.alloc(POOL * BYTES);
  for (let at = 0; at < pool.length; at += 4) pool.writeUInt32LE(Math.floor(Math.random() * 2 ** 32), at);
  for (let at = 0; at < pool.length; at += BYTES) {
    pool.writeUInt16LE(0x0800, at);
    pool.writeUInt16LE(0x1400, at + 2);
  }
  return pool;
}

const aligned = (at: number) => Math.ceil(at / ALIGNMENT) * ALIGNMENT;
const entry = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value]);
const text = (value: string) => Buffer.concat([u64(value.length), Buffer.from(value)]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
