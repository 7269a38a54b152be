import { availableParallelism } from 'node:os';
import type { ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { BlockSummary } from '../../core/pass/block-state';
import type { CallContext } from '../../core/call-context';
import { traceName, type Tensor } from '../../core/format/trace-names';
import type { TokenText } from '../../core/text/token-text';
import { describeModel } from '../../model/architecture/registry';
import type { DescribedModel } from '../../model/architecture/registry';
import { checkPrompt } from './check-prompt';
import type { Checkpoint } from '../../model/checkpoint/checkpoint';
import { storageName } from '../../model/checkpoint/storage';
import { planEdits, runEdited, runEditedBlock, type PassIntervention } from '../interventions/intervene';
import { measureMemory } from '../memory/available';
import { memoryNeed, type MemoryNeed } from '../memory/need';
import { requireMemory } from '../memory/require-memory';
import { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices, SessionPool } from '../onnx/session-pool';
import { Weights } from '../onnx/weights';
import { ForwardPass, summaryOf } from './forward-pass';
import { stopIfCancelled } from '../../core/cancel';
import type { Vocabulary } from '../../model/tokenizer/vocabulary';

/**
 * Models that take more than this as F32 do not keep their sessions, each of which holds its weights widened and repacked: a
 * model larger than memory streams through it block by block.
 */
const KEPT_BYTES = 1e9;

/** Below this number of parameters a product is over before other threads have woken up, the more so on a busy machine. */
const PARALLEL_PARAMETERS = 2e7;

/** Names of a block's tensors by the outputs of its graph, in the order of the block. */
const BLOCK_TRACE = {
  ln1: traceName.ln1,
  q: traceName.q,
  k: traceName.k,
  v: traceName.v,
  rot_q: traceName.rotQ,
  rot_k: traceName.rotK,
  pattern: traceName.pattern,
  z: traceName.z,
  attn_raw: traceName.attnRaw,
  attn_out: traceName.attnOut,
  resid_mid: traceName.residMid,
  ln2: traceName.ln2,
  mlp_post: traceName.mlpPost,
  mlp_raw: traceName.mlpRaw,
  mlp_out: traceName.mlpOut,
  resid_post: traceName.residPost,
};

/** A tensor of the trace under its name. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** A loaded model: sessions built from a checkpoint's own bytes. */
export class LoadedModel {
  private constructor(
    readonly info: ModelInfo,
    private readonly graphs: ModelGraphs,
    private readonly vocabulary: Vocabulary | null,
    private readonly memory: { readonly need: MemoryNeed; readonly ignoreMemory: boolean },
  ) {}

  /**
   * Describes a model and makes sure that its weights are there. Sessions are made when they are first needed.
   *
   * @param vocabulary null for a checkpoint without a tokenizer: ids are shown as text
   * @param ignoreMemory load and run even if memory is short
   * @throws Problem `unknown-architecture`, `config-invalid`, `weights-missing`, `weights-invalid`, `cancelled`, `memory-low`,
   *   `out-of-memory`
   */
  static async load(
    checkpoint: Checkpoint,
    vocabulary: Vocabulary | null,
    context: CallContext,
    ignoreMemory = false,
  ): Promise<LoadedModel> {
    stopIfCancelled(context);
    const described = describeModel(checkpoint);
    const info = modelInfo(checkpoint.name, described);
    const keep = 4 * info.parameters <= KEPT_BYTES;
    const need = memoryNeed(described, keep);
    requireMemory(checkpoint.name, need.model, await measureMemory(), ignoreMemory);
    const weights = new Weights(described.weights);
    const pool = new SessionPool(weights, {
      keep,
      threads: info.parameters < PARALLEL_PARAMETERS ? 1 : availableParallelism(),
    });
    return new LoadedModel(info, new ModelGraphs(described.spec, weights, pool), vocabulary, { need, ignoreMemory });
  }

  /**
   * Runs the blocks; keeps only the residual stream at their borders.
   *
   * @param options.summaries look into each block at the last position while it runs, and keep that too; takes memory until `endSurvey`; see `startSurvey`
   * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `cancelled`, `memory-low`, `out-of-memory`
   */
  async forward(
    prompt: { text: string; tokens: readonly PromptToken[] },
    context: CallContext,
    { summaries: keep = false }: { readonly summaries?: boolean } = {},
  ): Promise<ForwardPass> {
    const { tokens } = prompt;
    checkPrompt(tokens, this.info);
    requireMemory(
      `A prompt of ${tokens.length} tokens`,
      this.memory.need.pass(tokens.length),
      await measureMemory(),
      this.memory.ignoreMemory,
    );
    const { spec } = this.graphs;
    const shape = [tokens.length, spec.dModel];

    stopIfCancelled(context);
    const embedded = await this.graphs.embed((run) => run({ tokens: indices(tokens.map(({ id }) => id)) }));
    const stream = [embedded.floats('resid_pre')];
    const summaries: BlockSummary[] = [];
    for (const layer of spec.blocks.keys()) {
      stopIfCancelled(context);
      context.report({ message: `block ${layer + 1} of ${spec.blocks.length}`, done: layer, total: spec.blocks.length });
      const residPre = floats(stream[layer], shape);
      const feeds = { resid_pre: residPre, ...this.graphs.positions(layer, tokens.length, tokens.length) };
      const results = keep
        ? await this.graphs.surveyBlock(layer, (run) => run(feeds))
        : await this.graphs.block(layer, 'run', (run) => run(feeds));
      if (keep) summaries.push(summaryOf(results, stream[layer].subarray(-spec.dModel)));
      stream.push(results.floats('resid_post'));
    }
    const origin = { model: this.info, prompt: prompt.text, tokens, tokenText: (id: number) => this.tokenText(id) };
    const embeddings = {
      embed: embedded.floats('embed'),
      ...(spec.embedding.norm && { embedRaw: embedded.floats('embed_raw') }),
      ...(spec.embedding.positions && { posEmbed: embedded.floats('pos_embed') }),
    };
    return new ForwardPass(this.graphs, origin, { ...embeddings, stream, ...(keep && { summaries }) }, context);
  }

  /**
   * Makes sure that there is memory for what summaries keep ready for the next of them. To be called once before
   * the first: later passes find it taken.
   *
   * @throws Problem `memory-low`, `out-of-memory`
   */
  async startSurvey(): Promise<void> {
    requireMemory('Processing the prompts', this.memory.need.survey, await measureMemory(), this.memory.ignoreMemory);
  }

  /** Gives back what summaries keep ready for the next of them. */
  endSurvey(): Promise<void> {
    return this.graphs.endSurvey();
  }

  /**
   * The pass of the same prompt with interventions; it shares the streams below the first block that is intervened on.
   *
   * @param position where sources of heads are changed
   * @throws Problem `cancelled`, `out-of-memory`
   */
  async intervene(
    pass: ForwardPass,
    interventions: readonly PassIntervention[],
    position: number,
    context: CallContext,
  ): Promise<ForwardPass> {
    const edits = await planEdits(this.graphs, interventions, pass.tokens.length, position, context);
    return pass.edited(await runEdited(this.graphs, pass, edits, context), interventions, edits, context);
  }

  /**
   * Every tensor of a pass in the order of the model, one block in memory at a time.
   *
   * @throws Problem `cancelled`, `out-of-memory`
   */
  async *trace(pass: ForwardPass, context: CallContext): AsyncGenerator<NamedTensor, void, undefined> {
    const { spec } = this.graphs;
    const T = pass.tokens.length;
    const rows = [T, spec.dModel];
    const named = (name: string, data: Float32Array, shape: readonly number[]): NamedTensor => ({ name, tensor: { data, shape } });

    yield named(traceName.embed, pass.embed, rows);
    if (pass.posEmbed) yield named(traceName.posEmbed, pass.posEmbed, rows);
    for (const [l, { attention, mlp }] of spec.blocks.entries()) {
      stopIfCancelled(context);
      context.report({ message: `block ${l + 1} of ${spec.blocks.length}`, done: l, total: spec.blocks.length });
      const residPre = pass.stream[l];
      const edit = pass.edits.get(l);
      const block = edit
        ? await runEditedBlock(this.graphs, l, 'trace', residPre, edit, T)
        : await this.graphs.block(l, 'trace', (run) => run({ resid_pre: floats(residPre, rows), ...this.graphs.positions(l, T, T) }));
      const shapes = {
        ln1: rows,
        q: [T, attention.nHeads, attention.dHead],
        k: [T, attention.nKeyValueHeads, attention.dHead],
        v: [T, attention.nKeyValueHeads, attention.dHead],
        rot_q: [T, attention.nHeads, attention.dHead],
        rot_k: [T, attention.nKeyValueHeads, attention.dHead],
        pattern: [attention.nHeads, T, T],
        z: [T, attention.nHeads, attention.dHead],
        attn_raw: rows,
        attn_out: rows,
        resid_mid: rows,
        ln2: rows,
        mlp_post: [T, mlp.dMlp],
        mlp_raw: rows,
        mlp_out: rows,
        resid_post: rows,
      };
      yield named(traceName.residPre(l), residPre, rows);
      for (const [output, shape] of Object.entries(shapes)) {
        if (block.names.includes(output)) yield named(BLOCK_TRACE[output as keyof typeof shapes](l), block.floats(output), shape);
      }
    }
    stopIfCancelled(context);
    const last = floats(pass.stream[spec.blocks.length], rows);
    const end = await this.graphs.unembed((run) => run({ resid_post: last }));
    if (spec.unembedding.norm) yield named(traceName.lnFinal, end.floats('normalized'), rows);
    yield named(traceName.logits, end.floats('logits'), [T, spec.vocabSize]);
  }

  /** Gives the model's memory back; the model cannot be used afterwards. */
  release(): Promise<void> {
    return this.graphs.release();
  }

  private tokenText(id: number): TokenText {
    return this.vocabulary?.tokenText(id) ?? { id, text: String(id) };
  }
}

/** Dimensions and provenance. Shared weights count once, and tensors that the model does not read do not count. */
function modelInfo(name: string, { spec, weights }: DescribedModel): ModelInfo {
  const { attention, mlp } = spec.blocks[0];
  const tensors = [...weights.values()];
  return {
    name,
    family: spec.family,
    nLayers: spec.blocks.length,
    nHeads: attention.nHeads,
    nKeyValueHeads: attention.nKeyValueHeads,
    dModel: spec.dModel,
    dHead: attention.dHead,
    dMlp: mlp.dMlp,
    vocabSize: spec.vocabSize,
    contextLength: spec.contextLength,
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    dtype: [...new Set(tensors.map(({ storage }) => storageName(storage)))].join('+'),
  };
}
