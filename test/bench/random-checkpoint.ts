import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Sizes of a GPT-2. */
export interface Shape {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  readonly heads: number;
  readonly context: number;
}

/** Writes a GPT-2 checkpoint of this shape with random F32 weights into a folder: speed does not depend on their values. */
export function writeRandomCheckpoint(folder: string, { vocabSize, dModel: d, layers, heads, context }: Shape): void {
  const shapes: [name: string, shape: number[]][] = [
    ['wte.weight', [vocabSize, d]],
    ['wpe.weight', [context, d]],
  ];
  const norm = (name: string) => shapes.push([`${name}.weight`, [d]], [`${name}.bias`, [d]]);
  const linear = (name: string, from: number, to: number) => shapes.push([`${name}.weight`, [from, to]], [`${name}.bias`, [to]]);
  for (let l = 0; l < layers; l++) {
    norm(`h.${l}.ln_1`);
    linear(`h.${l}.attn.c_attn`, d, 3 * d);
    linear(`h.${l}.attn.c_proj`, d, d);
    norm(`h.${l}.ln_2`);
    linear(`h.${l}.mlp.c_fc`, d, 4 * d);
    linear(`h.${l}.mlp.c_proj`, 4 * d, d);
  }
  norm('ln_f');

  let offset = 0;
  const header = shapes.map(([name, shape]) => {
    const from = offset;
    offset += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [from, offset] }] as const;
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path.join(folder, 'model.safetensors'), 'w');
  writeSync(file, length);
  writeSync(file, text);
  for (const [, shape] of shapes) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) values[i] = (Math.random() - 0.5) / 5;
    writeSync(file, Buffer.from(values.buffer));
  }
  closeSync(file);

  const config = { model_type: 'gpt2', vocab_size: vocabSize, n_positions: context, n_embd: d, n_layer: layers, n_head: heads };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
}
