import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { headsBehind } from '../../src/core/insight/heads-alone';
import { buildLensGrid } from '../../src/core/insight/lens-grid';
import { promptLines } from '../../src/core/text/prompt-lines';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { EngineHandlers, HandlerContext } from '../../src/engine/service/engine-handlers';
import { createHandlers } from '../../src/engine/service/handlers';
import { MODEL, openEmbeddedModel, patient } from './embedded-model';

describe('What is drawn, alone, in the embedded model', () => {
  const context: HandlerContext = { ...patient, opened: () => undefined };
  const model = { folder: MODEL };
  let loaded: LoadedModel;
  let handlers: EngineHandlers;
  let prompt: { readonly text: string };
  let over: readonly { readonly text: string }[];
  before(async () => {
    const opened = await openEmbeddedModel();
    loaded = opened.model;
    handlers = createHandlers({ loadModel: () => Promise.resolve(opened), buildFlowGraph, buildLensGrid });
    const sample = readFileSync(path.resolve(__dirname, '../../examples/factual-recall.txt'), 'utf8');
    const [first, ...others] = promptLines(sample, { hashIsComment: true }).map(({ text }) => ({ text }));
    assert.ok(first);
    [prompt, over] = [first, others];
  });
  after(() => loaded.release());

  it('is what the pass says with every other head at the position set to its mean over the prompts', async () => {
    const { nLayers, nHeads } = loaded.info;
    const { reads, position, target } = await handlers.story({ model, prompt, options: {} }, context);
    const heads = headsBehind(reads.filter(({ writes }) => writes !== undefined));
    const alone = await handlers.headsAlone({ model, prompt, options: { heads, over } }, context);
    assert.deepEqual([alone.kept, alone.heads, alone.prompts], [heads.length, nLayers * nHeads, over.length]);
    assert.ok(heads.length > 0 && heads.length < nLayers * nHeads);
    const interventions = Array.from({ length: nLayers * nHeads }, (_, i) => `blocks.${Math.floor(i / nHeads)}.attn.head.${i % nHeads}`)
      .filter((name) => !heads.includes(name))
      .map((name) => ({ mode: 'mean' as const, component: `${name}@${position}`, over: [...over] }));
    const graph = await handlers.graph({ model, prompt, options: { target: { id: target.id }, interventions } }, context);
    assert.ok(Math.abs(graph.target.probability - alone.probability) < 1e-6);
    assert.ok(Math.abs(graph.target.measured - alone.value) < 1e-4);
    assert.ok(Math.abs(alone.value - target.measured) > 0.1, 'the other heads make no difference');
  });

  it('is the ordinary pass where all heads are drawn', async () => {
    const { nLayers, nHeads } = loaded.info;
    const heads = Array.from({ length: nLayers * nHeads }, (_, i) => `blocks.${Math.floor(i / nHeads)}.attn.head.${i % nHeads}`);
    const { target } = await handlers.story({ model, prompt, options: {} }, context);
    const alone = await handlers.headsAlone({ model, prompt, options: { heads, over } }, context);
    assert.equal(alone.kept, alone.heads);
    assert.ok(Math.abs(alone.value - target.measured) < 1e-6);
  });

  it('says what is the matter where there is no other prompt, or none is long enough', async () => {
    await assert.rejects(handlers.headsAlone({ model, prompt, options: { heads: [], over: [] } }, context), { code: 'empty-prompt' });
    const short = { heads: [], over: [{ text: 'The' }], position: 1 };
    await assert.rejects(handlers.headsAlone({ model, prompt, options: short }, context), { code: 'no-such-component' });
  });
});
