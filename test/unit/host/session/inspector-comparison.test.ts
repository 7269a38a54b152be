import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import type { InspectorSession } from '../../../../src/host/session/inspector-session';
import { inspectorInputSchema } from '../../../../src/host/session/kept-input';
import { fromOffsets, inputOf, textsOf, type InspectorResult } from '../../../../src/host/session/inspector-input';
import { graphShown, promptOf, setUp, tokensOf, types } from '../fake-engine';

const JAPAN = promptOf('Japan', 10);
const FRANCE = promptOf('France', 40);

/** The comparison that is shown. */
function comparisonShown({ shown }: InspectorSession): Extract<InspectorResult, { kind: 'comparison' }> {
  assert.ok(shown?.kind === 'comparison', 'a comparison is shown');
  return shown;
}

function lastComparison(posted: readonly HostMessage[]): Extract<HostMessage, { type: 'comparison' }> {
  const message = posted.findLast(({ type }) => type === 'comparison');
  assert.ok(message?.type === 'comparison');
  return message;
}

describe('The inspector, comparing two prompts', () => {
  it('reads both at their last token, each for its own target, in the block in which they part most', async () => {
    const { inspector, engine, posted, kept } = setUp();
    assert.equal(await inspector.compare(JAPAN, FRANCE), 'done');
    const { left, right, options } = engine.of('compare')[0];
    assert.deepEqual(
      [left, right],
      [
        { prompt: { text: 'Japan' }, options: {} },
        { prompt: { text: 'France' }, options: {} },
      ],
    );
    assert.deepEqual(options, { counts: DEFAULT_COUNTS });
    const { request, origins } = lastComparison(posted);
    assert.deepEqual(request, {
      left: { position: 4, target: null, against: null },
      right: { position: 5, target: null, against: null },
      targets: 'own',
      interventions: [],
      layers: { from: 2, to: 2 },
      counts: DEFAULT_COUNTS,
      measure: 'centred',
      baseline: { baseline: 'zero' },
      effects: false,
    });
    assert.deepEqual(origins, { left: { name: 'a.txt', uri: 'file:///a.txt' }, right: { name: 'a.txt', uri: 'file:///a.txt' } });
    assert.equal(kept.at(-1)?.kind, 'comparison');
  });

  it('adds up changes of either side and of both', async () => {
    const { inspector, engine } = setUp();
    await inspector.compare(JAPAN, FRANCE);
    engine.beforeGraph = async () => {
      await after(5);
    };
    await Promise.all([
      inspector.changeComparison({ left: { position: 1, target: null, against: null } }),
      inspector.changeComparison({ right: { position: 2, target: 'x', against: null }, targets: 'difference' }),
      inspector.changeComparison({ layers: { from: 0, to: 1 } }),
    ]);
    const asked = engine.of('compare').at(-1);
    assert.deepEqual([asked?.left.options, asked?.right.options], [{ position: 1 }, { position: 2, target: { text: 'x' } }]);
    assert.deepEqual(asked?.options, { layers: { from: 0, to: 1, clamp: true }, counts: DEFAULT_COUNTS, targets: 'difference' });
  });

  it('changes the sides over with all that was chosen for them', async () => {
    const { inspector, engine } = setUp();
    await inspector.compare(JAPAN, FRANCE);
    await inspector.changeComparison({ left: { position: 1, target: 'x', against: null }, targets: 'left' });
    await inspector.swap();
    const { left, right, choice } = comparisonShown(inspector);
    assert.deepEqual([left.text, right.text], ['France', 'Japan']);
    assert.deepEqual([choice.left, choice.right, choice.targets], [{}, { position: 1, target: 'x' }, 'right']);
    assert.equal(engine.of('compare').at(-1)?.right.options.position, 1);
  });

  it('compares the graph that is shown with a prompt that is typed, and ends with the graph of a side', async () => {
    const { inspector, posted } = setUp();
    await inspector.visualize(JAPAN);
    await inspector.change({ position: 2, layers: { from: 1, to: 1 } });
    inspector.askOther();
    assert.deepEqual(types(inspector.replay()), ['graph', 'askOther']);
    await inspector.compareWith('Spain');
    assert.deepEqual(types(inspector.replay()), ['comparison']);
    const { left, right, choice } = comparisonShown(inspector);
    assert.deepEqual([left.text, right.text, right.origin], ['Japan', 'Spain', undefined]);
    assert.deepEqual([choice.left, choice.layers], [{ position: 2 }, { from: 1, to: 1 }]);
    assert.deepEqual(lastComparison(posted).origins, { left: { name: 'a.txt', uri: 'file:///a.txt' }, right: {} });
    await inspector.single('right');
    assert.deepEqual([graphShown(inspector).prompt.text, graphShown(inspector).graph.layers], ['Spain', [1]]);
  });

  it('says which side a target is typed for that is no single token', async () => {
    const { inspector, posted } = setUp();
    await inspector.compare(JAPAN, FRANCE);
    await inspector.changeComparison({ right: { position: 0, target: 'Tokyo', against: null } });
    assert.deepEqual(posted.at(-1), {
      type: 'targetProblem',
      text: 'Tokyo',
      pieces: tokensOf('Tokyo'),
      near: [{ id: 65, text: 'A' }],
      field: { side: 'right', of: 'target' },
    });
    assert.deepEqual(comparisonShown(inspector).choice.right, {});
  });

  it('shortens the side that is too long, and knows where it then stands', async () => {
    const { inspector } = setUp();
    await inspector.compare(JAPAN, promptOf('0123456789', 100));
    assert.equal(inspector.problem?.code, 'prompt-too-long');
    await inspector.act('useLastTokens');
    const { left, right } = comparisonShown(inspector);
    assert.deepEqual([left, right.text, right.origin?.start], [JAPAN, '23456789', 102]);
  });

  it('shows a prompt before and after what is switched off, and as it was when all is taken back', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(JAPAN);
    await inspector.change({ position: 2 });
    const off = { mode: 'zero', component: 'blocks.1.mlp' } as const;
    await inspector.intervene(off);
    const asked = engine.of('compare').at(-1);
    assert.deepEqual([asked?.left.prompt, asked?.right.prompt], [{ text: 'Japan' }, { text: 'Japan' }]);
    assert.deepEqual([asked?.left.options, asked?.right.options], [{ position: 2 }, { position: 2, interventions: [off] }]);
    assert.equal(asked?.options.targets, 'left');
    assert.deepEqual(asked?.options.layers, { from: 3, to: 3, clamp: true }, 'the layers that were drawn');
    await inspector.takeBack(null);
    assert.deepEqual([graphShown(inspector).prompt.text, graphShown(inspector).graph.position], ['Japan', 2]);
  });

  it('asks for the same logit difference before and after an intervention, and afterwards', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(JAPAN);
    await inspector.change({ target: 'M', against: 'J' });
    await inspector.intervene({ mode: 'zero', component: 'blocks.1.mlp' });
    const asked = engine.of('compare').at(-1);
    for (const side of [asked?.left, asked?.right])
      assert.deepEqual([side?.options.target, side?.options.against], [{ text: 'M' }, { text: 'J' }]);
    assert.equal(lastComparison(posted).request.left.against, 'J');
    await inspector.changeComparison({ left: { position: 4, target: 'M', against: null } });
    assert.equal(engine.of('compare').at(-1)?.left.options.against, undefined);
    await inspector.changeComparison({ left: { position: 4, target: 'M', against: 'K' } });
    await inspector.takeBack(null);
    assert.deepEqual([graphShown(inspector).choice.target, graphShown(inspector).choice.against], ['M', 'K']);
  });

  const off = (component: string) => ({ mode: 'zero', component }) as const;

  it('adds up what is switched off and taken back in quick succession', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(JAPAN);
    engine.beforeGraph = async () => {
      await after(5);
    };
    await Promise.all(['blocks.0.mlp', 'blocks.1.mlp', 'blocks.2.mlp'].map((component) => inspector.intervene(off(component))));
    assert.deepEqual(comparisonShown(inspector).choice.interventions, [off('blocks.0.mlp'), off('blocks.1.mlp'), off('blocks.2.mlp')]);
    await Promise.all([inspector.takeBack('blocks.0.mlp'), inspector.takeBack('blocks.2.mlp')]);
    assert.deepEqual(comparisonShown(inspector).choice.interventions, [off('blocks.1.mlp')]);
    const patch = { mode: 'patch', component: 'blocks.1.mlp', from: { text: 'France' } } as const;
    await inspector.intervene(patch);
    assert.deepEqual(comparisonShown(inspector).choice.interventions, [patch], 'of one component the last holds');
  });

  it('keeps changes of a component at different positions, and lets one everywhere take their place', async () => {
    const { inspector } = setUp();
    await inspector.visualize(JAPAN);
    const changes = () => comparisonShown(inspector).choice.interventions?.map(({ component }) => component);
    await inspector.intervene(off('blocks.1.mlp@1'));
    await inspector.intervene(off('blocks.1.mlp@2'));
    await inspector.intervene(off('blocks.1.attn@2'));
    assert.deepEqual(changes(), ['blocks.1.mlp@1', 'blocks.1.mlp@2', 'blocks.1.attn@2']);
    await inspector.takeBack('blocks.1.mlp@1');
    await inspector.intervene(off('blocks.1.mlp'));
    assert.deepEqual(changes(), ['blocks.1.attn@2', 'blocks.1.mlp']);
    await inspector.intervene(off('blocks.1.mlp@0'));
    assert.deepEqual(changes(), ['blocks.1.attn@2', 'blocks.1.mlp@0']);
  });

  it('keeps one prompt at two positions a comparison when all is taken back', async () => {
    const { inspector } = setUp();
    await inspector.compare(JAPAN, JAPAN);
    await inspector.changeComparison({ left: { position: 1, target: null, against: null } });
    await inspector.intervene(off('blocks.1.mlp'));
    await inspector.takeBack('blocks.1.mlp');
    const { comparison } = comparisonShown(inspector);
    assert.deepEqual([comparison.left.position, comparison.right.position], [1, 4]);
  });

  it('shortens the prompt from which a value is put in, where that is too long, and nothing else', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(JAPAN);
    await inspector.change({ position: 2, target: 'M' });
    await inspector.intervene({ mode: 'patch', component: 'blocks.1.mlp', from: { text: '0123456789' } });
    assert.equal(inspector.problem?.code, 'prompt-too-long');
    await inspector.act('useLastTokens');
    const asked = engine.of('compare').at(-1);
    assert.deepEqual(asked?.right.options.interventions, [{ mode: 'patch', component: 'blocks.1.mlp', from: { text: '23456789' } }]);
    assert.deepEqual([asked?.left.prompt, asked?.left.options], [{ text: 'Japan' }, { position: 2, target: { text: 'M' } }]);
    assert.equal(comparisonShown(inspector).right.text, 'Japan');
  });

  it('sets a component to its mean over prompts, keeps them over a reload, and shortens each that is too long', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(JAPAN);
    const over = [{ text: 'one' }, { text: 'too long for it' }];
    const mean = { mode: 'mean', component: 'blocks.1.mlp', over, name: 'a.txt' } as const;
    await inspector.intervene(mean);
    assert.deepEqual(engine.of('compare').at(-1)?.right.options.interventions, [mean]);
    const kept = inspectorInputSchema.parse(JSON.parse(JSON.stringify(inputOf(comparisonShown(inspector)))));
    assert.deepEqual(kept, inputOf(comparisonShown(inspector)));
    const { inspector: next, engine: anew } = setUp();
    await next.restore(kept);
    assert.deepEqual(anew.of('compare').at(-1)?.right.options.interventions, [mean]);
    assert.deepEqual([...textsOf(kept)], ['Japan', 'one', 'too long for it']);
    const cut = fromOffsets(kept, (text) => Math.max(0, text.length - 8));
    assert.ok(cut.kind === 'comparison');
    assert.deepEqual(cut.choice.interventions, [{ ...mean, over: [{ text: 'one' }, { text: ' for it'.padStart(8, 'g') }] }]);
  });

  it('shows effects against another prompt or a mean, of a graph and of a comparison that comes of it', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(JAPAN);
    await inspector.change({ effects: true });
    const mean = { baseline: 'mean', prompts: [{ text: 'one' }], name: 'a.txt' } as const;
    await inspector.against(mean);
    assert.deepEqual(engine.graphs.at(-1)?.effects, mean);
    await inspector.compareWith('France');
    assert.deepEqual(lastComparison(posted).request.baseline, mean);
    await inspector.changeComparison({ effects: true });
    assert.deepEqual(engine.of('compare').at(-1)?.options.effects, mean);
    await inspector.against({ baseline: 'zero' });
    assert.deepEqual(engine.of('compare').at(-1)?.options.effects, { baseline: 'zero' });
    await inspector.single('left');
    assert.deepEqual(graphShown(inspector).choice.baseline, { baseline: 'zero' });
  });

  it('goes back to what was shown when it is cancelled', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(JAPAN);
    engine.beforeGraph = () => new Promise(() => undefined);
    const run = inspector.compare(JAPAN, FRANCE);
    await after(1);
    inspector.cancel();
    assert.equal(await run, 'cancelled');
    assert.deepEqual(types(posted), ['graph', 'idle']);
    assert.equal(graphShown(inspector).prompt.text, 'Japan');
  });

  it('keeps counts and targets on another model, but neither layers nor positions', async () => {
    const { inspector, engine } = setUp();
    await inspector.compare(JAPAN, FRANCE);
    const counts = { ...DEFAULT_COUNTS, top: 1 };
    await inspector.changeComparison({
      counts,
      targets: 'left',
      layers: { from: 0, to: 0 },
      left: { position: 0, target: null, against: null },
    });
    await inspector.modelChanged();
    assert.deepEqual(engine.of('compare').at(-1), {
      model: { folder: '/model' },
      left: { prompt: { text: 'Japan' }, options: {} },
      right: { prompt: { text: 'France' }, options: {} },
      options: { counts, targets: 'left' },
    });
  });

  it('lists what several prompts are continued with, and opens any of them and any two', async () => {
    const { inspector, posted } = setUp();
    const prompts = [JAPAN, FRANCE, promptOf('Spain', 70)];
    await inspector.predict(prompts);
    const message = posted.at(-1);
    assert.ok(message?.type === 'predictions');
    assert.deepEqual(
      message.table.rows.map(({ prompt }) => prompt),
      ['Japan', 'France', 'Spain'],
    );
    await inspector.compareRows(2, 0);
    assert.deepEqual([comparisonShown(inspector).left.text, comparisonShown(inspector).right.text], ['Spain', 'Japan']);
    await inspector.predict(prompts);
    await inspector.openRow(1);
    assert.equal(graphShown(inspector).prompt.text, 'France');
    await inspector.openRow(2);
    assert.equal(graphShown(inspector).prompt.text, 'France', 'there is no table any more');
  });

  it('shows again what an earlier window showed', async () => {
    const { inspector, kept } = setUp();
    await inspector.compare(JAPAN, FRANCE);
    await inspector.changeComparison({ left: { position: 1, target: null, against: null } });
    const next = setUp();
    await next.inspector.restore(kept.at(-1)!);
    assert.deepEqual(comparisonShown(next.inspector), comparisonShown(inspector));
  });
});
