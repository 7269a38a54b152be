import assert from 'node:assert/strict';
import { ZodError } from 'zod';
import { readPageMessage, type PageMessage } from '../../../../src/core/protocol/page-messages';

const sound: readonly PageMessage[] = [
  { type: 'ready' },
  { type: 'change', change: {} },
  {
    type: 'change',
    change: { position: 3, layers: { from: 0, to: 7 }, target: ' Tokyo', counts: { heads: 0, values: 1, top: 0, bottom: 0, tokens: 1 } },
  },
  { type: 'change', change: { target: null } },
  { type: 'cancel' },
  { type: 'requestInsight', id: 1, request: { of: 'overview' } },
  { type: 'cancelInsight', request: { of: 'headMemory', layer: 3, head: 0 } },
  { type: 'requestInsight', id: 2, request: { of: 'measureEffects', component: 'blocks.3.attn.head.7@4' } },
  { type: 'change', change: { effects: true } },
  { type: 'change', change: { baseline: { baseline: 'zero' } } },
  { type: 'interveneWithMean', component: 'blocks.3.attn.head.7@4' },
  { type: 'chooseBaseline', baseline: 'mean' },
  { type: 'exportNeurons' },
  { type: 'highlight', token: 2, focus: true },
  { type: 'highlight', token: null, focus: false },
  { type: 'export', format: 'html' },
  { type: 'export', format: 'svg' },
  { type: 'answer', id: 3, answer: { of: 'view', screen: 'story', drawn: true, kept: { tab: 'story' } } },
  { type: 'answer', id: 3, answer: { of: 'picture', as: 'png', data: 'iVBORw0KGgo=' } },
  { type: 'answer', id: 3, answer: { of: 'nothing', reason: 'There is no picture of this view.' } },
  { type: 'action', id: 'openLog' },
  { type: 'pageError', message: 'x is not a function' },
];

const unsound: readonly unknown[] = [
  null,
  undefined,
  0,
  'ready',
  [],
  {},
  { type: 'run', command: 'rm' },
  { type: 'change' },
  { type: 'change', change: { position: -1 } },
  { type: 'change', change: { position: 1.5 } },
  { type: 'change', change: { position: undefined } },
  { type: 'change', change: { layers: { from: 3, to: 2 } } },
  { type: 'change', change: { target: 'x'.repeat(5_000) } },
  { type: 'change', change: { counts: { heads: 1 } } },
  { type: 'change', change: { counts: { heads: 1, values: 1, top: 1e9, bottom: 1, tokens: 1 } } },
  { type: 'change', change: { baseline: { baseline: 'mean', prompts: [] } } },
  { type: 'chooseBaseline', baseline: 'zero' },
  { type: 'highlight', token: '2', focus: true },
  { type: 'export', format: 'exe' },
  { type: 'answer', id: 3, answer: { of: 'view', screen: 'settings', drawn: true, kept: {} } },
  { type: 'answer', id: 3, answer: { of: 'picture', as: 'exe', data: '' } },
  { type: 'answer', answer: { of: 'nothing', reason: '' } },
  { type: 'requestInsight', request: { of: 'overview' } },
  { type: 'requestInsight', id: 1, request: { of: 'graph' } },
  { type: 'requestInsight', id: 1, request: { of: 'headMemory', layer: 3 } },
  { type: 'cancelInsight', request: { of: 'headMemory', layer: 3, head: -1 } },
  { type: 'requestInsight', id: 1, request: { of: 'measureEffects', component: 3 } },
  { type: 'requestInsight', id: 1, request: { of: 'measureEffects', component: 'x'.repeat(5_000) } },
  { type: 'changeComparison', change: { targets: 'both' } },
];

describe('Messages from the page', () => {
  for (const message of sound) {
    it(`are taken: ${JSON.stringify(message)}`, () => {
      assert.deepEqual(readPageMessage(message), message);
    });
  }
  for (const message of unsound) {
    it(`are refused: ${JSON.stringify(message)?.slice(0, 80)}`, () => {
      assert.throws(() => readPageMessage(message), ZodError);
    });
  }
  it('lose what they have too much of', () => {
    assert.deepEqual(readPageMessage({ type: 'cancel', extra: 1 }), { type: 'cancel' });
  });
  it('may report an error of any length, which is cut', () => {
    const parsed = readPageMessage({ type: 'pageError', message: 'x'.repeat(10_000) });
    assert.ok(parsed.type === 'pageError' && parsed.message.length === 2_000);
  });
});
