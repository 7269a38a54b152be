/** What the views beside the flow graph show, of the same random pass as the sample graph. Deterministic. */
import { findActiveNeurons, type ActiveNeurons } from '../../src/core/insight/active-neurons';
import { readHeadMemory, type HeadMemory } from '../../src/core/insight/attention-memory';
import { filterNorms, summariseNorms, type NormFilters, type NormSummaries } from '../../src/core/insight/norm-filters';
import { buildOverview, type Overview } from '../../src/core/insight/overview';
import type { CallContext } from '../../src/core/call-context';
import { samplePass, type SampleOptions } from './sample-graph';

const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

export async function sampleOverview(options: SampleOptions = {}): Promise<Overview> {
  const pass = samplePass(options);
  return buildOverview(pass, { position: options.position ?? pass.tokens.length - 1, target: null, tokens: 10 }, QUIET);
}

export async function sampleNorms(options: SampleOptions = {}): Promise<NormFilters> {
  const pass = samplePass(options);
  return filterNorms(pass, { position: pass.tokens.length - 1, target: null, tokens: 10 }, QUIET);
}

export async function sampleNormSummary(prompts: readonly string[]): Promise<NormSummaries> {
  const forward = (prompt: string) => Promise.resolve(samplePass({ prompt }));
  return summariseNorms(samplePass({}).model, prompts, 10, forward, QUIET);
}

export async function sampleMemory(layer: number, head: number): Promise<HeadMemory> {
  const pass = samplePass({});
  return readHeadMemory(pass, { position: pass.tokens.length - 1, layer, head, sources: 5, tokens: 20 });
}

export async function sampleNeurons(prompts: readonly string[]): Promise<ActiveNeurons> {
  const forward = (prompt: string) => Promise.resolve(samplePass({ prompt }));
  return findActiveNeurons(samplePass({}).model, prompts, { atLeast: 0.95, perLayer: 8, tokens: 10 }, forward, QUIET);
}
