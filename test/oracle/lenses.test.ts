import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FittedLens } from '../../src/engine/runtime/fitting/fit-lens';
import { LensSums, type FitKind } from '../../src/engine/runtime/fitting/lens-sums';
import { divide, unitsOf, type FittedPiece } from '../../src/engine/runtime/fitting/parts';
import { partOfTheWay, type AffineMap } from '../../src/engine/runtime/fitting/ridge';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { openPublishedLens } from '../../src/model/lens/published-lens';
import { maxDifference, patient } from './fixture';
import { readSafetensors } from './read-safetensors';

const LENSES = path.join(__dirname, 'lenses');
const SIZE = { nLayers: 3, dModel: 40 };

describe('Lenses', () => {
  const expected = readSafetensors(path.join(LENSES, 'expected.safetensors'));
  const asked = JSON.parse(readFileSync(path.join(LENSES, 'fixture.json'), 'utf8')) as { tokens: number[][]; ridge: number };
  const pieces = asked.tokens.map((ids): FittedPiece => ({ text: '', tokens: ids.map((id) => ({ id, text: '', start: 0, end: 0 })) }));
  const parts = divide(pieces);
  let model: LoadedModel;
  let pass: ForwardPass;
  let streams: readonly Float32Array[];
  let folder: string;
  before(async () => {
    model = await LoadedModel.load(await openCheckpoint(path.join(__dirname, 'fixtures', 'trained', 'model')), null, patient);
    pass = await model.forward(pieces[9], patient);
    streams = pass.stream;
    folder = mkdtempSync(path.join(tmpdir(), 'visit-published-'));
  });
  after(async () => {
    await model.release();
    rmSync(folder, { recursive: true });
  });

  const of = (name: string): Float32Array => {
    const tensor = expected.get(name);
    assert(tensor, `expected.safetensors has no ${name}`);
    return Float32Array.from(tensor.data);
  };
  const applied = ({ map, offset }: AffineMap, rows: Float32Array): Float32Array => {
    const d = offset.length;
    return Float32Array.from(rows, (_, at) => {
      const [row, j] = [at - (at % d), at % d];
      let sum = offset[j];
      for (let i = 0; i < d; i++) sum += rows[row + i] * map[i * d + j];
      return sum;
    });
  };
  /** All logits of rows, by the token’s id. */
  const logits = async (rows: Float32Array): Promise<Float32Array> => {
    const V = model.info.vocabSize;
    const { topIds, topLogits } = await pass.read(rows, { target: { id: 0 }, k: V, position: 0 });
    const all = new Float32Array(topLogits.length);
    topIds.forEach((id, i) => (all[Math.floor(i / V) * V + id] = topLogits[i]));
    return all;
  };
  const near = (one: Float32Array, other: Float32Array, what: string): void => {
    const largest = other.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const difference = maxDifference(one, other) / largest;
    assert.ok(difference <= 1e-4, `${what}: ${difference} of the largest value`);
  };
  const adopt = async (name: string): Promise<FittedLens> =>
    model.adoptLens(await openPublishedLens(path.join(LENSES, name), SIZE), parts, patient);
  const fit = async (kind: FitKind, sums = new LensSums(kind, 3, 40), of = parts): Promise<FittedLens> =>
    model.fitLens(of, { sums, ...(kind === 'fitted' && { ridge: asked.ridge }) }, patient);

  it('that tuned-lens wrote map streams, and predict, as the package does', async () => {
    const lens = await adopt('tuned');
    for (let border = 0; border < 3; border++) {
      const mapped = applied(await lens.mapAt(border), streams[border]);
      near(mapped, of(`tuned.${border}`), `border ${border}`);
      near(await logits(mapped), of(`tuned.logits.${border}`), `logits at border ${border}`);
    }
    assert.ok(lens.fitted.divergence[0] < lens.logit.divergence[0]);
  });

  it('of averaged Jacobians, as published, map streams by their formula, with the offset measured on the texts', async () => {
    const lens = await adopt('jacobian.pt');
    for (const border of [1, 2]) near(applied(await lens.mapAt(border), streams[border]), of(`jacobian.published.${border}`), `${border}`);
    assert.deepEqual(applied(await lens.mapAt(0), streams[0]), streams[0]);
    assert.match(lens.note ?? '', /no map for the embeddings/);
  });

  it('of averaged Jacobians that are fitted here equal those of torch’s autograd', async () => {
    const lens = await fit('jacobian');
    for (let border = 0; border < 3; border++) {
      const { map } = await lens.mapAt(border);
      const jacobian = of(`jacobian.J.${border}`);
      near(
        map.map((_, at) => jacobian[(at % 40) * 40 + Math.floor(at / 40)]),
        map,
        `Jacobian at border ${border}`,
      );
      near(applied(await lens.mapAt(border), streams[border]), of(`jacobian.fitted.${border}`), `border ${border}`);
    }
    assert.equal(lens.ridge, undefined);
  });

  it('that are fitted equal the ridge solution of numpy, or the part of the way to it that they name', async () => {
    const lens = await fit('fitted');
    for (let border = 0; border < 3; border++) {
      const part = lens.parts?.[border];
      assert.ok(part !== undefined && part > 0);
      const solution = partOfTheWay({ map: of(`ridge.A.${border}`), offset: of(`ridge.b.${border}`) }, part);
      const { map, offset } = await lens.mapAt(border);
      near(map, solution.map, `A.${border}`);
      near(offset, solution.offset, `b.${border}`);
    }
  });

  it('are as far from what the model says, and agree with it as often, as their logits say one by one', async () => {
    const lens = await adopt('tuned');
    const V = model.info.vocabSize;
    const said = async (rows: Float32Array): Promise<number[][]> => {
      const all = await logits(rows);
      return Array.from({ length: all.length / V }, (_, row) => logSoftmax(Array.from(all.subarray(row * V, (row + 1) * V))));
    };
    const passes = await Promise.all(parts.judged.map(async (piece) => (await model.forward(piece, patient)).stream));
    const compared = async (of: (stream: readonly Float32Array[]) => Promise<number[][]>) => {
      const rows: { agrees: number; bits: number }[] = [];
      for (const stream of passes) {
        const read = await of(stream);
        for (const [at, p] of (await said(stream[3])).entries()) {
          rows.push({ agrees: first(p) === first(read[at]) ? 1 : 0, bits: divergence(p, read[at]) });
        }
      }
      return { agreement: mean(rows.map(({ agrees }) => agrees)), divergence: mean(rows.map(({ bits }) => bits)) };
    };
    for (let border = 0; border < 3; border++) {
      const map = await lens.mapAt(border);
      for (const [figures, of] of [
        [lens.logit, (stream: readonly Float32Array[]) => said(stream[border])],
        [lens.fitted, (stream: readonly Float32Array[]) => said(applied(map, stream[border]))],
      ] as const) {
        const { agreement, divergence: bits } = await compared(of);
        assert.equal(figures.agreement[border], agreement);
        assert.ok(Math.abs(figures.divergence[border] - bits) <= 1e-4 * bits, `${figures.divergence[border]} and ${bits} bits`);
      }
    }
    const known = await Promise.all(parts.chosen.map(async (piece) => said((await model.forward(piece, patient)).stream[3])));
    const rows = known.flat();
    const guess = Array.from({ length: V }, (_, id) => Math.log(Math.max(mean(rows.map((row) => Math.exp(row[id]))), 1e-12)));
    const { agreement, divergence: bits } = await compared((stream) =>
      Promise.resolve(Array.from({ length: stream[3].length / 40 }, () => guess)),
    );
    assert.equal(lens.baseline.agreement, agreement);
    assert.ok(Math.abs(lens.baseline.divergence - bits) <= 1e-4 * bits, `${lens.baseline.divergence} and ${bits} bits`);
  });

  for (const kind of ['fitted', 'jacobian'] as const) {
    it(`are the same, bit for bit, however the texts are sharded and in whatever order the shards are merged (${kind})`, async () => {
      const long = { ...parts, fitted: Array.from({ length: kind === 'fitted' ? 4 : 1 }, () => parts.fitted).flat() };
      const maps = async (lens: FittedLens): Promise<AffineMap[]> => [await lens.mapAt(0), await lens.mapAt(1), await lens.mapAt(2)];
      const whole = await maps(await fit(kind, undefined, long));
      assert.ok(unitsOf(long.fitted, kind).length > 1);
      for (const of of [2, 3]) {
        const merged = new LensSums(kind, 3, 40);
        for (let index = of - 1; index >= 0; index--) {
          const sums = new LensSums(kind, 3, 40);
          await model.sumTexts(long, { sums, isWanted: (unit) => unit % of === index }, patient);
          const { positions, prompts } = sums;
          merged.merge({ done: [...sums.done], positions, prompts, sums: new Map(sums.entries()) });
        }
        assert.deepEqual(await maps(await fit(kind, merged, long)), whole, `${of} shards`);
      }
    });
  }

  it('that were made for other weights are refused, with the reason', async () => {
    await assert.rejects(adopt('tuned-for-others'), {
      code: 'lens-invalid',
      message: /made for other weights: after 2 blocks, where it should nearly say what the model says, it is \d+\.\d bits away/,
    });
    await assert.rejects(adopt('tuned-with-unembedding'), { code: 'lens-invalid', message: /holds another unembedding/ });
    const open = (name: string, size: typeof SIZE) => openPublishedLens(path.join(LENSES, name), size);
    await assert.rejects(open('tuned', { nLayers: 3, dModel: 64 }), {
      code: 'lens-invalid',
      message: /made for a model of 3 layers and width 40; this one has 3 layers and width 64/,
    });
    await assert.rejects(open('tuned', { nLayers: 2, dModel: 40 }), { code: 'lens-invalid', message: /made for a model of 3 layers/ });
    await assert.rejects(open('jacobian.pt', { nLayers: 3, dModel: 64 }), { code: 'lens-invalid', message: /width 40; this one/ });
    await assert.rejects(open('jacobian.pt', { nLayers: 2, dModel: 40 }), {
      code: 'lens-invalid',
      message: /made for a model of 3 layers/,
    });
    copyFileSync(path.join(LENSES, 'tuned', 'params.pt'), path.join(folder, 'params.pt'));
    await assert.rejects(openPublishedLens(path.join(folder, 'params.pt'), { nLayers: 3, dModel: 64 }), {
      message: /made for a model of another width: its map of border 0 is \[40, 40\], and the stream is 64 wide/,
    });
  });

  it('that lack a border, contain NaN, or are none are refused, with the reason', async () => {
    const four = { nLayers: 4, dModel: 40 };
    await assert.rejects(openPublishedLens(path.join(LENSES, 'jacobian.pt'), four), { message: /has no map for border 3 of 4/ });
    copyFileSync(path.join(LENSES, 'tuned', 'params.pt'), path.join(folder, 'params.pt'));
    await assert.rejects(openPublishedLens(folder, four), { message: /has no map for border 3 of 4/ });
    const tuned = await openPublishedLens(folder, SIZE);
    const storage = tuned.maps[1]?.weight.storage;
    assert.ok(storage?.kind === 'dense');
    const bytes = readFileSync(path.join(folder, 'params.pt'));
    bytes.writeFloatLE(NaN, storage.bytes.offset + 400);
    writeFileSync(path.join(folder, 'params.pt'), bytes);
    await assert.rejects(model.adoptLens(await openPublishedLens(folder, SIZE), parts, patient), {
      code: 'lens-invalid',
      message: /contains NaN or infinity at border 1/,
    });
    writeFileSync(path.join(folder, 'config.json'), '{"d_model": 40, "num_hidden_layers": 3, "lens_type": "mlp_tuned_lens"}');
    await assert.rejects(openPublishedLens(folder, SIZE), { message: /it is a mlp_tuned_lens; only linear ones are read/ });
    await assert.rejects(openPublishedLens(path.join(LENSES, 'absent'), SIZE), { code: 'lens-invalid', message: /There is no lens/ });
    await assert.rejects(openPublishedLens(__filename, SIZE), { code: 'weights-invalid', message: /was not written by torch.save/ });
    const hostile = path.join(__dirname, '..', 'unit', 'model', 'checkpoint', 'torch', 'fixtures', 'hostile.bin');
    await assert.rejects(openPublishedLens(hostile, SIZE), {
      code: 'weights-invalid',
      message: /contains code, and VISIT does not run it/,
    });
  });

  it('are not fitted any further once the call is cancelled', async () => {
    const context = { signal: { aborted: false }, report: ({ done }: { done: number }) => void (context.signal.aborted = done >= 5) };
    const sums = new LensSums('jacobian', 3, 40);
    await assert.rejects(model.fitLens(parts, { sums }, context), { code: 'cancelled' });
    assert.ok(sums.done.size >= 4 && sums.done.size < 32, `${sums.done.size}`);
    assert.equal(sums.prompts, sums.done.size);
    // What had been added is whole, and the rest is added to it.
    const [resumed, whole] = [await fit('jacobian', sums), await fit('jacobian')];
    assert.deepEqual(await resumed.mapAt(1), await whole.mapAt(1));
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function logSoftmax(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const sum = Math.log(logits.reduce((all, logit) => all + Math.exp(logit - largest), 0)) + largest;
  return logits.map((logit) => logit - sum);
}

/** KL(p ‖ q) in bits, of logarithms. */
function divergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, log, id) => sum + Math.exp(log) * (log - q[id]), 0) / Math.LN2;
}

function first(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
