import assert from 'node:assert/strict';
import { activated, closeEverything, graphOf, until } from './extension';

const JAPAN = 'The capital of Japan is the city of';

suite('The inspector', () => {
  suiteSetup(async () => {
    await closeEverything();
    await graphOf(JAPAN);
  });
  suiteTeardown(closeEverything);

  test('shows another position, other layers and another target when the page asks', async () => {
    const visit = await activated();
    await visit.receive({ type: 'change', change: { position: 3 } });
    await until('position 3 is shown', () => visit.state().graph?.position === 3);
    await visit.receive({ type: 'change', change: { layers: { from: 0, to: 1 } } });
    await until('two layers are shown', () => visit.state().graph?.layers.join() === '0,1');
    await visit.receive({ type: 'change', change: { target: ' the' } });
    await until('the target is shown', () => visit.state().graph?.target.text === ' the');
    const graph = visit.state().graph;
    assert.deepEqual([graph?.position, graph?.layers, graph?.target.chosen], [3, [0, 1], 'user']);
  });

  test('keeps its graph when the typed target is no single token', async () => {
    const visit = await activated();
    const before = visit.state().graph;
    await visit.receive({ type: 'change', change: { target: 'no token is as long as this' } });
    await until('the run has ended', () => !visit.state().busy);
    assert.equal(visit.state().graph, before);
    assert.equal(visit.state().problem, undefined);
  });

  test('stays alive when the page sends what no page sends', async () => {
    const visit = await activated();
    const before = visit.state().graph;
    for (const message of [
      null,
      'ready',
      { type: 'format-disk' },
      { type: 'change', change: { position: -1 } },
      { type: 'action', id: 'x' },
      { type: 'highlight', token: 1e9, focus: false },
    ]) {
      await visit.receive(message);
    }
    assert.equal(visit.state().graph, before);
    assert.equal(visit.state().busy, false);
  });
});
