/** Graphs to draw: a random pass over real words, in GPT-2's proportions where it matters for the eye. */
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { estimateGraphEffects } from '../../src/core/analyse/effects/graph-effects';
import { settledTarget } from '../../src/core/pass/target';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import type { GraphCounts } from '../../src/core/format/graph-counts';
import { FakePass } from '../support/fake-pass';

const WORDS = (
  ' Tokyo, Japan, Paris, capital, city, of, the, is, France, Kyoto, London, government, University,ville,burg, island,' +
  ' north, and, in, at, known, located, called, population, internationalization,ing,ed,s, Osaka, river, Emperor, Asia'
).split(',');

/** Tokens that a page must not take for markup, and that a label must survive. */
export const NASTY_TOKENS = [
  '<img src=x onerror="window.pwned=1">',
  '<script>window.pwned=1</script>',
  '\n',
  ' \u202eabc',
  '&amp;',
  '<b>bold</b>',
  '日本',
  '🗾',
];

export interface SampleOptions {
  readonly layers?: { readonly from: number; readonly to: number };
  readonly nLayers?: number;
  readonly nHeads?: number;
  readonly counts?: Partial<GraphCounts>;
  readonly prompt?: string;
  readonly position?: number;
  /** with the effects of what is drawn */
  readonly effects?: boolean;
}

/** Proportions in which every kind of part is there and none is many: what axe looks at takes it as long as there are elements. */
export const FEW_PARTS = { nLayers: 3, nHeads: 4, counts: { heads: 2, values: 2, top: 2, bottom: 1, tokens: 3 } } as const;

/** Passes that have been made, by what they were made of. */
const passes = new Map<string, FakePass>();

/** A pass of a random model, made once; the same word is the same token in every prompt. */
export function samplePass({
  prompt = 'The capital of Japan is the city of',
  nLayers = 12,
  nHeads = 12,
  seed = 7,
}: Pick<SampleOptions, 'prompt' | 'nLayers' | 'nHeads'> & { readonly seed?: number } = {}): FakePass {
  const key = JSON.stringify([prompt, nLayers, nHeads, seed]);
  const made = passes.get(key);
  if (made !== undefined) return made;
  const words = [...WORDS, ...NASTY_TOKENS];
  const pass = new FakePass(prompt, words, { nLayers, nHeads, dModel: 48, dMlp: 160, vocabSize: words.length, seed });
  const number = (text: string): number =>
    Array.from(text.trim()).reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521, 7);
  passes.set(key, Object.assign(pass, { tokens: pass.tokens.map((token) => ({ ...token, id: number(token.text) })) }));
  return pass;
}

/** A flow graph of a random model. Deterministic. */
export async function sampleGraph(options: SampleOptions = {}): Promise<FlowGraph> {
  const pass = samplePass(options);
  const last = pass.model.nLayers - 1;
  const context = { signal: { aborted: false }, report: () => undefined };
  const layers = options.layers ?? { from: last, to: last };
  const at = { position: options.position ?? pass.tokens.length - 1, target: null };
  const target = await settledTarget(pass, at);
  const asked = { position: at.position, target, baseline: { kind: 'zero' } } as const;
  const effects = options.effects && (await estimateGraphEffects(pass, asked, layers, context));
  const counts = { ...DEFAULT_COUNTS, ...options.counts };
  return buildFlowGraph(pass, { ...at, layers, counts, ...(effects && { effects }) }, context);
}
