import assert from 'node:assert/strict';
import type { ScreenName } from '../../../../src/core/protocol/page-questions';
import { choicesFor, fileName } from '../../../../src/host/panel/export-formats';

describe('What a view can be saved as', () => {
  const formats = (screen: ScreenName, drawn: boolean): string[] =>
    choicesFor(screen, drawn).map(({ format, ground }) => (ground === 'dark' ? `${format} dark` : format));

  it('is a picture on white first, then on a dark ground, then page and data', () => {
    const pictures = ['svg', 'png', 'svg dark', 'png dark'];
    assert.deepEqual(formats('story', true), [...pictures, 'html', 'json']);
    assert.deepEqual(formats('graph', true), [...pictures, 'html', 'json', 'csv']);
    assert.deepEqual(formats('comparison', true), [...pictures, 'html', 'json']);
    assert.deepEqual(formats('difference', true), [...pictures, 'html', 'json']);
  });

  it('is a picture for every view that shows anything, tables too', () => {
    const pictures = ['svg', 'png', 'svg dark', 'png dark'];
    assert.deepEqual(formats('norms', true), [...pictures, 'html', 'json']);
    assert.deepEqual(formats('predictions', true), [...pictures, 'json']);
    assert.deepEqual(formats('neurons', true), [...pictures, 'csv']);
    assert.deepEqual(formats('calibration', true), pictures);
    assert.deepEqual(formats('lenses', true), pictures);
    assert.deepEqual(formats('welcome', false), []);
  });

  it('is data or a page alone while nobody sees the view', () => {
    assert.deepEqual(formats('norms', false), ['html', 'json']);
  });

  it('has a name of its view and the last words of its prompt, safe on every system', () => {
    assert.equal(fileName('story', 'The capital of Japan is the city of', false), 'story-of-japan-is-the-city-of');
    assert.equal(fileName('graph', '../../etc/passwd: <con> "nul"', false), 'flow-graph-etc-passwd-con-nul');
    assert.equal(fileName('comparison', '', true), 'before-after');
    assert.equal(fileName('difference', '', false), 'story-of-comparison');
    assert.equal(fileName('difference', '', true), 'story-before-after');
    assert.equal(fileName('graph', '日本の首都は', false), 'flow-graph');
  });
});
