import assert from 'node:assert/strict';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import {
  forNextModel,
  forNextPrompt,
  graphOptions,
  settledRequest,
  withChange,
  type ViewChoice,
} from '../../../../src/host/session/view-choice';
import { viewChoiceSchema } from '../../../../src/host/session/kept-input';

const counts = { ...DEFAULT_COUNTS, heads: 3 };
const chosen = { position: 2, layers: { from: 1, to: 4 }, target: ' Tokyo', counts };
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

  it('keeps what shares are of, for the next prompt and the next model, and asks the engine for it', () => {
    const raw = withChange(chosen, { measure: 'raw' });
    assert.deepEqual([forNextPrompt(raw).measure, forNextModel(raw).measure], ['raw', 'raw']);
    assert.equal(graphOptions(raw, { counts, lastLayers: 1 }).measure, 'raw');
    assert.equal(settledRequest({ position: 7, layers: [3], counts }, raw).measure, 'raw');
  });

  it('asks for effects while the same prompt is shown, but not for the first graph of the next', () => {
    const shown = withChange(chosen, { effects: true });
    assert.deepEqual(graphOptions(withChange(shown, { position: 0 }), { counts, lastLayers: 1 }).effects, { baseline: 'zero' });
    assert.equal(graphOptions(withChange(shown, { effects: false }), { counts, lastLayers: 1 }).effects, undefined);
    assert.deepEqual([forNextPrompt(shown).effects, forNextModel(shown).effects], [undefined, undefined]);
    const effects = { of: 'centred', value: 1, baseline: 'zero', first: 0 } as const;
    assert.equal(settledRequest({ position: 7, layers: [3], counts, effects }, shown).effects, true);
  });

  it('asks for effects against what was chosen; a mean is kept for the next prompt, a twin for the next model only', () => {
    const mean = { baseline: 'mean', prompts: [{ text: 'a' }], name: 'a.txt' } as const;
    const twin = { baseline: 'twin', prompt: { text: 'b' } } as const;
    const options = (choice: ViewChoice) => graphOptions(choice, { counts, lastLayers: 1 }).effects;
    assert.deepEqual(options(withChange(chosen, { baseline: mean, effects: true })), mean);
    assert.equal(options(withChange(chosen, { baseline: mean })), undefined, 'effects that are not seen are not asked for');
    for (const [baseline, next] of [
      [mean, mean],
      [twin, undefined],
    ] as const) {
      const choice = withChange(chosen, { baseline });
      assert.deepEqual([forNextPrompt(choice).baseline, forNextModel(choice).baseline], [next, baseline]);
      assert.deepEqual(settledRequest({ position: 7, layers: [3], counts }, choice).baseline, baseline);
      assert.deepEqual(viewChoiceSchema.parse(JSON.parse(JSON.stringify(choice))), choice, 'kept over a reload');
    }
  });

  it('leaves position and target to the engine where nothing was chosen, and layers as the settings say', () => {
    assert.deepEqual(graphOptions({}, { counts, lastLayers: 3 }), { layers: { last: 3 }, counts });
  });

  it('goes before the settings', () => {
    const options = graphOptions(chosen, { counts: DEFAULT_COUNTS, lastLayers: 1 });
    assert.deepEqual(options, { ...chosen, layers: { ...chosen.layers, clamp: true }, target: { text: ' Tokyo' } });
  });

  it('is settled by the graph that answers it', () => {
    const request = settledRequest({ position: 7, layers: [3, 4, 5], counts }, {});
    assert.deepEqual(request, {
      position: 7,
      layers: { from: 3, to: 5 },
      target: null,
      against: null,
      counts,
      measure: 'centred',
      baseline: { baseline: 'zero' },
      effects: false,
    });
  });
});
