/** The story of a comparison of two passes of a random model, with candidates for causes and checks of them. */
import type { ComparedPass } from '../../src/core/compare/contrast';
import type { Comparison } from '../../src/core/format/comparison';
import type { DifferenceCandidate, DifferenceCandidates, DifferenceCheck } from '../../src/core/insight/difference-causes';
import { buildOverviewDifference, type OverviewDifference } from '../../src/core/insight/overview-difference';
import { buildStoryDifference, type DifferenceSide, type OfSides, type StoryDifference } from '../../src/core/insight/story-difference';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { compareRequestOf } from '../../webview/host/standalone';
import { SAMPLE_MODEL } from './insight-messages';
import { PROMPTS, sampleComparison } from './sample-comparison';
import { samplePass } from './sample-graph';

/** Two prompts of a comparison. */
export interface SamplePrompts {
  readonly left: string;
  readonly right: string;
}

/** What the engine would say of the passes that `sampleComparison` compares. Deterministic. */
export function sampleDifference(prompts: SamplePrompts = PROMPTS, nLayers = 4): Promise<StoryDifference> {
  return buildStoryDifference(passesOf(prompts, nLayers), { tokens: 5, labelled: 0.6 }, CALL);
}

const CALL = { signal: { aborted: false }, report: () => undefined } as const;

function passesOf(prompts: SamplePrompts, nLayers: number): OfSides<ComparedPass> {
  const side = (prompt: string, seed: number): ComparedPass => {
    const pass = samplePass({ prompt, nLayers, seed });
    return { pass, options: { position: pass.tokens.length - 1, target: null } };
  };
  return { left: side(prompts.left, 7), right: side(prompts.right, prompts.left === prompts.right ? 7 : 8) };
}

/** The overview of the same two passes. */
export function sampleOverviewDifference(prompts: SamplePrompts = PROMPTS, nLayers = 4): Promise<OverviewDifference> {
  return buildOverviewDifference(passesOf(prompts, nLayers), { tokens: 5 }, CALL);
}

/** What the host sends of a comparison. @param more how it is named, for instance */
export function comparisonMessage(comparison: Comparison, more: { readonly seen?: string } = {}): HostMessage {
  return {
    type: 'comparison',
    fingerprint: SAMPLE_MODEL,
    comparison,
    request: compareRequestOf(comparison),
    origins: { left: {}, right: {} },
    ...more,
  };
}

/** A comparison with its story. */
export async function sampleBoth(
  prompts: SamplePrompts = PROMPTS,
  nLayers = 4,
): Promise<{ readonly comparison: Comparison; readonly story: StoryDifference }> {
  return { comparison: await sampleComparison('own', prompts, nLayers), story: await sampleDifference(prompts, nLayers) };
}

/** A feed-forward layer, as a candidate. */
export function candidateAt(layer: number, { left, right }: StoryDifference): DifferenceCandidate {
  return {
    kind: 'mlp',
    layer,
    at: { left: left.position, right: right.position },
    heads: [],
    components: [`blocks.${layer}.mlp@${right.position}`],
    writes: { left: [], right: [] },
  };
}

/** What the engine finds before it measures. */
export function candidatesOf(
  story: StoryDifference,
  candidates: readonly DifferenceCandidate[],
  more: Pick<DifferenceCandidates, 'unmeasured'> = {},
): DifferenceCandidates {
  const brief = ({ prompt, tokens, position, target, interventions }: DifferenceSide) => ({
    prompt,
    tokens,
    position,
    target,
    ...(interventions && { interventions }),
  });
  const { model, contrast, left, right } = story;
  return {
    schema: 'visit.difference-candidates/1',
    model,
    contrast,
    left: brief(left),
    right: brief(right),
    wanted: 5,
    candidates,
    ...more,
  };
}

/** What is measured of a candidate. @param moved by how much the contrast falls */
export function checkOf({ components }: DifferenceCandidate, { left, right, contrast }: StoryDifference, moved: number): DifferenceCheck {
  const [predicts] = left.predictions;
  if (predicts === undefined) throw new Error('The sample predicts nothing.');
  return {
    schema: 'visit.difference-check/1',
    components,
    contrast: contrast.right - moved,
    probability: { left: left.target.probability, right: right.target.probability / 2 },
    predicts,
  };
}
