import assert from 'node:assert/strict';
import { DEFAULT_COUNTS } from '../../../../src/core/format/graph-counts';
import { forNextModel, forNextPrompt, graphOptions, settledRequest, withChange } from '../../../../src/host/session/view-choice';

const counts = { ...DEFAULT_COUNTS, heads: 3 };
const chosen = { position: 2, layers: { from: 1, to: 4 }, target: ' Tokyo', counts };
const model = { nLayers: 12 };

describe('The choice of a view', () => {
  it('takes over what changes and keeps the rest', () => {
    assert.deepEqual(withChange(chosen, { position: 5 }), { ...chosen, position: 5 });
    assert.deepEqual(withChange({}, { target: ' Paris' }), { target: ' Paris' });
  });

  it('goes back to the model’s own prediction when the target is taken away', () => {
    const { target: _, ...rest } = chosen;
    assert.deepEqual(withChange(chosen, { target: null }), rest);
  });

  it('keeps layers and counts for the next prompt', () => {
    assert.deepEqual(forNextPrompt(chosen), { layers: chosen.layers, counts });
    assert.deepEqual(forNextPrompt({}), {});
  });

  it('keeps only counts for the next model', () => {
    assert.deepEqual(forNextModel(chosen), { counts });
  });

  it('leaves position and target to the engine where nothing was chosen', () => {
    assert.deepEqual(graphOptions({}, { counts, lastLayers: 1 }, model), { layers: { from: 11, to: 11 }, counts });
  });

  it('draws as many of the last layers as the settings say', () => {
    const layersFor = (lastLayers: number): unknown => graphOptions({}, { counts, lastLayers }, model).layers;
    assert.deepEqual(layersFor(3), { from: 9, to: 11 });
    assert.deepEqual(layersFor(0), { from: 0, to: 11 });
    assert.deepEqual(layersFor(99), { from: 0, to: 11 });
  });

  it('goes before the settings', () => {
    const options = graphOptions(chosen, { counts: DEFAULT_COUNTS, lastLayers: 1 }, model);
    assert.deepEqual(options, { ...chosen, target: { text: ' Tokyo' } });
  });

  it('fits a model with fewer layers', () => {
    assert.deepEqual(graphOptions({ layers: { from: 2, to: 9 } }, { counts, lastLayers: 1 }, { nLayers: 4 }).layers, { from: 2, to: 3 });
    assert.deepEqual(graphOptions({ layers: { from: 8, to: 9 } }, { counts, lastLayers: 1 }, { nLayers: 4 }).layers, { from: 3, to: 3 });
  });

  it('is settled by the graph that answers it', () => {
    const request = settledRequest({ position: 7, layers: [3, 4, 5], counts }, {});
    assert.deepEqual(request, { position: 7, layers: { from: 3, to: 5 }, target: null, against: null, counts });
  });
});
