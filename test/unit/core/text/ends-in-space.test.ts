import assert from 'node:assert/strict';
import { endsInSpace } from '../../../../src/core/text/ends-in-space';

describe('a prompt that ends in a space', () => {
  const ends = (...texts: string[]) => endsInSpace(texts.map((text) => ({ text })));

  it('is known by its last token', () => {
    assert.deepEqual(
      [ends('city', ' of', ' '), ends(' of', '  '), ends('city', ' of'), ends(' ', 'of'), ends('of', '\n'), ends()],
      [true, true, false, false, false, false],
    );
  });
});
