import assert from 'node:assert/strict';
import type { FlowGraph } from '../../../../src/core/format/flow-graph';
import { RunHistory, RUNS_KEPT } from '../../../../src/host/session/run-history';
import { graphShown, promptOf, setUp } from '../fake-engine';

/** A workspace's state in memory. */
function store(kept: Record<string, unknown> = {}) {
  return {
    get: (key: string) => kept[key],
    update: (key: string, value: unknown) => {
      // what is kept is written as JSON
      kept[key] = JSON.parse(JSON.stringify(value));
      return Promise.resolve();
    },
  };
}

describe('The last runs', () => {
  it('are kept newest first, each prompt once with what was last seen of it', async () => {
    const { inspector } = setUp();
    const history = new RunHistory(store());
    for (const [text, position] of [
      ['Japan', 4],
      ['France', 4],
      ['Japan', 1],
    ] as const) {
      await inspector.visualize(promptOf(text));
      if (position !== 4) await inspector.change({ position });
      history.note(graphShown(inspector));
    }
    const runs = (await history.runs()).map(({ input, model }) => ({ input, model }));
    assert.deepEqual(
      runs.map(({ input }) => (input.kind === 'graph' ? [input.prompt.text, input.choice.position] : [])),
      [
        ['Japan', 1],
        ['France', undefined],
      ],
    );
    assert.equal(runs[0]?.model, graphShown(inspector).graph.model.name);
  });

  it('say which token another than the last is followed by, and which target was asked for', async () => {
    const { inspector } = setUp();
    const history = new RunHistory(store());
    await inspector.visualize(promptOf('Japan'));
    const shown = graphShown(inspector);
    const token = (id: number, text: string) => ({ id, text, start: 0, end: 1, logit: 1, probability: 0.5, rank: 1 });
    const top = token(7, ' Tokyo');
    const targeted = (of: typeof top): FlowGraph['target'] => ({ ...of, measure: 'raw', measured: 1, chosen: 'auto' });
    const seen = async (change: Partial<FlowGraph>): Promise<string | undefined> => {
      const stream = [{ reading: { top: [top] } }] as unknown as FlowGraph['stream'];
      const tokens = [token(1, 'The'), token(2, ' capital')];
      history.note({ ...shown, graph: { ...shown.graph, tokens, stream, position: 1, target: targeted(top), ...change } });
      return (await history.runs())[0]?.top;
    };
    assert.equal(await seen({}), '·Tokyo');
    assert.equal(await seen({ position: 0 }), 'after ‘The’: ·Tokyo');
    assert.equal(await seen({ target: targeted(token(8, ' Kyoto')) }), '·Tokyo, target ·Kyoto');
    assert.equal(await seen({ target: { ...targeted(top), against: token(8, ' Kyoto') } }), '·Tokyo, target ·Tokyo − ·Kyoto');
  });

  it('are the last twenty, and none that another version kept in a way that cannot be read', async () => {
    const { inspector } = setUp();
    const kept = store({ 'visit.runs': [{ input: { kind: 'other' }, model: 'm', top: '' }, 3] });
    assert.deepEqual(await new RunHistory(kept).runs(), []);
    const history = new RunHistory(kept);
    for (let i = 0; i < RUNS_KEPT + 5; i += 1) {
      await inspector.visualize(promptOf(`p${i}`));
      history.note(graphShown(inspector));
    }
    const runs = await history.runs();
    assert.equal(runs.length, RUNS_KEPT);
    const [newest] = runs;
    assert.ok(newest?.input.kind === 'graph' && newest.input.prompt.text === `p${RUNS_KEPT + 4}`);
  });
});
