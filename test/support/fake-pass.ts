/**
 * An `InspectablePass` in plain arithmetic: a GPT-2-shaped pass of random numbers whose sums hold by construction, with a
 * lens that multiplies by a random unembedding. Slow and obvious, so that what is tested is the code that uses it.
 */
import type { ModelInfo, PromptToken } from '../../src/core/format/flow-graph';
import type { BlockRanking, BlockSummary, BlockSelection, BlockState, SelectedVectors } from '../../src/core/pass/block-state';
import type { Baseline, DifferentiatedBlock, DifferentiatedPass } from '../../src/core/pass/effects';
import type { QuantityAt } from '../../src/core/pass/gradients';
import type { TokenMeasure } from '../../src/core/format/share-measure';
import type { InspectablePass } from '../../src/core/pass/inspectable-pass';
import { measureOf, type LensBatch, type LensRequest } from '../../src/core/pass/lens';
import { notDrawn } from '../../src/core/build/select';
import { dot, joined, norm, orderDescending, rowOf, sumRows } from '../../src/core/pass/vector';

/** Numbers in [-1, 1) from a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export interface FakeShape {
  readonly nLayers: number;
  readonly nHeads: number;
  readonly dModel: number;
  readonly dMlp: number;
  readonly vocabSize: number;
  readonly seed: number;
}

const DEFAULT_SHAPE: FakeShape = { nLayers: 3, nHeads: 4, dModel: 16, dMlp: 40, vocabSize: 97, seed: 1 };

/** One block's random weights and activations at every position. */
interface FakeBlock {
  readonly state: BlockState;
  readonly sourceKeys: Float32Array;
  readonly sourceValues: Float32Array;
  readonly oRows: Float32Array;
  readonly neuronKeys: Float32Array;
  readonly neuronValues: Float32Array;
}

// Loops: these are called some hundred thousand times, in most of the unit tests.
function sumOf(xs: Float32Array): number {
  let sum = 0;
  for (const x of xs) sum += x;
  return sum;
}
const meanOf = (xs: Float32Array): number => sumOf(xs) / xs.length;
function plus(...xs: Float32Array[]): Float32Array {
  const sums = new Float32Array(xs[0].length);
  for (let c = 0; c < sums.length; c++) {
    let sum = 0;
    for (const x of xs) sum += x[c];
    sums[c] = sum;
  }
  return sums;
}
function scaled(matrix: Float32Array, factors: ArrayLike<number>, width: number): Float32Array {
  const product = new Float32Array(matrix.length);
  for (let row = 0; row * width < matrix.length; row++)
    for (let c = row * width; c < (row + 1) * width; c++) product[c] = matrix[c] * factors[row];
  return product;
}

/** A pass over the words of `prompt`, one token a word; `words` names the vocabulary's entries. */
export class FakePass implements InspectablePass {
  readonly model: ModelInfo;
  readonly tokens: readonly PromptToken[];
  readonly embed: Float32Array;
  readonly posEmbed: Float32Array;
  readonly stream: readonly Float32Array[];
  /** how often the lens was called, to show that it is not called per node */
  reads = 0;
  readonly #blocks: readonly FakeBlock[];
  readonly #unembed: Float32Array;
  readonly #words: readonly string[];

  constructor(
    readonly prompt = 'The capital of Japan is the city of',
    words: readonly string[] = [],
    shape: Partial<FakeShape> = {},
  ) {
    const { nLayers, nHeads, dModel: d, dMlp, vocabSize, seed } = { ...DEFAULT_SHAPE, ...shape };
    const next = randomNumbers(seed);
    const random = (n: number): Float32Array => {
      const numbers = new Float32Array(n);
      for (let i = 0; i < n; i++) numbers[i] = next();
      return numbers;
    };
    this.#words = words;
    this.tokens = Array.from(prompt.matchAll(/\s?\S+/g), (m, i) => ({ id: i, text: m[0], start: m.index, end: m.index + m[0].length }));
    this.model = {
      name: 'fake',
      family: 'gpt2',
      nLayers,
      nHeads,
      nKeyValueHeads: nHeads,
      dModel: d,
      dHead: d / nHeads,
      dMlp,
      vocabSize,
      contextLength: 64,
      parameters: 1,
      dtype: 'F32',
    };
    const nTokens = this.tokens.length;
    this.embed = random(nTokens * d);
    this.posEmbed = random(nTokens * d);
    this.#unembed = random(vocabSize * d);
    const stream = [plus(this.embed, this.posEmbed)];
    const blocks: FakeBlock[] = [];
    for (let l = 0; l < nLayers; l++) {
      const block = fakeBlock(rowOf(stream[l], nTokens - 1, d), nHeads, d, dMlp, nTokens, random);
      const after = Float32Array.from(stream[l]);
      after.set(block.state.residPost, (nTokens - 1) * d);
      blocks.push(block);
      stream.push(after);
    }
    this.stream = stream;
    this.#blocks = blocks;
  }

  /** Only the last position is made up. */
  async pattern(layer: number, _position: number): Promise<Float32Array> {
    return this.#blocks[layer].state.attention.pattern;
  }

  /** A dense model. */
  async routing(): Promise<null> {
    return null;
  }

  async block(layer: number, _position: number): Promise<BlockState> {
    return this.#blocks[layer].state;
  }

  async vectors(layer: number, position: number, state: BlockState, selection: BlockSelection): Promise<SelectedVectors> {
    const d = this.model.dModel;
    const { nHeads, dMlp } = this.model;
    const block = this.#blocks[layer];
    const nTokens = this.tokens.length;
    const pick = (matrix: Float32Array, rows: readonly number[]): Float32Array =>
      Float32Array.from(rows.flatMap((r) => Array.from(rowOf(matrix, r, d))));
    const pairs = selection.heads.flatMap((h, i) => selection.sources[i].map((j) => h * nTokens + j));
    const weighted = scaled(block.sourceValues, state.attention.pattern, d);
    const rests = selection.heads.map((h, i) =>
      sumRows(
        weighted,
        notDrawn(position + 1, selection.sources[i]).map((j) => h * nTokens + j),
        d,
      ),
    );
    return {
      keys: pick(block.sourceKeys, pairs),
      values: pick(block.sourceValues, pairs),
      restSources: Float32Array.from(rests.flatMap((r) => Array.from(r))),
      restHeads: sumRows(state.attention.headOut, notDrawn(nHeads, selection.heads), d),
      oRows: pick(block.oRows, selection.oNeurons),
      restO: sumRows(scaled(block.oRows, state.attention.z, d), notDrawn(d, selection.oNeurons), d),
      neuronKeys: pick(block.neuronKeys, selection.neurons),
      neuronValues: pick(block.neuronValues, selection.neurons),
      restNeurons: sumRows(scaled(block.neuronValues, state.mlp.coefficients, d), notDrawn(dMlp, selection.neurons), d),
    };
  }

  async alongSources(layer: number, _position: number, state: BlockState, direction: Float32Array): Promise<Float32Array> {
    const { sourceValues } = this.#blocks[layer];
    const { weights, pattern } = state.attention;
    return (weights ?? pattern).map((weight, i) => weight * dot(rowOf(sourceValues, i, this.model.dModel), direction));
  }

  async along(layer: number, position: number, state: BlockState, direction: Float32Array): Promise<BlockRanking> {
    const { oRows, neuronValues } = this.#blocks[layer];
    const d = this.model.dModel;
    return {
      heads: state.attention.headOut.slice(0, this.model.nHeads).map((_, h) => dot(rowOf(state.attention.headOut, h, d), direction)),
      sources: await this.alongSources(layer, position, state, direction),
      rows: state.attention.z.map((z, i) => z * dot(rowOf(oRows, i, d), direction)),
      neurons: state.mlp.coefficients.map((coefficient, i) => coefficient * dot(rowOf(neuronValues, i, d), direction)),
    };
  }

  async read(rows: Float32Array, request: LensRequest): Promise<LensBatch> {
    this.reads++;
    const d = this.model.dModel;
    const v = this.model.vocabSize;
    const n = rows.length / d;
    const k = Math.min(request.k, v);
    const target =
      'id' in request.target ? request.target.id : orderDescending(this.#logitsOf(rowOf(rows, request.target.predictedBy, d)))[0];
    const batch = {
      target,
      topIds: new Int32Array(n * k),
      topLogits: new Float32Array(n * k),
      topProbabilities: new Float32Array(n * k),
      bottomIds: new Int32Array(n * k),
      bottomLogits: new Float32Array(n * k),
      bottomProbabilities: new Float32Array(n * k),
      targetLogits: new Float32Array(n),
      targetProbabilities: new Float32Array(n),
      targetRanks: new Int32Array(n),
      entropies: new Float32Array(n),
      norms: new Float32Array(n),
      shares: new Float32Array(n),
      k,
    };
    for (let i = 0; i < n; i++) {
      const x = rowOf(rows, i, d);
      const logits = this.#logitsOf(x);
      const highest = Math.max(...logits);
      const exp = logits.map((logit) => Math.exp(logit - highest));
      const total = sumOf(exp);
      const order = orderDescending(logits);
      for (let m = 0; m < k; m++) {
        const [top, bottom] = [order[m], order[v - 1 - m]];
        batch.topIds[i * k + m] = top;
        batch.topLogits[i * k + m] = logits[top];
        batch.topProbabilities[i * k + m] = exp[top] / total;
        batch.bottomIds[i * k + m] = bottom;
        batch.bottomLogits[i * k + m] = logits[bottom];
        batch.bottomProbabilities[i * k + m] = exp[bottom] / total;
      }
      const { against } = request.target;
      batch.targetLogits[i] = logits[target] - (against === undefined ? 0 : logits[against]);
      batch.targetProbabilities[i] = exp[target] / total;
      batch.targetRanks[i] = 1 + order.findIndex((id) => logits[id] === logits[target]);
      for (const e of exp) if (e > 0) batch.entropies[i] -= (e / total) * Math.log2(e / total);
      batch.norms[i] = norm(x);
      batch.shares[i] = batch.targetLogits[i] - (measureOf(request.target) === 'centred' ? meanOf(logits) : 0);
    }
    return batch;
  }

  async normBias(): Promise<number> {
    return 0;
  }

  /** Other positions than the last have zeros. */
  async summary(layer: number, position: number): Promise<BlockSummary> {
    const { residPre, residMid, attention, mlp } = this.#blocks[layer].state;
    const rows = (last: Float32Array): Float32Array => {
      const matrix = new Float32Array((position + 1) * this.model.dModel);
      matrix.set(last, position * this.model.dModel);
      return matrix;
    };
    return {
      residPre,
      ...(residMid && { residMid }),
      attention: { ...(attention.ln && { ln: attention.ln }), out: rows(attention.out) },
      mlp: { kind: 'dense', ...(mlp.ln && { ln: mlp.ln }), out: rows(mlp.out), coefficients: mlp.coefficients },
    };
  }

  /** There is no norm in front of the fake unembedding. */
  async finalNorm(position: number): Promise<Float32Array> {
    return rowOf(this.stream[this.model.nLayers], position, this.model.dModel);
  }

  async throughFrozenNorm(rows: Float32Array): Promise<Float32Array> {
    return rows;
  }

  async directions(_position: number, ids: readonly number[], measure: TokenMeasure): Promise<Float32Array> {
    const { dModel: d, vocabSize: v } = this.model;
    const origin = new Float64Array(d);
    if (measure === 'centred') this.#unembed.forEach((u, i) => (origin[i % d] += u / v));
    return Float32Array.from(ids.flatMap((id) => Array.from(rowOf(this.#unembed, id, d), (u, c) => u - origin[c])));
  }

  async meanLogit(position: number): Promise<number> {
    return meanOf(await this.logits(rowOf(this.stream[this.model.nLayers], position, this.model.dModel)));
  }

  async logits(rows: Float32Array): Promise<Float32Array> {
    const { dModel: d } = this.model;
    return joined(Array.from({ length: rows.length / d }, (_, i) => this.#logitsOf(rowOf(rows, i, d))));
  }

  /** What the unembedding makes of one vector. [V] */
  #logitsOf(x: Float32Array): Float32Array {
    const unembed = this.#unembed;
    const logits = new Float32Array(this.model.vocabSize);
    for (let id = 0, at = 0; id < logits.length; id++) {
      let sum = 0;
      for (let c = 0; c < x.length; c++, at++) sum += unembed[at] * x[c];
      logits[id] = sum;
    }
    return logits;
  }

  /** Of the last position, all else being 0; nothing depends on the stream, so the gradient is the target's direction everywhere. */
  async differentiate({ of }: QuantityAt, baseline: Baseline): Promise<DifferentiatedPass> {
    const { dModel: d, nLayers, vocabSize } = this.model;
    const row = (id: number): Float32Array => rowOf(this.#unembed, id, d);
    const everyToken = Array.from({ length: vocabSize }, (_, id) => id);
    const mean = sumRows(this.#unembed, everyToken, d).map((x) => x / vocabSize);
    const minus = of.kind === 'difference' ? row(of.against) : of.kind === 'centred-logit' ? mean : new Float32Array(d);
    const direction = row(of.id).map((x, c) => x - minus[c]);
    const others = baseline.kind === 'zero' ? null : ((baseline.kind === 'twin' ? [baseline.pass] : baseline.passes) as FakePass[]);
    const n = this.tokens.length;
    const m = Math.min(n, Math.max(0, ...(others ?? [this]).map((other) => other.tokens.length)));
    const last = rowOf(this.stream[nLayers], n - 1, d);
    return {
      value: dot(last, direction),
      first: n - m,
      ...(others && {
        embeddings: {
          embed: meanOfLast(others, m, (other) => rowOf(other.embed, other.tokens.length - 1, d)),
          posEmbed: meanOfLast(others, m, (other) => rowOf(other.posEmbed, other.tokens.length - 1, d)),
        },
      }),
      blocks: (downTo) => this.#differentiatedBlocks(direction, others, m, downTo),
    };
  }

  async *#differentiatedBlocks(
    direction: Float32Array,
    others: readonly FakePass[] | null,
    m: number,
    downTo: number,
  ): AsyncGenerator<DifferentiatedBlock, void, undefined> {
    const { nLayers, nHeads, dModel: d } = this.model;
    const n = this.tokens.length;
    const k = d / nHeads;
    const lastRow = (values: Float32Array): Float32Array => meanOfLast([this], n, () => values);
    const perRow = (matrix: Float32Array): Float32Array =>
      Float32Array.from({ length: matrix.length / d }, (_, i) => dot(rowOf(matrix, i, d), direction));
    for (let layer = nLayers - 1; layer >= downTo; layer--) {
      const { state, oRows, neuronValues } = this.#blocks[layer];
      const meanOf = (tensor: (state: BlockState) => Float32Array): Float32Array =>
        meanOfLast(others ?? [], m, (other) => tensor(other.#blocks[layer].state));
      const written = (rows: Float32Array, factors: Float32Array, bias: Float32Array | undefined): Float32Array =>
        plus(sumRows(scaled(rows, factors, d), [...factors.keys()], d), bias ?? new Float32Array(d));
      const lastOf = (rows: number, vector: Float32Array): Float32Array => meanOfLast([this], rows, () => vector);
      const meanAtEnd = (tensor: (state: BlockState) => Float32Array): Float32Array => {
        const mean = meanOf(tensor);
        return mean.subarray((mean.length / m) * (m - 1));
      };
      const attnOut = written(
        oRows,
        meanAtEnd(({ attention }) => attention.z),
        state.attention.bias,
      );
      const mlpOut = written(
        neuronValues,
        meanAtEnd(({ mlp }) => mlp.coefficients),
        state.mlp.kind === 'dense' ? state.mlp.biasOut : undefined,
      );
      /** Every source of a head has the same value, so that they sum to the head. */
      const read = (other: FakePass, head: number, j: number, c: number): number => {
        const { pattern, z } = other.#blocks[layer].state.attention;
        const length = other.tokens.length;
        return j < m - length ? 0 : pattern[head * length + j - m + length] * z[head * k + c];
      };
      yield {
        layer,
        values: {
          z: lastRow(state.attention.z),
          mlpPost: lastRow(state.mlp.coefficients),
          attnOut: lastRow(state.attention.out),
          mlpOut: lastRow(state.mlp.out),
        },
        sources: {
          weights: state.attention.pattern,
          v: Float32Array.from({ length: n * d }, (_, i) => state.attention.z[i % d]),
          patched: [],
        },
        gradients: {
          z: lastRow(perRow(oRows)),
          mlpPost: lastRow(perRow(neuronValues)),
          attnOut: lastRow(direction),
          mlpOut: lastRow(direction),
        },
        postGradient: lastRow(direction),
        preGradient: lastRow(direction),
        ...(others && {
          // The other passes' activations, written by this pass's weights: they are of one model.
          baseline: {
            first: n - m,
            z: meanOf(({ attention }) => attention.z),
            mlpPost: meanOf(({ mlp }) => mlp.coefficients),
            attnOut: lastOf(m, attnOut),
            mlpOut: lastOf(m, mlpOut),
            pre: meanOf(({ residPre }) => residPre),
            post: lastOf(
              m,
              plus(
                rowOf(
                  meanOf(({ residPre }) => residPre),
                  m - 1,
                  d,
                ),
                attnOut,
                mlpOut,
              ),
            ),
            sources: Float32Array.from(
              { length: nHeads * m * k },
              (_, i) =>
                others.reduce((sum, other) => sum + read(other, Math.floor(i / (m * k)), Math.floor(i / k) % m, i % k), 0) / others.length,
            ),
          },
        }),
      };
    }
  }

  tokenText(id: number): { id: number; text: string } {
    return { id, text: this.#words[id % Math.max(1, this.#words.length)] ?? ` word${id}` };
  }
}

/** Rows that are 0 but for the last, which is a mean over passes. [rows,width] */
function meanOfLast(passes: readonly FakePass[], rows: number, of: (pass: FakePass) => Float32Array): Float32Array {
  const values = passes.map(of);
  const width = values[0]?.length ?? 0;
  const matrix = new Float32Array(rows * width);
  for (let c = 0; c < width; c++) matrix[(rows - 1) * width + c] = values.reduce((sum, x) => sum + x[c], 0) / values.length;
  return matrix;
}

/** A block at one position whose heads, rows of W_O and neurons really sum to its outputs. */
function fakeBlock(
  residPre: Float32Array,
  nHeads: number,
  d: number,
  dMlp: number,
  nTokens: number,
  random: (n: number) => Float32Array,
): FakeBlock {
  const sourceValues = random(nHeads * nTokens * d);
  const raw = random(nHeads * nTokens).map((x) => Math.exp(3 * x));
  const heads = Array.from({ length: nHeads }, (_, h) => h);
  const sources = Array.from({ length: nTokens }, (_, j) => j);
  const sums = Float64Array.from(heads, (h) => sumOf(rowOf(raw, h, nTokens)));
  const pattern = raw.map((x, i) => x / sums[Math.floor(i / nTokens)]);
  const weighted = scaled(sourceValues, pattern, d);
  const headOut = joined(
    heads.map((h) =>
      sumRows(
        weighted,
        sources.map((j) => h * nTokens + j),
        d,
      ),
    ),
  );
  const headSum = sumRows(headOut, heads, d);
  // Rows of W_O scaled so that z · W_O is the sum of the heads: the last row takes what the others leave.
  const z = random(d).map((x) => x + Math.sign(x));
  const oRows = random(d * d);
  const others = sumRows(
    scaled(oRows, z, d),
    Array.from({ length: d - 1 }, (_, i) => i),
    d,
  );
  oRows.set(
    headSum.map((x, c) => (x - others[c]) / z[d - 1]),
    (d - 1) * d,
  );
  const attnBias = random(d);
  const attnOut = plus(headSum, attnBias);
  const residMid = plus(residPre, attnOut);
  const coefficients = random(dMlp);
  const neuronValues = random(dMlp * d);
  const mlpBiasOut = random(d);
  const mlpOut = plus(
    sumRows(
      scaled(neuronValues, coefficients, d),
      Array.from({ length: dMlp }, (_, i) => i),
      d,
    ),
    mlpBiasOut,
  );
  const norms = (matrix: Float32Array): Float32Array =>
    Float32Array.from({ length: matrix.length / d }, (_, i) => norm(rowOf(matrix, i, d)));
  return {
    sourceKeys: random(nHeads * nTokens * d),
    sourceValues,
    oRows,
    neuronKeys: random(dMlp * d),
    neuronValues,
    state: {
      residPre: Float32Array.from(residPre),
      residMid,
      residPost: plus(residMid, mlpOut),
      attention: {
        ln: random(d),
        out: attnOut,
        query: random(nHeads * d),
        ownKey: random(nHeads * d),
        ownValue: random(nHeads * d),
        headOut,
        pattern,
        z,
        rowNorms: norms(oRows),
        bias: attnBias,
      },
      mlp: {
        kind: 'dense',
        ln: random(d),
        out: mlpOut,
        coefficients,
        valueNorms: norms(neuronValues),
        biasIn: random(d),
        biasOut: mlpBiasOut,
      },
    },
  };
}
