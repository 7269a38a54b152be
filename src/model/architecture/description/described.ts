/** A model of one's own, as visit.model.json describes it. */
import { DESCRIBED_TYPE } from '../../checkpoint/folder-config';
import { firstIssue } from '../../schema-problem';
import type { Config, Family } from '../family';
import type { AttentionSpec, BlockSpec, BottleneckSpec, LinearSpec, MlpSpec, ModelSpec, NormSpec, UnembeddingSpec } from '../model-spec';
import { noFeedForward } from '../parts/tensors';
import { invalidDescription } from './invalid';
import { linearSpec, type MatrixSizes } from './matrices';
import { descriptionSchema, type DescribedBottleneck, type DescribedLinear, type DescribedNorm, type Description } from './schema';

export const described: Family = {
  modelType: DESCRIBED_TYPE,

  describe(config): ModelSpec {
    const description = readDescription(config);
    const { dModel: d, contextLength, vocabSize, embedding } = description;
    const { norm, projection, width = d } = embedding;
    return {
      family: description.family,
      dModel: d,
      vocabSize,
      contextLength,
      embedding: {
        tokens: { tensor: embedding.tokens, rows: vocabSize, width },
        ...(projection && { projection: linearSpec(projection, { inputs: width, outputs: d }) }),
        ...(embedding.scale !== undefined && { scale: embedding.scale }),
        ...(embedding.positions && { positions: { tensor: embedding.positions, rows: contextLength, width: d, offset: 0 } }),
        ...(norm && { norm: normSpec(description, norm) }),
      },
      blocks: Array.from({ length: description.layers }, (_, layer) => blockSpec(inBlock(description, layer))),
      unembedding: unembeddingSpec(description),
    };
  },
};

/** @throws Problem `config-invalid` naming the first field that is missing or wrong */
function readDescription(config: Config): Description {
  const { success, data, error } = descriptionSchema.safeParse(config);
  if (!success) throw invalidDescription(firstIssue(error));
  const { dModel, heads, dHead, keyValueHeads = heads, dMlp, rotary, blocks, vocabulary, vocabSize } = data;
  if (vocabulary && vocabulary.tokens.length !== vocabSize) {
    throw invalidDescription(`vocabulary.tokens has ${vocabulary.tokens.length} tokens where vocabSize is ${vocabSize}`);
  }
  if (dHead === undefined && dModel % heads !== 0)
    throw invalidDescription(`dModel (${dModel}) is not a multiple of heads (${heads}), and there is no dHead`);
  if (heads % keyValueHeads !== 0) throw invalidDescription(`heads (${heads}) is not a multiple of keyValueHeads (${keyValueHeads})`);
  const width = dHead ?? dModel / heads;
  if (rotary && ((rotary.width ?? width) % 2 !== 0 || (rotary.width ?? width) > width)) {
    throw invalidDescription(`rotary.width must be even and at most the width of a head (${width})`);
  }
  checkTable(data);
  const parts = [dMlp, blocks.up, blocks.down].filter((part) => part !== undefined).length;
  if (parts !== 0 && parts !== 3)
    throw invalidDescription('dMlp, blocks.up and blocks.down go together: a feed-forward layer has all three');
  if (blocks.gate && parts === 0) throw invalidDescription('blocks.gate is there without blocks.up and blocks.down');
  if (parts === 0 && (blocks.ln2 || data.wiring === 'post-norm')) {
    throw invalidDescription('without a feed-forward layer, blocks.ln2 and the wiring post-norm have nothing to act on');
  }
  if (parts === 0 && blocks.ln2Post) throw invalidDescription('without a feed-forward layer, blocks.ln2Post has nothing to act on');
  if (data.wiring === 'post-norm' && (blocks.ln1Post || blocks.ln2Post)) {
    throw invalidDescription('with the wiring post-norm, blocks.ln1 and blocks.ln2 are the norms: there is no ln1Post or ln2Post');
  }
  return data;
}

/** @throws Problem `config-invalid` where the token table is of another width than the stream, and nothing leads from one to the other */
function checkTable({ dModel, embedding, unembedding }: Description): void {
  const { width = dModel } = embedding;
  if (width === dModel) return;
  if (embedding.projection === undefined) {
    throw invalidDescription(`embedding.width (${width}) is not dModel (${dModel}), and there is no embedding.projection`);
  }
  if (unembedding.projection === undefined && unembedding.weight === undefined) {
    throw invalidDescription(`the token table, ${width} wide, is the unembedding too, and there is no unembedding.projection`);
  }
}

/** The description of one block: the number takes the place of `*` in the names of its tensors. */
function inBlock(description: Description, layer: number): Description {
  const numbered = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('*', String(layer))) as T;
  return { ...description, blocks: numbered(description.blocks) };
}

/** @param width of the rows that are normed; absent: that of the stream */
function normSpec({ dModel, norm: { kind, epsilon } }: Description, { gain, bias }: DescribedNorm, width = dModel): NormSpec {
  return {
    kind,
    width,
    epsilon,
    ...(gain && { gain: { tensor: gain, length: width } }),
    ...(bias && { bias: { tensor: bias, length: width } }),
  };
}

function blockSpec(description: Description): BlockSpec {
  const { wiring, dMlp, blocks } = description;
  return {
    // Blocks of attention alone have no stream between branches, as parallel ones have none.
    wiring: dMlp === undefined ? 'parallel' : wiring,
    ...(blocks.ln1 && { ln1: normSpec(description, blocks.ln1) }),
    attention: attentionSpec(description),
    ...(blocks.ln1Post && { ln1Post: normSpec(description, blocks.ln1Post) }),
    ...(blocks.ln2 && { ln2: normSpec(description, blocks.ln2) }),
    mlp: mlpSpec(description),
    ...(blocks.ln2Post && { ln2Post: normSpec(description, blocks.ln2Post) }),
  };
}

function attentionSpec(description: Description): AttentionSpec {
  const { dModel: d, heads, keyValueHeads = heads, dHead = d / heads, rotary, window, blocks } = description;
  const { qBottleneck, kvBottleneck, qNorm, kNorm } = blocks;
  const towards = (layer: DescribedLinear, count: number, inputs = d): LinearSpec =>
    linearSpec(layer, { inputs, outputs: count * dHead, heads: { count, of: 'outputs' } });
  const narrow = ({ width, norm, ...layer }: DescribedBottleneck): BottleneckSpec => ({
    layer: linearSpec(layer, { inputs: d, outputs: width }),
    ...(norm && { norm: normSpec(description, norm, width) }),
  });
  return {
    nHeads: heads,
    nKeyValueHeads: keyValueHeads,
    dHead,
    scale: description.attentionScale ?? 1 / Math.sqrt(dHead),
    q: towards(blocks.q, heads, qBottleneck?.width),
    k: towards(blocks.k, keyValueHeads, kvBottleneck?.width),
    v: towards(blocks.v, keyValueHeads, kvBottleneck?.width),
    ...(qBottleneck && { qBottleneck: narrow(qBottleneck) }),
    ...(kvBottleneck && { kvBottleneck: narrow(kvBottleneck) }),
    ...(qNorm && { qNorm: [normSpec(description, qNorm, dHead)] }),
    ...(kNorm && { kNorm: [normSpec(description, kNorm, dHead)] }),
    o: linearSpec(blocks.o, { inputs: heads * dHead, outputs: d, heads: { count: heads, of: 'inputs' } }),
    ...(rotary && { rotary: { width: rotary.width ?? dHead, interleaved: rotary.interleaved, base: rotary.base } }),
    ...(window !== undefined && { window }),
  };
}

function mlpSpec({ dModel: d, dMlp, activation, blocks: { gate, up, down } }: Description): MlpSpec {
  if (dMlp === undefined || up === undefined || down === undefined) return noFeedForward(d);
  const into: MatrixSizes = { inputs: d, outputs: dMlp };
  return {
    dMlp,
    activation,
    ...(gate && { gate: linearSpec(gate, into) }),
    up: linearSpec(up, into),
    down: linearSpec(down, { inputs: dMlp, outputs: d }),
  };
}

function unembeddingSpec(description: Description): UnembeddingSpec {
  const { vocabSize, dModel, embedding, unembedding } = description;
  const { norm, projection, weight, stored, bias, scale, softCap } = unembedding;
  const inputs = projection ? (embedding.width ?? dModel) : dModel;
  const table = weight === undefined ? { weight: embedding.tokens, stored: 'out_in' as const } : { weight, stored };
  return {
    ...(norm && { norm: normSpec(description, norm) }),
    ...(projection && { projection: linearSpec(projection, { inputs: dModel, outputs: inputs }) }),
    table: linearSpec({ ...table, bias }, { inputs, outputs: vocabSize }),
    ...(scale !== undefined && { scale }),
    ...(softCap !== undefined && { softCap }),
  };
}
