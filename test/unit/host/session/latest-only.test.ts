import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { LatestOnly } from '../../../../src/host/session/latest-only';

describe('One run at a time', () => {
  it('answers done when the work is done', async () => {
    const runs = new LatestOnly();
    assert.equal(
      await runs.start(async () => {
        await after(1);
      }),
      'done',
    );
    assert.equal(runs.busy, false);
  });

  it('cancels the earlier run when a later one starts', async () => {
    const runs = new LatestOnly();
    let aborted = false;
    const first = runs.start(async (signal) => {
      await after(20);
      aborted = signal.aborted;
    });
    const second = runs.start(async () => {
      await after(1);
    });
    assert.deepEqual(await Promise.all([first, second]), ['superseded', 'done']);
    await after(25);
    assert.equal(aborted, true);
  });

  it('answers a cancel at once, even when the work does not notice', async () => {
    const runs = new LatestOnly();
    const run = runs.start(() => new Promise(() => undefined));
    runs.cancel();
    assert.equal(await run, 'cancelled');
    assert.equal(runs.busy, false);
  });

  it('drops what cancelled work throws', async () => {
    const runs = new LatestOnly();
    const run = runs.start(async () => {
      await after(2);
      throw new Error('too late');
    });
    runs.cancel();
    assert.equal(await run, 'cancelled');
    await after(5);
  });

  it('passes on what work throws by itself', async () => {
    await assert.rejects(
      new LatestOnly().start(async () => {
        await after(1);
        throw new Error('broken');
      }),
      /broken/,
    );
  });

  it('stays busy while the later of two runs goes on', async () => {
    const runs = new LatestOnly();
    const first = runs.start(async () => {
      await after(1);
    });
    const second = runs.start(async () => {
      await after(10);
    });
    await first;
    assert.equal(runs.busy, true);
    await second;
    assert.equal(runs.busy, false);
  });
});
