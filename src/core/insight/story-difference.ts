/**
 * The difference of two passes at one look: what each says after every layer, which reads differ, and what every layer's two branches add
 * to what parts them. All figures are parts of one number, the change of the contrast. docs/method.md, "Story of a comparison".
 */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import { alignTokens } from '../compare/align-tokens';
import { askBoth, contrastOf, type AskedPass, type ComparedPass } from '../compare/contrast';
import { divergenceSteps } from '../compare/divergence';
import type { Contrast, Side } from '../format/comparison';
import type { FlowGraph, ModelInfo, PromptToken, Reading, TokenScore } from '../format/flow-graph';
import type { AppliedIntervention } from '../format/intervention';
import { atBorders, type Target } from '../pass/lens';
import { readingAt, topAt } from '../pass/reading';
import { shownTarget } from '../pass/target';
import { dot, joined, rowOf } from '../pass/vector';
import { labelsOf } from './story';
import { lastRun, named, strongest } from './strongest-reads';

/** Something of each side. */
export type OfSides<T> = Readonly<Record<Side, T>>;

/** A head that takes part in a read of either side. */
export interface DifferenceHead {
  readonly head: number;
  /** its attention probability on the token, on either side; 0 where the side has no such token */
  readonly attention: OfSides<number>;
  /** change of its share of the contrast */
  readonly share: number;
}

/** What the heads of one layer read at one token, or at the pair of tokens that stand for each other: a dot of the map. */
export interface DifferenceRead {
  readonly layer: number;
  /** which pair of tokens, by its place in `tokens` */
  readonly source: number;
  /** change of the share of the contrast: right minus left, of all heads together */
  readonly share: number;
  /** the share itself on either side; null where the side has no such token to read */
  readonly shares: OfSides<number | null>;
  /** those that matter, the largest change either way first */
  readonly heads: readonly DifferenceHead[];
  /** the change of the layer's other heads */
  readonly otherHeads: number;
  /** what is written on either side, as tokens, most likely first; empty where there is no such read; absent from reads too small to be labelled */
  readonly writes?: OfSides<readonly TokenScore[]>;
}

/** One layer at the positions under study. */
export interface DifferenceLayer {
  readonly layer: number;
  /** what the stream says when it leaves the layer, and each side's own target there */
  readonly sides: OfSides<{ readonly says: TokenScore; readonly target: Reading['target'] }>;
  /** Jensen–Shannon divergence of what the two streams say, in bits */
  readonly divergence: number;
  /** changes of shares of the contrast; absent where a branch has none (`InspectablePass.streamNormed`) */
  readonly attention?: number;
  readonly mlp?: number;
  /** the same of each head; empty where attention has none */
  readonly heads: readonly number[];
}

/** One of the two passes. */
export interface DifferenceSide {
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  readonly interventions?: readonly AppliedIntervention[];
  /** what the model says at the position, most likely first */
  readonly predictions: readonly TokenScore[];
  /** the layer from which on the target is the stream's first token; null where it is not the first in the end */
  readonly leadsFrom: number | null;
}

/** The answer of the `storyDifference` call. Differences are right minus left. */
export interface StoryDifference extends OfSides<DifferenceSide> {
  readonly schema: 'visit.story-difference/1';
  readonly model: ModelInfo;
  /** tokens of both prompts that stand for each other, by their positions; null where a prompt has no counterpart */
  readonly tokens: readonly OfSides<number | null>[];
  /** the pair at the left side's position under study */
  readonly position: number;
  /** the one number that both passes are asked for */
  readonly contrast: Contrast;
  /** from the first layer to the last */
  readonly layers: readonly DifferenceLayer[];
  /** the layer from which on the first tokens of both streams differ; null where they are one in the end */
  readonly differsFrom: number | null;
  /** the reads that together reach `STORY_REACH`, largest |change| first; those that are labelled come first */
  readonly reads: readonly DifferenceRead[];
  /** what the changes of all reads come to, drawn or not */
  readonly attention: {
    /** Σ |change| of all reads */
    readonly absolute: number;
    /** how many reads change at all */
    readonly count: number;
    /** by pair of tokens: the sum of the changes of what is read there, over all layers */
    readonly bySource: readonly number[];
  };
  /** changes of the shares of the embeddings, and of the biases */
  readonly embedding: number;
  readonly normBias: number;
}

/** What decides it besides the two passes. */
export interface DifferenceOptions {
  /** tokens of what each labelled read writes, and of the predictions */
  readonly tokens: number;
  /** part of Σ |change| of all reads that is labelled, from 0 to 1 */
  readonly labelled: number;
}

/**
 * Looks at every layer of both passes once. A pass and itself differ by exactly 0; swapping the sides mirrors the answer.
 *
 * @throws Problem `cancelled` between layers when the caller has cancelled, `against-itself`
 */
export async function buildStoryDifference(
  sides: OfSides<ComparedPass>,
  { tokens: k, labelled }: DifferenceOptions,
  context: CallContext,
): Promise<StoryDifference> {
  const { left, right } = sides;
  const { model, streamNormed } = left.pass;
  const { targets, asked } = await askBoth({ left, right });
  const steps = await divergenceSteps(asked.left, asked.right);
  const said = { left: await saidBy(left, targets.left, k), right: await saidBy(right, targets.right, k) };
  const alignment = alignTokens(
    left.pass.tokens.map(({ id }) => id),
    right.pass.tokens.map(({ id }) => id),
  );
  const pairs = alignment.map(([l, r]) => ({ left: l, right: r }));

  const reads: DifferenceRead[] = [];
  const branches: Pick<DifferenceLayer, 'attention' | 'mlp' | 'heads'>[] = [];
  for (let layer = 0; layer < model.nLayers && !streamNormed; layer++) {
    stopIfCancelled(context, 'The story');
    context.report({ message: `Inspecting layer ${layer} of both`, done: layer, total: model.nLayers });
    const [l, r] = [await lookInto(asked.left, layer), await lookInto(asked.right, layer)];
    branches.push({ attention: r.attention - l.attention, mlp: r.mlp - l.mlp, heads: r.heads.map((share, h) => share - l.heads[h]) });
    pairs.forEach((pair, source) => {
      const read = readOf(layer, source, pair, { left: l, right: r });
      if (read !== null) reads.push(read);
    });
  }
  const { listed, labelled: shown, ...attention } = strongest(reads, pairs.length, labelled);
  const writes = {
    left: await writtenBy(shown, pairs, left, 'left', k),
    right: await writtenBy(shown, pairs, right, 'right', k),
  };
  const layers = Array.from({ length: model.nLayers }, (_, layer): DifferenceLayer => ({
    layer,
    sides: { left: said.left.layers[layer], right: said.right.layers[layer] },
    divergence: steps[layer + 1].divergence,
    ...(branches[layer] ?? { heads: [] }),
  }));
  const contrast = contrastOf(targets, asked);
  return {
    schema: 'visit.story-difference/1',
    model,
    left: await sideOf(left, targets.left, said.left),
    right: await sideOf(right, targets.right, said.right),
    tokens: pairs,
    position: Math.max(
      0,
      pairs.findIndex((pair) => pair.left === left.options.position),
    ),
    contrast,
    layers,
    differsFrom: lastRun(layers, ({ sides: { left: l, right: r } }) => l.says.id !== r.says.id),
    reads: listed.map((read, i) =>
      i < shown.length ? { ...read, writes: { left: writes.left.get(i) ?? [], right: writes.right.get(i) ?? [] } } : read,
    ),
    attention,
    embedding: steps[0].contrast,
    normBias: contrast.normBias,
  };
}

/** What one side says after every layer, and in the end. */
interface Said {
  readonly layers: readonly DifferenceLayer['sides']['left'][];
  readonly predictions: readonly TokenScore[];
}

async function saidBy({ pass, options: { position } }: ComparedPass, target: Target, k: number): Promise<Said> {
  const { nLayers, dModel: d } = pass.model;
  const stream = pass.stream.map((border) => rowOf(border, position, d));
  const batch = await pass.read(joined(stream), { target, k, position, at: atBorders(stream.length) });
  const layers = Array.from({ length: nLayers }, (_, layer) => {
    const { top, target: figures } = readingAt(batch, layer + 1, pass);
    return { says: top[0], target: figures };
  });
  return { layers, predictions: topAt(batch, nLayers, pass) };
}

async function sideOf({ pass, options }: ComparedPass, target: Target, { layers, predictions }: Said): Promise<DifferenceSide> {
  return {
    prompt: pass.prompt,
    tokens: pass.tokens,
    position: options.position,
    target: await shownTarget(pass, options, target, layers[layers.length - 1].target),
    ...(pass.interventions && { interventions: pass.interventions }),
    predictions,
    leadsFrom: lastRun(
      layers.map((row, layer) => ({ ...row, layer })),
      ({ says }) => says.id === target.id,
    ),
  };
}

/** A block of one pass, along what that pass is asked. */
interface Look {
  readonly position: number;
  readonly attention: number;
  readonly mlp: number;
  /** by head */
  readonly heads: readonly number[];
  /** [H,T] */
  readonly along: Float32Array;
  readonly pattern: Float32Array;
}

async function lookInto({ pass, position, question }: AskedPass, layer: number): Promise<Look> {
  const { nHeads, dModel: d } = pass.model;
  const direction = Float32Array.from(question.direction);
  const state = await pass.block(layer, position);
  const { attention, mlp } = state;
  return {
    position,
    attention: dot(attention.out, direction),
    mlp: dot(mlp.out, direction),
    heads: Array.from({ length: nHeads }, (_, h) => dot(rowOf(attention.headOut, h, d), direction)),
    along: await pass.alongSources(layer, position, state, direction),
    pattern: attention.pattern,
  };
}

/** What both sides read at a pair of tokens; null where neither can. */
function readOf(layer: number, source: number, pair: OfSides<number | null>, looks: OfSides<Look>): DifferenceRead | null {
  const sideAt = (side: Side): { readonly shares: readonly number[]; readonly attention: readonly number[] } | null => {
    const { position, along, pattern, heads } = looks[side];
    const at = pair[side];
    if (at === null || at > position) return null;
    const T = along.length / heads.length;
    const of = (matrix: Float32Array): number[] => heads.map((_, head) => matrix[head * T + at]);
    return { shares: of(along), attention: of(pattern) };
  };
  const [l, r] = [sideAt('left'), sideAt('right')];
  if (l === null && r === null) return null;
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
  const all = looks.left.heads.map((_, head): DifferenceHead => ({
    head,
    attention: { left: l?.attention[head] ?? 0, right: r?.attention[head] ?? 0 },
    share: (r?.shares[head] ?? 0) - (l?.shares[head] ?? 0),
  }));
  return { layer, source, shares: { left: l && sum(l.shares), right: r && sum(r.shares) }, ...named(all) };
}

/** What one side writes by the reads that it makes, by the place of the read. */
async function writtenBy(
  reads: readonly DifferenceRead[],
  pairs: readonly OfSides<number | null>[],
  { pass, options: { position } }: ComparedPass,
  side: Side,
  tokens: number,
): Promise<ReadonlyMap<number, readonly TokenScore[]>> {
  const own = reads.flatMap(({ layer, source, shares }, i) => {
    const at = pairs[source][side];
    return at === null || shares[side] === null ? [] : [{ i, layer, source: at }];
  });
  const labels = await labelsOf(pass, own, { position, tokens });
  return new Map(own.map(({ i }, n) => [i, labels[n]]));
}
