/** Two passes to compare: the same random model on prompts of different length. */
import { comparePasses } from '../../src/core/compare/compare-passes';
import type { ComparedTargets } from '../../src/core/format/compared-targets';
import type { Comparison } from '../../src/core/format/comparison';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import { samplePass, type SampleOptions } from './sample-graph';

export const PROMPTS = {
  left: 'The capital of Japan is the city of',
  right: 'It is known that the capital of France is the city of',
} as const;

/** A comparison of two passes of a random model. Deterministic. */
export async function sampleComparison(
  targets: ComparedTargets = 'own',
  prompts: { readonly left: string; readonly right: string } = PROMPTS,
  nLayers = 4,
  effects = false,
  parts: Pick<SampleOptions, 'nLayers' | 'nHeads' | 'counts'> = {},
): Promise<Comparison> {
  return compareSamples(prompts, targets, prompts.left === prompts.right ? 7 : 8, { nLayers, ...parts }, effects);
}

/** What switching off a head could do: another random model on the same prompt. Deterministic. */
export async function sampleWhatIf(component: string): Promise<Comparison> {
  const { left, right, ...rest } = await compareSamples({ left: PROMPTS.left, right: PROMPTS.left }, 'left', 8);
  const nodes = right.nodes.map((node) => (node.id === component ? { ...node, intervention: 'zero' as const } : node));
  return { left, right: { ...right, nodes, interventions: [{ mode: 'zero', component }] }, ...rest };
}

function compareSamples(
  prompts: { readonly left: string; readonly right: string },
  targets: ComparedTargets,
  rightSeed: number,
  { counts, ...size }: Pick<SampleOptions, 'nLayers' | 'nHeads' | 'counts'> = { nLayers: 4 },
  effects = false,
): Promise<Comparison> {
  const side = (prompt: string, seed: number) => {
    const pass = samplePass({ prompt, seed, ...size });
    return { pass, options: { position: pass.tokens.length - 1, target: null } };
  };
  return comparePasses(
    { left: side(prompts.left, 7), right: side(prompts.right, rightSeed) },
    { layers: { from: 2, to: 2 }, counts: { ...DEFAULT_COUNTS, ...counts }, targets, ...(effects && { effects: { kind: 'zero' } }) },
    { signal: { aborted: false }, report: () => undefined },
  );
}
