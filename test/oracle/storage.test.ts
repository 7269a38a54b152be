import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BlockSpec, LinearSpec, MatrixSpec } from '../../src/model/architecture/model-spec';
import type { StoredTensor } from '../../src/model/checkpoint/checkpoint';
import { buildBlockGraph } from '../../src/engine/onnx/block-graph';
import type { BlockVariant } from '../../src/engine/onnx/block-draft';
import { buildSelectGraph } from '../../src/engine/onnx/select-graph';
import { floats, indices, SessionPool } from '../../src/engine/onnx/session-pool';
import { sourceFeeds } from '../../src/engine/onnx/sources';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

// One block, described in two ways: as GPT-2 stores it, and as other families do. Key/value group g serves heads 2g and
// 2g + 1, so in GPT-2's form its weights stand there twice.
const d = 12;
const H = 4;
const G = 2;
const k = 3;
const F = 10;
const T = 6;

/** Writes F32 tensors into one file, at offsets that are no multiples of anything. */
class WeightFile {
  readonly locations = new Map<string, StoredTensor>();
  private readonly bytes: Buffer[] = [Buffer.from([0])];
  private length = 1;

  constructor(readonly file: string) {}

  add(name: string, shape: readonly number[], values: readonly number[]): void {
    assert.equal(
      values.length,
      shape.reduce((product, size) => product * size, 1),
    );
    const bytes = Buffer.from(Float32Array.from(values).buffer);
    const range = { file: this.file, offset: this.length, byteLength: bytes.length };
    this.locations.set(name, { name, shape, storage: { kind: 'dense', dtype: 'F32', bytes: range } });
    this.bytes.push(bytes);
    this.length += bytes.length;
  }

  save(): void {
    writeFileSync(this.file, Buffer.concat(this.bytes));
  }
}

type Matrix = readonly (readonly number[])[];

/** A matrix of numbers that follow no pattern. */
const matrixOf = (rows: number, columns: number, seed: number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(seed + 12.9 * i + 78.2 * j * (i + 1)) / 2));
const transposed = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));
/** Columns of the groups, repeated for every head that reads them. */
const perHead = (m: Matrix): Matrix =>
  m.map((row) => Array.from({ length: H * k }, (_, i) => row[Math.floor(i / k / (H / G)) * k + (i % k)]));

describe('A block computes the same however its weights are stored', () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-storage-'));
  const file = new WeightFile(path.join(folder, 'weights.bin'));
  let fused: BlockSpec;
  let grouped: BlockSpec;
  let pool: SessionPool;
  let weights: Weights;

  before(() => {
    const q = matrixOf(d, H * k, 1);
    const keys = matrixOf(d, G * k, 2);
    const values = matrixOf(d, G * k, 3);
    const o = matrixOf(H * k, d, 4);
    const up = matrixOf(d, F, 5);
    const down = matrixOf(F, d, 6);
    const linear = (tensor: string, m: Matrix, layout: MatrixSpec['layout']): LinearSpec => {
      const stored = layout === 'in_out' ? m : transposed(m);
      file.add(tensor, [stored.length, stored[0].length], stored.flat());
      return { weight: { tensor, layout, inputs: m.length, outputs: m[0].length } };
    };
    file.add(
      'gain',
      [d],
      matrixOf(1, d, 7)[0].map((x) => x + 1),
    );
    const norm = { kind: 'layer', width: d, gain: { tensor: 'gain', length: d }, epsilon: 1e-5 } as const;
    const scale = 0.7;

    linear(
      'qkv',
      q.map((row, i) => [...row, ...perHead(keys)[i], ...perHead(values)[i]]),
      'in_out',
    );
    const part = (index: number): LinearSpec => ({
      weight: { tensor: 'qkv', layout: 'in_out', inputs: d, outputs: H * k, part: { offset: index * H * k, of: 3 * H * k } },
    });
    fused = {
      wiring: 'sequential',
      ln1: norm,
      attention: { nHeads: H, nKeyValueHeads: H, dHead: k, scale, q: part(0), k: part(1), v: part(2), o: linear('o', o, 'in_out') },
      ln2: norm,
      mlp: { dMlp: F, activation: 'silu', up: linear('up', up, 'in_out'), down: linear('down', down, 'in_out') },
    };
    grouped = {
      wiring: 'sequential',
      ln1: norm,
      attention: {
        nHeads: H,
        nKeyValueHeads: G,
        dHead: k,
        scale,
        q: linear('q.t', q, 'out_in'),
        k: linear('k.t', keys, 'out_in'),
        v: linear('v.t', values, 'out_in'),
        o: linear('o.t', o, 'out_in'),
      },
      ln2: norm,
      mlp: { dMlp: F, activation: 'silu', up: linear('up.t', up, 'out_in'), down: linear('down.t', down, 'out_in') },
    };
    file.save();
    weights = new Weights(file.locations);
    pool = new SessionPool(weights, { keep: false, threads: 1 });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const residPre = Float32Array.from(matrixOf(T, d, 8).flat());

  const results = (block: BlockSpec, variant: BlockVariant) => {
    const graph = {
      key: `${variant} of ${block.attention.q.weight.tensor}`,
      build: () => buildBlockGraph(weights, block, { variant, edited: false, contextLength: T }),
      load: 'light' as const,
    };
    return pool.use(graph, (run) => run({ resid_pre: floats(residPre, variant === 'run' ? [1, T, d] : [T, d]) }));
  };
  // Keys and values themselves are stored once per group in one form and once per head in the other.
  const PER_HEAD = ['k', 'v', 'source_keys', 'source_values'];

  for (const variant of ['run', 'trace', 'inspect'] satisfies BlockVariant[]) {
    it(`when it is asked to ${variant}`, async () => {
      const [one, other] = [await results(fused, variant), await results(grouped, variant)];
      const names = one.names.filter((name) => !PER_HEAD.includes(name));
      assert(names.includes('resid_post'));
      for (const name of names) assert(maxDifference(one.floats(name), other.floats(name)) <= 1e-5, name);
    });
  }

  it('when the vectors of a selection are asked for', async () => {
    const row = (length: number, seed: number) => floats(Float32Array.from(matrixOf(1, length, seed)[0]), [1, length]);
    const selected = async (block: BlockSpec) => {
      const sources = sourceFeeds(await results(block, 'inspect'), block.attention);
      return pool.use(
        { key: `select of ${block.attention.q.weight.tensor}`, build: () => buildSelectGraph(weights, block), load: 'light' as const },
        (run) =>
          run({
            ...sources,
            pair_heads: indices([3, 1, 1]),
            pair_sources: indices([0, 5, 2]),
            heads: indices([3, 1]),
            rest_attention: floats(Float32Array.from(matrixOf(2, T, 9).flat()), [2, T]),
            rest_heads: row(H * k, 10),
            rest_o: row(H * k, 11),
            o_neurons: indices([7, 0]),
            neurons: indices([9, 4]),
            rest_neurons: row(F, 12),
            attn_scale: row(d, 13),
            mlp_scale: row(d, 14),
          }),
      );
    };
    const [one, other] = [await selected(fused), await selected(grouped)];
    assert.equal(one.names.length, 9);
    for (const name of one.names) {
      assert(
        one.floats(name).some((x) => x !== 0),
        `${name} is zero`,
      );
      assert(maxDifference(one.floats(name), other.floats(name)) <= 1e-5, name);
    }
  });
});
