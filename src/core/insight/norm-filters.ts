/**
 * Layer norms as semantic filters (Katz & Belinkov 2023): a norm rescales each coordinate, and read as
 * tokens that is a filter. What entered and what left the most likely tokens, for one prompt or over many.
 */

import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import type { BlockSummary } from '../pass/block-state';
import type { InspectablePass } from '../pass/inspectable-pass';
import { allAt, type LensBatch } from '../pass/lens';
import { readingAt, topAt } from '../pass/reading';
import { settledTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { stopIfCancelled } from '../cancel';
import type { CallContext } from '../call-context';
import { surveyPrompts, type Forward, type SkippedPrompt } from './survey';
import { cosine, joined, norm, rowOf, sumRows } from '../pass/vector';

/**
 * A norm of the pass, in TransformerLens's names: after the embedding, a block's two on the stream or before its branches, those
 * after attention and after the feed-forward layer, and the last.
 */
export interface NormPlace {
  readonly kind: 'ln_embed' | 'ln1' | 'ln1_post' | 'ln2' | 'ln2_post' | 'ln_final';
  /** block index; absent for the norms of no block */
  readonly layer?: number;
}

/** One norm at one position. Lists hold `k` tokens, most likely first. */
export interface NormFilter extends NormPlace {
  readonly before: readonly TokenScore[];
  readonly after: readonly TokenScore[];
  /** tokens of both lists, of `after` only, of `before` only; in the order of the list they come from */
  readonly kept: readonly TokenScore[];
  readonly gained: readonly TokenScore[];
  readonly lost: readonly TokenScore[];
  /** |kept| / k, from 0 to 1 */
  readonly overlap: number;
  /** 1 + number of tokens with a strictly larger logit */
  readonly targetRank: { readonly before: number; readonly after: number };
  /** cosine of the vector before and the vector after, gain and bias included; of zero vectors see `cosine` */
  readonly cosine: number;
  /** Euclidean norms of the two vectors. The lens ignores them; for a norm after a branch they tell how strong its output is. */
  readonly length: { readonly before: number; readonly after: number };
}

/** The answer of the `norms` call: every norm of one pass at one position, in the order of the pass. */
export interface NormFilters {
  readonly schema: 'visit.norms/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  readonly norms: readonly NormFilter[];
}

/** What decides the filters besides model and prompt. */
export interface NormFilterOptions extends ResolvedTargetOptions {
  /** length of the lists that are compared */
  readonly tokens: number;
}

/** A norm's vectors, [d] each. */
interface NormVectors extends NormPlace {
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/**
 * Reads the vectors before and after every norm at a position, in two batches. All norms but the last are read by the logit
 * lens on both sides; for a norm after a branch these are what the branch says, and what of it reaches the stream. The final norm
 * is part of the lens itself: the stream before it is read by the unembedding alone, the stream after it is the prediction.
 *
 * @throws Problem `cancelled` between blocks when the caller has cancelled
 */
export async function filterNorms(pass: InspectablePass, options: NormFilterOptions, context: CallContext): Promise<NormFilters> {
  const { position, tokens } = options;
  const { nLayers, dModel: d } = pass.model;
  const target = await settledTarget(pass, options);
  const norms: NormVectors[] = pass.embedRaw
    ? [{ kind: 'ln_embed', before: rowOf(pass.embedRaw, position, d), after: rowOf(pass.embed, position, d) }]
    : [];
  for (let layer = 0; layer < nLayers; layer++) {
    stopIfCancelled(context, 'Reading the norms');
    context.report({ message: `Inspecting layer ${layer}`, done: layer, total: nLayers });
    norms.push(...normsOf(await pass.summary(layer, position), position, pass).map((found) => ({ ...found, layer })));
  }

  const final = rowOf(pass.stream[nLayers], position, d);
  const lensed = await pass.read(joined([...norms.flatMap(({ before, after }) => [before, after]), final]), {
    target,
    k: tokens,
    position,
    // Both sides of a norm are read alike.
    at: [...norms.flatMap(({ layer }) => allAt(layer === undefined ? 0 : layer + 1, 'part', 2)), ...allAt(nLayers, 'stream', 1)],
  });
  const afterFinal = await pass.finalNorm(position);
  const bare = await pass.read(final, { target, k: tokens, position, through: 'unembedding' });
  const prediction = readingAt(lensed, 2 * norms.length, pass).target;
  const filter = ({ before, after, ...place }: NormVectors, from: Side, to: Side): NormFilter => ({
    ...place,
    before: from.top,
    after: to.top,
    ...sortThrough(from.top, to.top),
    targetRank: { before: from.rank, after: to.rank },
    cosine: cosine(before, after),
    length: { before: norm(before), after: norm(after) },
  });
  return {
    schema: 'visit.norms/1',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    target: await shownTarget(pass, options, target, prediction),
    norms: [
      ...norms.map((place, i) => filter(place, sideAt(lensed, 2 * i, pass), sideAt(lensed, 2 * i + 1, pass))),
      ...(afterFinal
        ? [filter({ kind: 'ln_final', before: final, after: afterFinal }, sideAt(bare, 0, pass), sideAt(lensed, 2 * norms.length, pass))]
        : []),
    ],
  };
}

/** What is read on one side of a norm. */
interface Side {
  readonly top: readonly TokenScore[];
  /** the target's */
  readonly rank: number;
}

function sideAt(batch: LensBatch, i: number, pass: InspectablePass): Side {
  return { top: topAt(batch, i, pass), rank: batch.targetRanks[i] };
}

/** The norms that a block has, in the order in which they act. */
function normsOf({ residPre, residMid, attention, mlp }: BlockSummary, position: number, pass: InspectablePass): NormVectors[] {
  const { dModel: d } = pass.model;
  if (pass.streamNormed) {
    // Each is applied to the stream, after its branch has been added.
    return attention.ln && residMid && mlp.ln
      ? [
          { kind: 'ln1', before: residMid, after: attention.ln },
          { kind: 'ln2', before: sumRows(joined([attention.ln, rowOf(mlp.out, position, d)]), [0, 1], d), after: mlp.ln },
        ]
      : [];
  }
  const found: NormVectors[] = [];
  if (attention.ln) found.push({ kind: 'ln1', before: residPre, after: attention.ln });
  if (attention.raw) found.push({ kind: 'ln1_post', before: attention.raw, after: rowOf(attention.out, position, d) });
  if (mlp.ln) found.push({ kind: 'ln2', before: residMid ?? residPre, after: mlp.ln });
  if (mlp.raw) found.push({ kind: 'ln2_post', before: mlp.raw, after: rowOf(mlp.out, position, d) });
  return found;
}

/** What the norm let through: `after` sorted against `before`. */
export function sortThrough(
  before: readonly TokenScore[],
  after: readonly TokenScore[],
): Pick<NormFilter, 'kept' | 'gained' | 'lost' | 'overlap'> {
  const was = new Set(before.map(({ id }) => id));
  const is = new Set(after.map(({ id }) => id));
  const kept = after.filter(({ id }) => was.has(id));
  return {
    kept,
    gained: after.filter(({ id }) => !was.has(id)),
    lost: before.filter(({ id }) => !is.has(id)),
    overlap: after.length === 0 ? 1 : kept.length / after.length,
  };
}

/** One norm over many prompts. */
export interface NormSummary extends NormPlace {
  readonly prompts: number;
  /** mean share of the most likely tokens that the norm kept */
  readonly overlap: number;
  /** mean of log2(rank after / rank before) of each prompt's target: negative where the norm brings the target forward */
  readonly logRankChange: number;
  readonly cosine: number;
  /** tokens that the norm removed from the list most often, with the share of the prompts in which it did */
  readonly suppressed: readonly {
    readonly id: number;
    readonly text: string;
    readonly fragment?: true | undefined;
    readonly frequency: number;
  }[];
  /** tokens that it brought in most often */
  readonly promoted: NormSummary['suppressed'];
}

/** The answer of the `normSummary` call. */
export interface NormSummaries {
  readonly schema: 'visit.norm-summary/1';
  readonly model: ModelInfo;
  /** prompts that were read */
  readonly prompts: number;
  readonly skipped: readonly SkippedPrompt[];
  /** length of the lists that were compared */
  readonly tokens: number;
  readonly norms: readonly NormSummary[];
}

/**
 * Runs every prompt once and sums up what its norms do at its last token.
 *
 * @param tokens length of the lists that are compared
 * @throws Problem see `surveyPrompts`
 */
export async function summariseNorms<P>(
  model: ModelInfo,
  prompts: readonly P[],
  tokens: number,
  forward: Forward<P>,
  context: CallContext,
): Promise<NormSummaries> {
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const count = new NormCount();
  const skipped = await surveyPrompts(
    prompts,
    async (prompt) => {
      const pass = await forward(prompt, quiet);
      const { norms } = await filterNorms(pass, { position: pass.tokens.length - 1, target: null, tokens }, quiet);
      count.add(norms);
    },
    context,
  );
  return { schema: 'visit.norm-summary/1', model, prompts: prompts.length - skipped.length, skipped, tokens, norms: count.summary(tokens) };
}

/** Sums up the filters of many prompts, place by place. */
export class NormCount {
  readonly #places = new Map<string, PlaceCount>();

  /** Adds the filters of one prompt. */
  add(filters: readonly NormFilter[]): void {
    for (const filter of filters) {
      const key = `${filter.kind} ${filter.layer ?? ''}`;
      let place = this.#places.get(key);
      if (!place) this.#places.set(key, (place = new PlaceCount(filter)));
      place.add(filter);
    }
  }

  /** In the order in which the places came. @param tokens how many tokens each list holds at most */
  summary(tokens: number): NormSummary[] {
    return [...this.#places.values()].map((place) => place.summary(tokens));
  }
}

/** How often each token was met, by id. */
type TokenCounts = Map<number, { readonly token: TokenScore; count: number }>;

/** One norm's sums. */
class PlaceCount {
  #prompts = 0;
  #overlap = 0;
  #logRankChange = 0;
  #cosine = 0;
  readonly #lost: TokenCounts = new Map();
  readonly #gained: TokenCounts = new Map();

  constructor(private readonly place: NormPlace) {}

  add({ overlap, targetRank, cosine, lost, gained }: NormFilter): void {
    this.#prompts++;
    this.#overlap += overlap;
    this.#logRankChange += Math.log2(targetRank.after / targetRank.before);
    this.#cosine += cosine;
    tally(this.#lost, lost);
    tally(this.#gained, gained);
  }

  summary(tokens: number): NormSummary {
    const { kind, layer } = this.place;
    const most = (counts: TokenCounts): NormSummary['suppressed'] =>
      [...counts.values()]
        .sort((a, b) => b.count - a.count || a.token.id - b.token.id)
        .slice(0, tokens)
        .map(({ token: { id, text, fragment }, count }) => ({ id, text, ...(fragment && { fragment }), frequency: count / this.#prompts }));
    return {
      kind,
      ...(layer !== undefined && { layer }),
      prompts: this.#prompts,
      overlap: this.#overlap / this.#prompts,
      logRankChange: this.#logRankChange / this.#prompts,
      cosine: this.#cosine / this.#prompts,
      suppressed: most(this.#lost),
      promoted: most(this.#gained),
    };
  }
}

function tally(counts: TokenCounts, tokens: readonly TokenScore[]): void {
  for (const token of tokens) {
    const entry = counts.get(token.id);
    if (entry) entry.count++;
    else counts.set(token.id, { token, count: 1 });
  }
}
