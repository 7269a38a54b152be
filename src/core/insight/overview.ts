/**
 * A whole pass at a glance: what every layer says at every position, and what every block does to the prediction at one.
 */

import * as l10n from '@vscode/l10n';
import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import { DEFAULT_MEASURE } from '../format/default-measure';
import type { TokenMeasure } from '../format/share-measure';
import type { InspectablePass } from '../pass/inspectable-pass';
import { allAt, type LensBatch, type Target } from '../pass/lens';
import { readingAt } from '../pass/reading';
import { settledTarget, shareDirection, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { Problem } from '../problem';
import { stopIfCancelled } from '../cancel';
import type { CallContext } from '../call-context';
import { dot, joined, rowOf } from '../pass/vector';

/** One vector of one layer and position. */
export interface OverviewCell {
  /** the lens's most likely token */
  readonly top: TokenScore;
  readonly target: { readonly logit: number; readonly probability: number; readonly rank: number };
  /** bits */
  readonly entropy: number;
}

/** What a branch of a block adds to the logits at the position, its summand's exact effect (final norm's scale frozen). */
export interface BranchEffect {
  /** share of the target's logit, in the measure that `target` names */
  readonly share: number;
  /** tokens with the largest effects, the largest first */
  readonly promotes: readonly EffectOnToken[];
  /** tokens with the smallest effects, the smallest first: where it raises every token, those that it raises least */
  readonly suppresses: readonly EffectOnToken[];
}

/** A token, and what is added to its logit; `listed` of the overview tells whether less what is added to all logits on average. */
export type EffectOnToken = Pick<TokenScore, 'id' | 'text' | 'fragment'> & { readonly effect: number };

/** One block at the position under study. */
export interface BlockOverview {
  readonly layer: number;
  readonly attention: BranchEffect;
  readonly mlp: BranchEffect;
  /** each head's share of the target's logit, by head */
  readonly heads: readonly number[];
}

/** The answer of the `overview` call. */
export interface Overview {
  readonly schema: 'visit.overview/2';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  /** `[layer][position]`: the stream leaving the block, what its attention adds, what its feed-forward layer adds */
  readonly grid: Readonly<Record<GridStream, readonly (readonly OverviewCell[])[]>>;
  /** the measure of the effects on single tokens, `promotes` and `suppresses` */
  readonly listed: TokenMeasure;
  /** empty if norms are applied to the stream itself: no branch has a share there (`InspectablePass.streamNormed`) */
  readonly blocks: readonly BlockOverview[];
}

/** What a grid shows; names as in the trace. */
export const GRID_STREAMS = ['resid_post', 'attn_out', 'mlp_out'] as const;
export type GridStream = (typeof GRID_STREAMS)[number];

/** Why an overview has no blocks; see `Overview`. */
export const NO_SHARES = l10n.t(
  'This model applies its norms to the residual stream itself, which rescales everything added before. So no branch or head has a share of the final logits.',
);

/** What decides an overview besides model and prompt. */
export interface OverviewOptions extends ResolvedTargetOptions {
  /** tokens in each list of what a branch promotes and suppresses */
  readonly tokens: number;
}

/**
 * Looks at every layer and position, from the last layer down. As it goes it tells what it knows (`context.part`).
 *
 * @throws Problem `cancelled` between layers when the caller has cancelled
 */
export async function buildOverview(pass: InspectablePass, options: OverviewOptions, context: CallContext): Promise<Overview> {
  const parts = growingOverview(pass, options, context);
  for (;;) {
    const { value, done } = await parts.next();
    if (done) return value;
    context.part?.(value);
  }
}

/**
 * The same step by step: what is known of it after one layer, after two, four and so on, and after all of them. In these parts the
 * layers to come have no cells, and no block is known.
 *
 * @returns the whole
 * @throws Problem as `buildOverview`
 */
export async function* growingOverview(
  pass: InspectablePass,
  options: OverviewOptions,
  context: CallContext,
): AsyncGenerator<Overview, Overview, undefined> {
  const { nLayers, dModel: d } = pass.model;
  const { position } = options;
  const target = await settledTarget(pass, options);
  const last = pass.tokens.length - 1;

  // Each layer is looked into twice: for what it adds everywhere, then for its heads at the position.
  const total = pass.streamNormed ? nLayers : 2 * nLayers;
  const begin = (message: string, done: number): void => {
    stopIfCancelled(context, 'The overview');
    context.report({ message, done, total });
  };

  /** What an overview is of. @param figures of the target at the end of the pass */
  const about = async (figures: OverviewCell['target']) => {
    const shown = await shownTarget(pass, options, target, figures);
    return (grid: Overview['grid'], blocks: readonly BlockOverview[]): Overview => ({
      schema: 'visit.overview/2',
      model: pass.model,
      prompt: pass.prompt,
      tokens: pass.tokens,
      position,
      target: shown,
      grid,
      listed: options.measure ?? DEFAULT_MEASURE,
      blocks,
    });
  };
  const toCome = (): OverviewCell[][] => Array.from({ length: nLayers }, () => []);
  const grid: Record<GridStream, OverviewCell[][]> = { resid_post: toCome(), attn_out: toCome(), mlp_out: toCome() };
  const branches: Float32Array[] = [];
  let overview: ((grid: Overview['grid'], blocks: readonly BlockOverview[]) => Overview) | undefined;
  // The last layers first: there the prediction is made, and they are on top where this is shown.
  for (let layer = nLayers - 1; layer >= 0; layer--) {
    const known = nLayers - layer;
    begin(`Inspecting layer ${layer}`, known - 1);
    const { attention, mlp } = await pass.summary(layer, last);
    const at = [...allAt(layer + 1, 'stream', last + 1), ...allAt(layer + 1, 'part', 2 * (last + 1))];
    const batch = await pass.read(joined([pass.stream[layer + 1], attention.out, mlp.out]), { target, k: 1, position, at });
    GRID_STREAMS.forEach((stream, i) => {
      grid[stream][layer] = pass.tokens.map((_, p) => cellAt(batch, i * pass.tokens.length + p, pass));
    });
    branches[2 * layer] = rowOf(attention.out, position, d);
    branches[2 * layer + 1] = rowOf(mlp.out, position, d);
    overview ??= await about(grid.resid_post[layer][position].target);
    // Each time twice as many: all parts together are less than twice the whole.
    if (Number.isInteger(Math.log2(known)) || layer === 0) yield overview(copied(grid), []);
  }
  if (overview === undefined) throw new Problem('internal', 'A model without layers has no overview.');
  if (pass.streamNormed) return overview(grid, []);
  const blocks = await effectsOf(branches, pass, target, options, (layer, done) =>
    begin(`Inspecting the heads of layer ${layer}`, nLayers + done),
  );
  return overview(grid, blocks);
}

/**
 * @param branches of every block what its attention and what its feed-forward layer adds at the position, [d] each
 * @param begin called before a layer's heads are looked at, with how many layers' are done
 */
async function effectsOf(
  branches: readonly Float32Array[],
  pass: InspectablePass,
  target: Target,
  { position, tokens, measure = DEFAULT_MEASURE }: OverviewOptions,
  begin: (layer: number, done: number) => void,
): Promise<BlockOverview[]> {
  const { nLayers, nHeads, dModel: d } = pass.model;
  const direction = await shareDirection(pass, position, target);
  const mean = measure === 'centred' ? await meanDirection(pass, position) : new Float32Array(d);
  const frozen = await pass.throughFrozenNorm(joined(branches), position);
  const effects = await pass.read(frozen, { target, k: tokens, position, through: 'unembedding' });
  const branch = (row: number): BranchEffect =>
    branchAt(effects, row, { share: dot(branches[row], direction), mean: dot(branches[row], mean) }, pass);
  const blocks: BlockOverview[] = [];
  for (let layer = nLayers - 1; layer >= 0; layer--) {
    begin(layer, nLayers - 1 - layer);
    const { headOut } = (await pass.block(layer, position)).attention;
    const heads = Array.from({ length: nHeads }, (_, h) => dot(rowOf(headOut, h, d), direction));
    blocks.push({ layer, attention: branch(2 * layer), mlp: branch(2 * layer + 1), heads });
  }
  return blocks.reverse();
}

/** A grid as it is now. */
function copied(grid: Overview['grid']): Overview['grid'] {
  return { resid_post: [...grid.resid_post], attn_out: [...grid.attn_out], mlp_out: [...grid.mlp_out] };
}

/** [d] A summand's inner product with it is what the summand adds to all logits on average. */
async function meanDirection(pass: InspectablePass, position: number): Promise<Float32Array> {
  // It is what the one measure counts more than the other, whatever the token.
  const centred = await pass.directions(position, [0], 'centred');
  return (await pass.directions(position, [0], 'raw')).map((x, i) => x - centred[i]);
}

function cellAt(batch: LensBatch, i: number, pass: InspectablePass): OverviewCell {
  const { top, target, entropy } = readingAt(batch, i, pass);
  return { top: top[0], target, entropy };
}

/** The effects of row `i`. @param adds to the target's measure, and to all logits on average */
function branchAt(batch: LensBatch, i: number, adds: { share: number; mean: number }, pass: InspectablePass): BranchEffect {
  const { top, bottom } = readingAt(batch, i, pass);
  const effect = ({ id, text, fragment, logit }: TokenScore): EffectOnToken => ({
    id,
    text,
    ...(fragment && { fragment }),
    effect: logit - adds.mean,
  });
  return { share: adds.share, promotes: top.map(effect), suppresses: bottom.map(effect) };
}
