/** A graph against the parts that it cannot do without: its pass, and the bare product of its rows with the unembedding. */
import { availableParallelism } from 'node:os';
import type { CallContext } from '../../src/core/call-context';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { seenFirst } from '../../src/core/present/rows/seen-first';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import { SessionPool, floats } from '../../src/engine/onnx/session-pool';
import { LensMaps } from '../../src/engine/onnx/lens-maps';
import { Weights } from '../../src/engine/onnx/weights';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { buildBareProduct } from './bare-product';
import type { Figures } from './figures';
import { race } from './race';
import { writeRandomLens } from './random-lens';

const TOKENS = 16;
const PASSES = 8;
/** Rows of one product: as many as the lens takes at once. */
const BATCH = 256;
const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

/** @param folder a GPT-2 of 12 layers */
export async function againstItsParts(figures: Figures, folder: string): Promise<void> {
  const checkpoint = await openCheckpoint(folder);
  const { spec, weights: tensors } = describeModel(checkpoint);
  const bare = new SessionPool(new Weights(tensors), { keep: true, threads: availableParallelism() });
  const model = await LoadedModel.load(checkpoint, null, QUIET);
  const product = { key: 'product', build: () => buildBareProduct(new Weights(tensors), spec), load: 'hot' as const };
  const d = spec.dModel;
  let prompts = 0;
  const forward = () => {
    const seed = prompts++;
    const tokens = Array.from({ length: TOKENS }, (_, i) => ({ id: (seed * 131 + i * 997) % 4000, text: '', start: 0, end: 0 }));
    return model.forward({ text: '', tokens }, QUIET);
  };
  const drawn = async (pass: Awaited<ReturnType<typeof forward>>, layers: { from: number; to: number }, position = TOKENS - 1) =>
    buildFlowGraph(pass, { position, target: null, layers, counts: DEFAULT_COUNTS }, QUIET);
  /** The same with those nodes read that are seen first, as the panel asks for it. */
  const begun = async (pass: Awaited<ReturnType<typeof forward>>, layers: { from: number; to: number }, position = TOKENS - 1) =>
    buildFlowGraph(pass, { position, target: null, layers, counts: DEFAULT_COUNTS }, QUIET, seenFirst);
  /** How many rows a graph reads. */
  const rowsOf = async (layers: { from: number; to: number }): Promise<number> => {
    const pass = await forward();
    const read = pass.read.bind(pass);
    let count = 0;
    pass.read = (rows, options) => {
      count += rows.length / d;
      return read(rows, options);
    };
    await drawn(pass, layers);
    return count;
  };
  const products = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done);
      const rows = Float32Array.from({ length: n * d }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5);
      await bare.use(product, (run) => run({ rows: floats(rows, [n, d]) }));
    }
  };
  const last = { from: spec.blocks.length - 1, to: spec.blocks.length - 1 };
  // As the model is when it has been looked at for some seconds.
  await drawn(await forward(), last);
  while (await model.packNext());
  const all = { from: 0, to: spec.blocks.length - 1 };
  for (const [what, layers] of [
    ['one layer', last],
    [`all ${spec.blocks.length} layers`, all],
  ] as const) {
    const rows = await rowsOf(layers);
    for (const [graph, seen] of [
      [begun, ', what is seen first'],
      [drawn, ', all of it'],
    ] as const) {
      const { ratio, work, best } = await race(
        async () => graph(await forward(), layers),
        async () => {
          await forward();
          await products(rows);
        },
      );
      figures.add({
        what: `GPT-2 124M, ${what}${seen}, new prompt / one pass and one product of ${rows} rows`,
        value: ratio,
        unit: '',
        budget: 1.2,
        note: `${work.toFixed(2)} by processor time; ${best.toFixed(0)} ms`,
      });
    }
  }
  const pass = await forward();
  const rows = await rowsOf(last);
  // So many that hardly any position is looked at twice.
  const passes = await Promise.all(Array.from({ length: PASSES }, forward));
  let position = 0;
  const next = (): Promise<unknown> => {
    const [at, of] = [position % (TOKENS - 1), Math.floor(position / (TOKENS - 1)) % PASSES];
    position++;
    return begun(passes[of], last, at);
  };
  const { ratio, work, best } = await race(next, () => products(rows));
  figures.add({
    what: 'GPT-2 124M, another position of the same prompt, what is seen first / the product of its rows',
    value: ratio,
    unit: '',
    budget: 1.3,
    note: `${work.toFixed(2)} by processor time; ${best.toFixed(0)} ms, 5 of which are free`,
  });
  await switchingLenses();
  await bare.release();
  await model.release();

  /** The same graph through one lens and the other by turns, against the products of its rows: with their maps, and with the vocabulary. */
  async function switchingLenses(): Promise<void> {
    const maps = new LensMaps(writeRandomLens(folder, spec), { nLayers: spec.blocks.length, dModel: d });
    const lenses = [0, 1].map((i) => {
      const tensors = writeRandomLens(folder, spec, `lens-${i}`);
      return { file: '', tensors, metadata: null, info: { kind: 'fitted', name: String(i), id: String(i) } } as const;
    });
    const at = Array.from({ length: rows }, () => ({ border: spec.blocks.length - 1, as: 'part' }) as const);
    let chosen = 0;
    const switched = await race(
      async () => {
        await model.readThrough(lenses[chosen++ % 2]);
        await drawn(pass, last);
      },
      async () => {
        await maps.map(new Float32Array(rows * d).fill(0.5), at);
        await products(rows);
      },
    );
    await model.readThrough(null);
    await maps.release();
    figures.add({
      what: 'GPT-2 124M, the same position through another lens / the product of its rows',
      value: switched.ratio,
      unit: '',
      budget: 1.3,
      note: `${switched.work.toFixed(2)} by processor time; ${switched.best.toFixed(0)} ms`,
    });
  }
}
