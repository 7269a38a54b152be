/**
 * The whole pass at one look: what the stream says after every layer at the position under study, what every layer's two branches
 * add to the target's logit, and which tokens of the prompt its heads read for it. docs/method.md, "Story".
 */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import type { FlowGraph, ModelInfo, PromptToken, Reading, TokenScore } from '../format/flow-graph';
import type { EffectsSummary } from '../format/effects';
import type { AppliedIntervention } from '../format/intervention';
import type { InspectablePass } from '../pass/inspectable-pass';
import { atBorders, writtenIn } from '../pass/lens';
import { readingAt, topAt } from '../pass/reading';
import { shareDirection, settledTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { dot, joined, rowOf } from '../pass/vector';
import { findHops, type Hop } from './hops';
import { RestingHeads } from './resting';
import { storyEffects } from './story-effects';
import { lastRun, named, strongest } from './strongest-reads';

/** A head that takes part in a read. */
export interface StoryHead {
  readonly head: number;
  /** its attention probability on the source */
  readonly attention: number;
  readonly share: number;
}

/** What the heads of one layer read at one token of the prompt: a dot of the map. */
export interface StoryRead {
  readonly layer: number;
  /** position of the token that is read */
  readonly source: number;
  /** share of the target's logit that the heads bring from there, all of them together */
  readonly share: number;
  /** those that matter, the largest share either way first */
  readonly heads: readonly StoryHead[];
  /** the share of the layer's other heads */
  readonly otherHeads: number;
  /** what is written, as tokens, most likely first; absent from reads that are too small to be labelled */
  readonly writes?: readonly TokenScore[];
}

/** One layer at the position under study. */
export interface StoryLayer {
  readonly layer: number;
  /** what the stream says when it leaves the layer */
  readonly says: TokenScore;
  readonly target: Reading['target'];
  /** shares of the target's logit; absent where a branch has none (`InspectablePass.streamNormed`) */
  readonly attention?: number;
  readonly mlp?: number;
  /** the first token that its heads see from there, where that is not the prompt's first: they see the last few through a window */
  readonly seesFrom?: number;
}

/** The answer of the `story` call. */
export interface Story {
  readonly schema: 'visit.story/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  /** what every `share` below is, but for `embedding` and `normBias`: a share, or the estimated effect in its place; absent: a share */
  readonly by?: 'effect';
  /** what effects are of; present with `by` */
  readonly effects?: EffectsSummary;
  readonly interventions?: readonly AppliedIntervention[];
  /** what the model says at the position, most likely first */
  readonly predictions: readonly TokenScore[];
  /** from the first layer to the last */
  readonly layers: readonly StoryLayer[];
  /** the layer from which on the target is the stream's first token; null where it is not the first in the end */
  readonly leadsFrom: number | null;
  /** the reads that together reach `STORY_REACH`, strongest first: by |share|. Those that are labelled come first; none by heads that rest. */
  readonly reads: readonly StoryRead[];
  /** what all reads come to, drawn or not */
  readonly attention: {
    /** Σ |share| of all reads but those by heads that rest, of which `reads` are the largest */
    readonly absolute: number;
    /** how many of these have any share at all */
    readonly count: number;
    /** the mean probability that a head, of any layer, has on the first token */
    readonly onFirst: number;
    /** by position: the sum of the shares that are read there, over all layers */
    readonly bySource: readonly number[];
    /** the reads of the first token by heads that rest there (resting.ts): in how many layers, and the sum of their shares; absent: none */
    readonly resting?: { readonly layers: number; readonly share: number };
  };
  /** how what is read came to the tokens where it is read, largest |effect| first; absent: it was not asked for, or the pass is changed */
  readonly hops?: readonly Hop[];
  /** shares of the embeddings, and of the final norm's and the unembedding's biases */
  readonly embedding: number;
  readonly normBias: number;
}

/** What decides a story besides model and prompt. */
export interface StoryOptions extends ResolvedTargetOptions {
  /** tokens of what each labelled read writes, and of the predictions */
  readonly tokens: number;
  /** part of Σ |share| of all reads that is labelled, from 0 to 1 */
  readonly labelled: number;
  /** estimated effects take the place of shares: goes back through the pass; absent: shares */
  readonly by?: 'share' | 'effect';
  /** hops are looked for: goes back through the pass, for the labelled reads */
  readonly hops?: boolean;
}

/**
 * Looks at every layer once; what is written is read as tokens for the labelled reads alone.
 *
 * @throws Problem `cancelled` between layers when the caller has cancelled, `against-itself`
 */
export async function buildStory(pass: InspectablePass, options: StoryOptions, context: CallContext): Promise<Story> {
  const { model } = pass;
  const { nLayers, dModel: d } = model;
  const { position, tokens } = options;
  const target = await settledTarget(pass, options);
  const direction = await shareDirection(pass, position, target);
  const T = pass.tokens.length;

  const stream = pass.stream.map((border) => rowOf(border, position, d));
  const batch = await pass.read(joined(stream), { target, k: tokens, position, at: atBorders(stream.length) });
  const shares: Pick<StoryLayer, 'attention' | 'mlp' | 'seesFrom'>[] = [];
  const reads: StoryRead[] = [];
  let onFirst = 0;
  const effects = options.by === 'effect' ? await storyEffects(pass, position, target, context) : null;
  // With norms on the stream there are no shares; there are effects.
  for (let layer = 0; layer < nLayers && (effects !== null || !pass.streamNormed); layer++) {
    stopIfCancelled(context, 'The story');
    context.report({ message: `Inspecting layer ${layer}`, done: layer, total: nLayers });
    const state = await pass.block(layer, position);
    const { attention, mlp } = state;
    const seesFrom = firstSeen(attention.pattern, T);
    const effect = effects?.blocks[layer];
    const branches = effect
      ? { attention: effect.attention, mlp: effect.mlp }
      : { attention: dot(attention.out, direction), mlp: dot(mlp.out, direction) };
    shares.push({ ...branches, ...(seesFrom > 0 && { seesFrom }) });
    const along = effect?.along ?? (await pass.alongSources(layer, position, state, direction));
    for (let head = 0; head < model.nHeads; head++) onFirst += attention.pattern[head * T] / (nLayers * model.nHeads);
    for (let source = 0; source <= position; source++) reads.push(readOf(layer, source, along, attention.pattern, T));
  }
  const { listed, labelled, ...attention } = await withoutResting(reads);
  const labels = await labelsOf(pass, labelled, options);
  const layers = shownLayers();
  return {
    schema: 'visit.story/1',
    model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    target: await shownTarget(pass, options, target, layers[nLayers - 1].target),
    ...(effects && { by: 'effect' as const, effects: effects.summary }),
    ...(pass.interventions && { interventions: pass.interventions }),
    predictions: topAt(batch, nLayers, pass),
    layers,
    leadsFrom: lastRun(layers, ({ says }) => says.id === target.id),
    reads: listed.map((read, i) => (labels[i] === undefined ? read : { ...read, writes: labels[i] })),
    attention: { ...attention, onFirst },
    ...(options.hops && pass.interventions === undefined && { hops: await findHops(pass, labelled, options, context) }),
    embedding: batch.shares[0],
    normBias: await pass.normBias(target),
  };

  /** The strongest reads that are not by heads that rest, and what those come to. */
  async function withoutResting(
    all: readonly StoryRead[],
  ): Promise<ReturnType<typeof strongest<StoryRead>> & Pick<Story['attention'], 'resting'>> {
    const heads = new RestingHeads(pass, position);
    const resting = new Set<StoryRead>();
    for (;;) {
      const found = strongest(
        all.filter((read) => !resting.has(read)),
        T,
        options.labelled,
      );
      const before = resting.size;
      for (const read of found.listed) if (await heads.makes(read)) resting.add(read);
      // What comes up in their place may rest as well.
      if (resting.size > before) continue;
      if (before === 0) return found;
      const share = [...resting].reduce((sum, read) => sum + read.share, 0);
      const bySource = found.bySource.map((sum, source) => (source === 0 ? sum + share : sum));
      return { ...found, bySource, resting: { layers: before, share } };
    }
  }

  function shownLayers(): StoryLayer[] {
    return Array.from({ length: nLayers }, (_, layer) => {
      const { top, target: figures } = readingAt(batch, layer + 1, pass);
      return { layer, says: top[0], target: figures, ...shares[layer] };
    });
  }
}

/** The first token that any head looks at. @param pattern [H,T] */
function firstSeen(pattern: Float32Array, T: number): number {
  // NaN is not 0: it counts as seen.
  const seen = pattern.reduce((first, weight, i) => (weight === 0 ? first : Math.min(first, i % T)), T);
  return seen === T ? 0 : seen;
}

/** @param along [H,T] see `InspectablePass.alongSources` @param pattern [H,T] */
function readOf(layer: number, source: number, along: Float32Array, pattern: Float32Array, T: number): StoryRead {
  const all = Array.from({ length: along.length / T }, (_, head): StoryHead => {
    const at = head * T + source;
    return { head, attention: pattern[at], share: along[at] };
  });
  return { layer, source, ...named(all) };
}

/**
 * What reads write, as tokens: the sum of what all heads of the layer bring from the source. One batch of the lens for all of them.
 *
 * @param options.tokens of each read, most likely first
 */
export async function labelsOf(
  pass: InspectablePass,
  reads: readonly Pick<StoryRead, 'layer' | 'source'>[],
  { position, tokens }: Pick<StoryOptions, 'position' | 'tokens'>,
): Promise<TokenScore[][]> {
  const { dModel: d, nHeads } = pass.model;
  if (reads.length === 0) return [];
  const T = pass.tokens.length;
  const heads = Array.from({ length: nHeads }, (_, head) => head);
  const rows = new Float32Array(reads.length * d);
  for (const layer of new Set(reads.map((read) => read.layer))) {
    const ofLayer = reads.flatMap((read, i) => (read.layer === layer ? [{ i, source: read.source }] : []));
    const sources = ofLayer.map(({ source }) => source);
    const state = await pass.block(layer, position);
    const selection = { heads, sources: heads.map(() => sources), oNeurons: [], neurons: [] };
    const { values } = await pass.vectors(layer, position, state, selection);
    const weights = state.attention.weights ?? state.attention.pattern;
    ofLayer.forEach(({ i, source }, n) => {
      const row = rowOf(rows, i, d);
      for (const head of heads) {
        const [weight, value] = [weights[head * T + source], rowOf(values, head * sources.length + n, d)];
        for (let c = 0; c < d; c++) row[c] += weight * value[c];
      }
    });
  }
  const batch = await pass.read(rows, { target: { id: 0 }, k: tokens, position, at: writtenIn(reads) });
  return reads.map((_, i) => topAt(batch, i, pass));
}
