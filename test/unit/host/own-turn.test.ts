import assert from 'node:assert/strict';
import { readFile } from 'node:fs';
import { ownTurn } from '../../../src/host/own-turn';

/** What comes first where both are asked for while a file that has been read is answered: a timer that is due, or `turn`. */
function firstAfterReading(turn: () => Promise<void>): Promise<'timer' | 'turn'> {
  return new Promise((resolve) => {
    readFile(__filename, () => {
      setTimeout(() => resolve('timer'), 1);
      const due = performance.now() + 3;
      while (performance.now() < due);
      void turn().then(() => resolve('turn'));
    });
  });
}

describe('A turn of its own', () => {
  it('comes after what is due, before which a single setImmediate comes', async () => {
    assert.equal(await firstAfterReading(ownTurn), 'timer');
    assert.equal(await firstAfterReading(() => new Promise((resolve) => setImmediate(resolve))), 'turn');
  });
});
