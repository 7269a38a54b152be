/** What the views beside the flow graph show, of the same random pass as the sample graph. Deterministic. */
import { findActiveNeurons, type ActiveNeurons } from '../../src/core/insight/active-neurons';
import { readHeadMemory, type HeadMemory } from '../../src/core/insight/attention-memory';
import { readBackwardLens, type BackwardLens } from '../../src/core/insight/backward-lens';
import { buildEffects, type Effects } from '../../src/core/insight/effects';
import { filterNorms, summariseNorms, type NormFilters, type NormSummaries } from '../../src/core/insight/norm-filters';
import { buildOverview, type Overview } from '../../src/core/insight/overview';
import { buildStory, type Story } from '../../src/core/insight/story';
import type { CallContext } from '../../src/core/call-context';
import { fakeGradients } from '../support/fake-gradients';
import { samplePass, type SampleOptions } from './sample-graph';

const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

export async function sampleOverview(options: SampleOptions = {}): Promise<Overview> {
  const pass = samplePass(options);
  return buildOverview(pass, { position: options.position ?? pass.tokens.length - 1, target: null, tokens: 10 }, QUIET);
}

export async function sampleStory(options: SampleOptions = {}): Promise<Story> {
  const pass = samplePass(options);
  return buildStory(pass, { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 }, QUIET);
}

export async function sampleEffects(options: SampleOptions = {}): Promise<Effects> {
  const pass = samplePass(options);
  const position = options.position ?? pass.tokens.length - 1;
  return buildEffects(pass, { position, target: null, baseline: { kind: 'zero' }, strongest: 5, kinds: ['head'] }, QUIET);
}

export async function sampleNorms(options: SampleOptions = {}): Promise<NormFilters> {
  const pass = samplePass(options);
  return filterNorms(pass, { position: pass.tokens.length - 1, target: null, tokens: 10 }, QUIET);
}

export async function sampleNormSummary(prompts: readonly string[], options: SampleOptions = {}): Promise<NormSummaries> {
  const forward = (prompt: string) => Promise.resolve(samplePass({ ...options, prompt }));
  return summariseNorms(samplePass(options).model, prompts, 10, forward, QUIET);
}

export async function sampleMemory(layer: number, head: number): Promise<HeadMemory> {
  const pass = samplePass({});
  return readHeadMemory(pass, { position: pass.tokens.length - 1, layer, head, sources: 5, tokens: 20 });
}

/** @param more what is different of the gradients @param prompt another prompt */
export async function sampleGradient(
  layer: number,
  more: Parameters<typeof fakeGradients>[2] = {},
  prompt?: string,
): Promise<BackwardLens> {
  const pass = samplePass(prompt === undefined ? {} : { prompt });
  const options = { position: pass.tokens.length - 1, target: null, layer, tokens: 10, neurons: 5 };
  return readBackwardLens(pass, options, async (at) => fakeGradients(pass, at, more));
}

export async function sampleNeurons(prompts: readonly string[], options: SampleOptions = {}): Promise<ActiveNeurons> {
  const forward = (prompt: string) => Promise.resolve(samplePass({ ...options, prompt }));
  return findActiveNeurons(samplePass(options).model, prompts, { atLeast: 0.95, perLayer: 8, tokens: 10 }, forward, QUIET);
}
