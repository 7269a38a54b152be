import type { ResolvedGraphOptions } from '../../core/build/flow-graph-builder';
import type { ResolvedComparisonOptions } from '../../core/compare/compare-passes';
import type { ResolvedTargetOptions } from '../../core/pass/target';
import type { HeadMemoryOptions } from '../../core/insight/attention-memory';
import type { BackwardLensOptions } from '../../core/insight/backward-lens';
import type { EffectsOptions as ResolvedEffectsOptions } from '../../core/insight/effects';
import type { OverviewOptions } from '../../core/insight/overview';
import type { StoryOptions as ResolvedStoryOptions } from '../../core/insight/story';
import type { TokenIndexOptions as ResolvedTokenIndexOptions } from '../../core/insight/token-index';
import { Problem } from '../../core/problem';
import { countsFrom } from '../../core/format/default-counts';
import type { GraphCounts } from '../../core/format/graph-counts';
import type { TokenMatch } from '../../core/protocol/engine';
import type { TokenInput } from '../../core/protocol/engine-inputs';
import type {
  BackwardOptions,
  ComparedSide,
  ComparisonOptions,
  EffectsOptions,
  GraphOptions,
  HeadOptions,
  PassOptions,
  StoryOptions,
  TokenIndexOptions,
} from '../../core/protocol/engine-options';
import type { TokenText } from '../../core/text/token-text';
import { requireTokenizer } from './prompt';
import type { OpenModel, Prompt } from './runnable-model';

/**
 * Fills in what was left open and checks the rest against model and prompt.
 * @throws Problem `position-out-of-range`, `layers-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolveGraphOptions(options: GraphOptions, prompt: Prompt, open: OpenModel): ResolvedGraphOptions {
  const { nLayers } = open.model.info;
  return {
    layers: resolveLayers(options.layers ?? { last: 1 }, nLayers),
    ...resolveSideOptions(options, prompt, open),
    counts: resolveCounts(options.counts),
  };
}

/**
 * What is asked of one pass, whatever is drawn of it.
 * @throws Problem `position-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolveSideOptions(options: ComparedSide['options'], { tokens }: Prompt, open: OpenModel): ResolvedTargetOptions {
  return {
    position: resolvePosition(options.position ?? -1, tokens.length),
    ...resolveTargets(options, open),
  };
}

/** @throws Problem `layers-out-of-range` */
export function resolveComparisonOptions({ layers, counts, targets }: ComparisonOptions, open: OpenModel): ResolvedComparisonOptions {
  return {
    layers: layers === undefined ? null : resolveLayers(layers, open.model.info.nLayers),
    counts: resolveCounts(counts),
    targets: targets ?? 'own',
  };
}

function resolveCounts(counts: GraphOptions['counts']): GraphCounts {
  return countsFrom((name) => counts?.[name]);
}

function resolveTargets(
  { target, against, measure }: Pick<GraphOptions, 'target' | 'against' | 'measure'>,
  open: OpenModel,
): Omit<ResolvedTargetOptions, 'position'> {
  return {
    target: target === undefined ? null : { id: resolveToken(target, open) },
    ...(against !== undefined && { against: resolveToken(against, open) }),
    ...(measure && { measure }),
  };
}

/**
 * Fills in what was left open of a look at a whole pass.
 * @throws Problem `position-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolvePassOptions(options: PassOptions, { tokens }: Prompt, open: OpenModel): OverviewOptions {
  return {
    position: resolvePosition(options.position ?? -1, tokens.length),
    ...resolveTargets(options, open),
    tokens: options.tokens ?? 10,
  };
}

/**
 * Fills in what was left open of a question for effects, but for the baseline.
 * @throws Problem `position-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolveEffectsOptions(
  options: Pick<EffectsOptions, 'position' | 'target' | 'against' | 'measure' | 'strongest' | 'kinds'>,
  { tokens }: Prompt,
  open: OpenModel,
): Omit<ResolvedEffectsOptions, 'baseline'> {
  return {
    position: resolvePosition(options.position ?? -1, tokens.length),
    ...resolveTargets(options, open),
    strongest: options.strongest ?? 20,
    kinds: options.kinds ?? ['head', 'mlp'],
  };
}

/**
 * Fills in what was left open of a story.
 * @throws Problem `position-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolveStoryOptions(options: StoryOptions, prompt: Prompt, open: OpenModel): ResolvedStoryOptions {
  const { tokens = 5, labelled = 0.6, hops = false, by = 'share' } = options;
  return { ...resolveSideOptions(options, prompt, open), tokens, labelled, hops, by };
}

/** Tokens that a place lists where nothing else is asked for. */
const INDEXED_TOKENS = 10;

/**
 * Fills in what was left open of an index by token.
 * @throws Problem `position-out-of-range`
 */
export function resolveTokenIndexOptions({ position, counts }: TokenIndexOptions, { tokens }: Prompt): ResolvedTokenIndexOptions {
  return {
    position: resolvePosition(position ?? -1, tokens.length),
    counts: resolveCounts({ ...counts, tokens: counts?.tokens ?? INDEXED_TOKENS }),
  };
}

/**
 * Fills in what was left open of a head's card.
 * @throws Problem `position-out-of-range`, `layers-out-of-range` or `head-out-of-range`
 */
export function resolveHeadOptions(options: HeadOptions, { tokens }: Prompt, { model }: OpenModel): HeadMemoryOptions {
  const { nLayers, nHeads } = model.info;
  const { layer, head } = options;
  checkLayer(layer, nLayers);
  if (head >= nHeads)
    throw new Problem(
      'head-out-of-range',
      `Head ${head} does not exist: every layer has heads 0 to ${nHeads - 1}.`,
      'Give a head in that range.',
    );
  return {
    layer,
    head,
    position: resolvePosition(options.position ?? -1, tokens.length),
    sources: options.sources ?? 5,
    tokens: options.tokens ?? 20,
    ...(options.measure && { measure: options.measure }),
  };
}

/**
 * Fills in what was left open of a look at gradients.
 * @throws Problem `position-out-of-range`, `layers-out-of-range`, `not-one-token`, `token-out-of-range` or `tokenizer-missing`
 */
export function resolveBackwardOptions(options: BackwardOptions, { tokens }: Prompt, open: OpenModel): BackwardLensOptions {
  const { layer, target } = options;
  if (layer !== undefined) checkLayer(layer, open.model.info.nLayers);
  return {
    position: resolvePosition(options.position ?? -1, tokens.length),
    target: target === undefined ? null : { id: resolveToken(target, open) },
    layer: layer ?? null,
    tokens: options.tokens ?? 10,
    neurons: options.neurons ?? 5,
  };
}

/** @throws Problem `layers-out-of-range` */
function checkLayer(layer: number, nLayers: number): void {
  if (layer >= nLayers) throw new Problem('layers-out-of-range', noLayers(layer, layer, nLayers), 'Give a layer in that range.');
}

function resolveLayers(layers: NonNullable<GraphOptions['layers']>, nLayers: number): ResolvedGraphOptions['layers'] {
  const top = nLayers - 1;
  if ('last' in layers) return { from: layers.last === 0 ? 0 : Math.max(0, nLayers - layers.last), to: top };
  const { clamp = false } = layers;
  const [from, to] = clamp ? [Math.min(layers.from, top), Math.min(layers.to, top)] : [layers.from, layers.to];
  if (from < 0 || to >= nLayers || from > to) {
    throw new Problem(
      'layers-out-of-range',
      noLayers(from, to, nLayers),
      'Give a first and a last layer in that range, the smaller one first.',
    );
  }
  return { from, to };
}

function noLayers(from: number, to: number, nLayers: number): string {
  return `${from === to ? `Layer ${from} does` : `Layers ${from} to ${to} do`} not exist: the model has layers 0 to ${nLayers - 1}.`;
}

function resolvePosition(position: number, count: number): number {
  const resolved = position < 0 ? count + position : position;
  if (resolved < 0 || resolved >= count) {
    throw new Problem(
      'position-out-of-range',
      `Position ${position} is outside the prompt, which has ${count} token${count === 1 ? '' : 's'}.`,
      `Positions count from 0 to ${count - 1}, or from the end: -1 is the last token.`,
    );
  }
  return resolved;
}

function resolveToken(token: TokenInput, open: OpenModel): number {
  const { vocabSize, name } = open.model.info;
  if ('id' in token) {
    if (token.id >= 0 && token.id < vocabSize) return token.id;
    throw new Problem(
      'token-out-of-range',
      `Token ${token.id} is not in the vocabulary of ${name}, which has ${vocabSize} tokens.`,
      `Use an id from 0 to ${vocabSize - 1}.`,
    );
  }
  const match = requireTokenizer(open).findToken(token.text);
  if (match.kind === 'one') return match.token.id;
  throw notOneToken(token.text, match, name);
}

/** Pieces of a text that a message names. */
const PIECES_NAMED = 12;

function notOneToken(text: string, { pieces, near }: Extract<TokenMatch, { kind: 'many' }>, name: string): Problem {
  if (text === '')
    return new Problem('not-one-token', 'The target token is empty.', 'Give one token, or leave it out to use what the model predicts.');
  const more = pieces.length > PIECES_NAMED ? ', …' : '';
  return new Problem(
    'not-one-token',
    `${JSON.stringify(text)} is not a single token of ${name} but ${pieces.length}: ${list(pieces.slice(0, PIECES_NAMED))}${more}.`,
    near.length > 0
      ? `Single tokens: ${list(near)}. A leading space belongs to the token.`
      : 'Use one of these pieces, such as the first, or another word.',
  );
}

function list(tokens: readonly TokenText[]): string {
  return tokens.map(({ text }) => JSON.stringify(text)).join(', ');
}
