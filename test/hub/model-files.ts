/** Repositories for the Hub of the tests. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOut, safetensors, TINY, writeGpt2 } from '../engine/checkpoint-files';
import type { HubFile } from './loopback-hub';

const small = (text: string): HubFile => ({ content: Buffer.from(text) });

/** A GPT-2 that can be run, and files beside it that nobody needs. */
export function tinyGpt2(): Record<string, HubFile> {
  const folder = mkdtempSync(join(tmpdir(), 'visit-hub-'));
  try {
    writeGpt2(folder, TINY);
    const read = (name: string): Buffer => readFileSync(join(folder, name));
    return {
      'config.json': { content: read('config.json') },
      'generation_config.json': small('{}'),
      'tokenizer.json': { content: read('tokenizer.json') },
      'model.safetensors': { content: read('model.safetensors'), large: true },
      'README.md': small('# A model'),
      'pytorch_model.bin': { content: Buffer.from('pickle'), large: true },
      'model.gguf': { content: Buffer.from('gguf'), large: true },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same model in two shards. */
export function shardedGpt2(): Record<string, HubFile> {
  const { 'model.safetensors': whole, 'pytorch_model.bin': _, ...others } = tinyGpt2();
  const length = Number(whole.content.readBigUInt64LE(0));
  const header = JSON.parse(whole.content.toString('utf8', 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const names = Object.keys(header);
  const half = Math.ceil(names.length / 2);
  const shard = (part: readonly string[]): HubFile => {
    const laid = layOut(Object.fromEntries(part.map((name) => [name, header[name].shape])));
    const data = Buffer.concat(
      part.map((name) => whole.content.subarray(8 + length + header[name].data_offsets[0], 8 + length + header[name].data_offsets[1])),
    );
    return { content: safetensors(laid.header, data), large: true };
  };
  const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const weight_map = Object.fromEntries(names.map((name, index) => [name, files[index < half ? 0 : 1]]));
  return {
    ...others,
    'model.safetensors.index.json': small(JSON.stringify({ metadata: {}, weight_map })),
    [files[0]]: shard(names.slice(0, half)),
    [files[1]]: shard(names.slice(half)),
    'consolidated.safetensors': { content: Buffer.from('another copy'), large: true },
  };
}

/** A model of a family that is not built. */
export function bert(): Record<string, HubFile> {
  return { ...tinyGpt2(), 'config.json': small('{"model_type":"bert"}') };
}
