/**
 * The decoder of fairseq: its blocks, as OPT has them too, and the whole as XGLM and BioGPT have it, with norms before both branches,
 * biases everywhere, and something added for positions.
 */
import { activationOf } from './activations';
import { requireMultiple } from './config-fields';
import type { Activation, BlockSpec, EmbeddingSpec, LinearSpec, ModelSpec, NormSpec, TableSpec } from '../model-spec';
import { layerNorm, linear } from './tensors';

/** Written into the reference implementation, whatever config.json gives. */
const EPSILON = 1e-5;

/** What a family's file knows. */
interface FairseqDecoder {
  /** what begins the names of all tensors but the unembedding's */
  readonly prefix: string;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly dModel: number;
  readonly dMlp: number;
  readonly layers: number;
  readonly nHeads: number;
  /** the field that names it, and its name */
  readonly activation: readonly [field: string, name: string];
  readonly embeddingScale: number | undefined;
  readonly positions: NonNullable<EmbeddingSpec['positions']>;
  readonly table: (tokens: TableSpec) => LinearSpec;
}

/** What is known of a block. */
interface FairseqBlock {
  /** begins the names of its tensors */
  readonly at: string;
  readonly wiring: Extract<BlockSpec['wiring'], 'sequential' | 'post-norm'>;
  readonly dModel: number;
  readonly dMlp: number;
  readonly nHeads: number;
  readonly activation: Activation;
  /** of every layer */
  readonly bias: boolean;
  readonly norm: (name: string) => NormSpec;
}

/** Describes a block with fairseq's names. */
export function fairseqBlock({ at, wiring, dModel: d, dMlp, nHeads, activation, bias, norm }: FairseqBlock): BlockSpec {
  const project = (name: string) => linear(`${at}.self_attn.${name}_proj`, d, d, bias);
  return {
    wiring,
    ln1: norm(`${at}.self_attn_layer_norm`),
    attention: {
      nHeads,
      nKeyValueHeads: nHeads,
      dHead: d / nHeads,
      scale: 1 / Math.sqrt(d / nHeads),
      q: project('q'),
      k: project('k'),
      v: project('v'),
      o: project('out'),
    },
    ln2: norm(`${at}.final_layer_norm`),
    mlp: { dMlp, activation, up: linear(`${at}.fc1`, d, dMlp, bias), down: linear(`${at}.fc2`, dMlp, d, bias) },
  };
}

/**
 * Describes a model of this layout.
 *
 * @throws Problem `config-invalid`
 */
export function fairseqDecoder(family: string, decoder: FairseqDecoder): ModelSpec {
  const { prefix, vocabSize, contextLength, dModel: d, dMlp, layers, nHeads, embeddingScale: scale, positions } = decoder;
  requireMultiple('the width of the stream', d, 'the number of heads', nHeads);
  const activation = activationOf(...decoder.activation);
  const norm = (name: string) => layerNorm(name, d, EPSILON);

  const block = (layer: number): BlockSpec =>
    fairseqBlock({ at: `${prefix}layers.${layer}`, wiring: 'sequential', dModel: d, dMlp, nHeads, activation, bias: true, norm });

  const tokens = { tensor: `${prefix}embed_tokens.weight`, rows: vocabSize, width: d };
  return {
    family,
    dModel: d,
    vocabSize,
    contextLength,
    embedding: { tokens, positions, ...(scale !== undefined && { scale }) },
    blocks: Array.from({ length: layers }, (_, layer) => block(layer)),
    unembedding: { norm: norm(`${prefix}layer_norm`), table: decoder.table(tokens) },
  };
}
