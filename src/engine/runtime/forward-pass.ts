import type { ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { AppliedIntervention } from '../../core/format/intervention';
import type { BranchSummary, BlockSummary, BlockSelection, BlockState, SelectedVectors } from '../../core/pass/block-state';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { LensBatch, LensRequest, Target } from '../../core/pass/lens';
import type { CallContext } from '../../core/call-context';
import type { TokenText } from '../../core/text/token-text';
import { applied, runEditedBlock, type PassEdits, type PassIntervention } from '../interventions/intervene';
import { editedState } from '../interventions/edited-state';
import { readRows, targetDirection } from './lens';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices } from '../onnx/session-pool';
import type { Feed, Results } from '../onnx/session-pool';
import { stopIfCancelled } from '../../core/cancel';

/** What a forward pass keeps: embeddings, and the residual stream at the block borders. */
export interface Streams {
  /** [T,d] */ readonly embed: Float32Array;
  /** [T,d] */ readonly embedRaw?: Float32Array;
  /** [T,d] */ readonly posEmbed?: Float32Array;
  /** L+1 of [T,d] */ readonly stream: readonly Float32Array[];
  /** the blocks at the last position, where they were looked into while they ran */ readonly summaries?: readonly BlockSummary[];
}

/** What a `summary` graph answers. @param residPre [d] the stream entering the block at the last position */
export function summaryOf(results: Results, residPre: Float32Array): BlockSummary {
  return {
    residPre,
    ...optional(results, 'residMid', 'resid_mid'),
    attention: branchOf(results, 'attention'),
    mlp: { kind: 'dense', ...branchOf(results, 'mlp'), coefficients: results.floats('mlp_post') },
  };
}

/** Names of what a block's graph answers about each branch. */
const BRANCHES = {
  attention: { ln: 'ln1', raw: 'attn_raw', out: 'attn_out' },
  mlp: { ln: 'ln2', raw: 'mlp_raw', out: 'mlp_out' },
} as const;

function branchOf(results: Results, branch: keyof typeof BRANCHES): BranchSummary {
  const { ln, raw, out } = BRANCHES[branch];
  return { ...optional(results, 'ln', ln), ...optional(results, 'raw', raw), out: results.floats(out) };
}

/** Where a pass came from. */
export interface PassOrigin {
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly tokenText: (id: number) => TokenText;
}

/** A forward pass that recomputes whatever is looked at from the stream at the nearest block border below it. */
export class ForwardPass implements InspectablePass {
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly embed: Float32Array;
  readonly embedRaw?: Float32Array;
  readonly posEmbed?: Float32Array;
  readonly streamNormed: boolean;
  readonly stream: readonly Float32Array[];
  readonly interventions?: readonly AppliedIntervention[];
  /** empty in an ordinary pass */
  readonly edits: PassEdits;

  constructor(
    private readonly graphs: ModelGraphs,
    private readonly origin: PassOrigin,
    private readonly streams: Streams,
    private readonly context: CallContext,
    edited?: { readonly interventions: readonly PassIntervention[]; readonly edits: PassEdits },
  ) {
    this.model = origin.model;
    this.prompt = origin.prompt;
    this.tokens = origin.tokens;
    this.embed = streams.embed;
    if (streams.embedRaw) this.embedRaw = streams.embedRaw;
    if (streams.posEmbed) this.posEmbed = streams.posEmbed;
    this.streamNormed = graphs.spec.blocks[0].wiring === 'post-norm';
    this.stream = streams.stream;
    this.edits = edited?.edits ?? new Map();
    if (edited) this.interventions = applied(edited.interventions);
  }

  /** The same prompt's pass with interventions, whose streams have been computed. */
  edited(stream: readonly Float32Array[], interventions: readonly PassIntervention[], edits: PassEdits, context: CallContext): ForwardPass {
    // What was seen of the blocks while they ran as usual does not hold here.
    const { summaries: _ordinary, ...streams } = this.streams;
    return new ForwardPass(this.graphs, this.origin, { ...streams, stream }, context, { interventions, edits });
  }

  async block(layer: number, position: number): Promise<BlockState> {
    stopIfCancelled(this.context);
    const edit = this.edits.get(layer);
    const feeds = this.feeds(layer, position);
    const results = edit
      ? await this.graphs.editedBlock(layer, 'inspect', (run) => run({ ...feeds, ...edit.feedsAt(position) }))
      : await this.graphs.block(layer, 'inspect', (run) => run(feeds));
    const state: BlockState = {
      residPre: this.row(layer, position),
      ...optional(results, 'residMid', 'resid_mid'),
      residPost: results.floats('resid_post'),
      attention: {
        ...branchOf(results, 'attention'),
        ...optional(results, 'scale', 'attn_scale'),
        query: results.floats('query'),
        ownKey: results.floats('own_key'),
        ownValue: results.floats('own_value'),
        headOut: results.floats('head_out'),
        pattern: widened(results.floats('pattern'), position + 1, this.tokens.length),
        z: results.floats('z'),
        rowNorms: results.floats('o_norms'),
        ...optional(results, 'bias', 'attn_bias'),
      },
      mlp: {
        kind: 'dense',
        ...branchOf(results, 'mlp'),
        ...optional(results, 'scale', 'mlp_scale'),
        coefficients: results.floats('mlp_post'),
        valueNorms: results.floats('value_norms'),
        ...optional(results, 'biasIn', 'mlp_bias_in'),
        ...optional(results, 'biasOut', 'mlp_bias_out'),
      },
    };
    return edit ? editedState(state, edit, position) : state;
  }

  async vectors(layer: number, position: number, state: BlockState, selection: BlockSelection): Promise<SelectedVectors> {
    stopIfCancelled(this.context);
    const { heads, sources, oNeurons, neurons } = selection;
    const { dHead } = this.graphs.spec.blocks[layer].attention;
    const T = this.tokens.length;
    const seen = position + 1;
    const pairHeads = heads.flatMap((head, i) => (sources[i] ?? []).map(() => head));
    const weights = state.attention.weights ?? state.attention.pattern;
    const patchedSources = (this.edits.get(layer)?.sourcesAt(position) ?? []).flatMap(({ head, source, patched }) =>
      patched ? [{ head, source, patched }] : [],
    );
    const restAttention = heads.map((head, i) => {
      const others = patchedSources.filter((each) => each.head === head).map(({ source }) => source);
      return without(weights.subarray(head * T, head * T + seen), [...(sources[i] ?? []), ...others]);
    });
    const channelsOfHeads = heads.flatMap((head) => Array.from({ length: dHead }, (_, i) => head * dHead + i));
    const oneRow = (data: Float32Array) => floats(data, [1, data.length]);
    const unscaled = new Float32Array(this.model.dModel).fill(1);

    const feeds = {
      resid_pre: this.upTo(layer, position),
      pair_heads: indices(pairHeads),
      pair_sources: indices(sources.flat()),
      heads: indices(heads),
      rest_attention: floats(concatenated(restAttention, seen), [heads.length, seen]),
      rest_heads: oneRow(without(state.attention.z, channelsOfHeads)),
      rest_o: oneRow(without(state.attention.z, oNeurons)),
      o_neurons: indices(oNeurons),
      neurons: indices(neurons),
      rest_neurons: oneRow(without(state.mlp.coefficients, neurons)),
      attn_scale: oneRow(state.attention.scale ?? unscaled),
      mlp_scale: oneRow(state.mlp.scale ?? unscaled),
    };
    const results = await this.graphs.select(layer, (run) => run(feeds));
    const [values, restSources] = [results.floats('values'), results.floats('restSources')];
    for (const { head, source, patched } of patchedSources) {
      const z = new Float32Array(state.attention.z.length);
      z.set(patched.value, head * dHead);
      const written = (await this.graphs.select(layer, (run) => run({ ...feeds, rest_heads: oneRow(z) }))).floats('restHeads');
      let pair = 0;
      heads.forEach((drawn, i) => {
        const at = drawn === head ? (sources[i] ?? []).indexOf(source) : -1;
        if (at >= 0) values.set(written, (pair + at) * written.length);
        else if (drawn === head) written.forEach((x, c) => (restSources[i * written.length + c] += weights[head * T + source] * x));
        pair += sources[i]?.length ?? 0;
      });
    }
    return {
      keys: results.floats('keys'),
      values,
      restSources,
      restHeads: results.floats('restHeads'),
      oRows: results.floats('oRows'),
      restO: results.floats('restO'),
      neuronKeys: results.floats('neuronKeys'),
      ...(results.names.includes('neuronGates') && { neuronGates: results.floats('neuronGates') }),
      neuronValues: results.floats('neuronValues'),
      restNeurons: results.floats('restNeurons'),
    };
  }

  async read(rows: Float32Array, request: LensRequest): Promise<LensBatch> {
    const anchor = this.row(this.stream.length - 1, request.position);
    return readRows(this.graphs, rows, anchor, request, () => stopIfCancelled(this.context));
  }

  async normBias(target: Target): Promise<number> {
    // The bias passes no scale, so any position serves as anchor.
    const { bias } = await targetDirection(this.graphs, this.row(this.stream.length - 1, 0), target);
    return bias;
  }

  async summary(layer: number, position: number): Promise<BlockSummary> {
    stopIfCancelled(this.context);
    const known = position === this.tokens.length - 1 ? this.streams.summaries?.[layer] : undefined;
    if (known) return known;
    const edit = this.edits.get(layer);
    const results = edit
      ? await runEditedBlock(this.graphs, layer, 'summary', this.upTo(layer, position).data, edit, this.tokens.length)
      : await this.graphs.block(layer, 'summary', (run) => run(this.feeds(layer, position)));
    return summaryOf(results, this.row(layer, position));
  }

  async finalNorm(position: number): Promise<Float32Array | null> {
    const { norm } = this.graphs.spec.unembedding;
    if (!norm) return null;
    const last = this.row(this.stream.length - 1, position);
    const results = await this.graphs.finalNorm(norm, (run) => run({ resid_post: floats(last, [1, last.length]) }));
    return results.floats('normalized');
  }

  async throughFrozenNorm(rows: Float32Array, position: number): Promise<Float32Array> {
    const { norm } = this.graphs.spec.unembedding;
    if (!norm) return rows;
    const anchor = this.row(this.stream.length - 1, position);
    const d = anchor.length;
    const results = await this.graphs.frozenNorm(norm, (run) =>
      run({ rows: floats(rows, [rows.length / d, d]), anchor: floats(anchor, [1, d]) }),
    );
    return results.floats('frozen');
  }

  async directions(position: number, ids: readonly number[]): Promise<Float32Array> {
    const anchor = this.row(this.stream.length - 1, position);
    const results = await this.graphs.target((run) => run({ anchor: floats(anchor, [1, anchor.length]), target: indices(ids) }));
    return results.floats('direction');
  }

  async logits(rows: Float32Array): Promise<Float32Array> {
    stopIfCancelled(this.context);
    const d = this.model.dModel;
    const results = await this.graphs.unembed((run) => run({ resid_post: floats(rows, [rows.length / d, d]) }));
    return results.floats('logits');
  }

  tokenText(id: number): TokenText {
    return this.origin.tokenText(id);
  }

  /** The stream entering a block (`layer` = L: leaving the last) at one position. [d] */
  private row(layer: number, position: number): Float32Array {
    const d = this.model.dModel;
    return this.stream[layer].subarray(position * d, (position + 1) * d);
  }

  /** What a block's graph is told of the positions up to and including this one. */
  private feeds(layer: number, position: number): Readonly<Record<string, Feed>> {
    return { resid_pre: this.upTo(layer, position), ...this.graphs.positions(layer, position + 1, this.tokens.length) };
  }

  /** The stream entering a block, up to and including a position: what comes later cannot be seen from there. */
  private upTo(layer: number, position: number): Feed & { readonly data: Float32Array } {
    const d = this.model.dModel;
    return { data: this.stream[layer].subarray(0, (position + 1) * d), shape: [position + 1, d] };
  }
}

/** A tensor under a key, where the graph has it. */
function optional<K extends string>(results: Results, key: K, name: string): { readonly [P in K]?: Float32Array } {
  return results.names.includes(name) ? ({ [key]: results.floats(name) } as { [P in K]: Float32Array }) : {};
}

/** A copy with the entries at `drawn` set to 0: what is left out of the drawing. */
function without(values: Float32Array, drawn: readonly number[]): Float32Array {
  const rest = values.slice();
  for (const index of drawn) rest[index] = 0;
  return rest;
}

/** Rows of one width, one after the other. */
function concatenated(rows: readonly Float32Array[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}

/** Rows of one width, filled up with zeros to a larger one. */
function widened(rows: Float32Array, width: number, to: number): Float32Array {
  if (width === to) return rows;
  const wide = new Float32Array((rows.length / width) * to);
  for (let row = 0; row * width < rows.length; row++) wide.set(rows.subarray(row * width, (row + 1) * width), row * to);
  return wide;
}
