import assert from 'node:assert/strict';
import { Blocks, output, say } from '../../../scripts/setup/output.mjs';
import { run } from '../../../scripts/setup/command.mjs';
import { deferred } from '../../support/deferred';

describe('what pieces of work print side by side', () => {
  let printed: string;
  let blocks: Blocks;
  beforeEach(() => {
    printed = '';
    blocks = new Blocks({ write: (text) => (printed += String(text)) });
  });

  it('is one block for each, in the order in which they began; the first is seen at once', async () => {
    const [first, second] = [deferred<undefined>(), deferred<undefined>()];
    const work = (name: string, until: Promise<undefined>): Promise<void> =>
      blocks.block(async () => {
        say(`${name} begins`);
        await until;
        say(`${name} ends`);
      });
    const both = [work('first', first.promise), work('second', second.promise)];
    assert.equal(printed, 'first begins\n');
    second.resolve(undefined);
    await both[1];
    assert.equal(printed, 'first begins\n');
    first.resolve(undefined);
    await both[0];
    assert.equal(printed, 'first begins\nfirst ends\nsecond begins\nsecond ends\n');
  });

  it('goes on at once when a block becomes the first', async () => {
    const until = deferred<undefined>();
    const first = blocks.block(async () => say('first'));
    const second = blocks.block(async () => {
      say('second begins');
      await until.promise;
      say('second ends');
    });
    await first;
    assert.equal(printed, 'first\nsecond begins\n');
    until.resolve(undefined);
    await second;
    assert.equal(printed, 'first\nsecond begins\nsecond ends\n');
  });

  it('is kept of work that fails, and does not hold up the rest', async () => {
    await assert.rejects(
      blocks.block(async () => {
        say('fails');
        throw new Error('no');
      }),
    );
    await blocks.block(async () => say('next'));
    assert.equal(printed, 'fails\nnext\n');
  });

  it('includes what programs print that are run in a block', async () => {
    await blocks.block(() => run(process.execPath, ['-e', 'console.log("out"); console.error("err")'], { show: true }));
    assert.deepEqual(printed.trim().split('\n').sort(), ['err', 'out']);
    assert.equal(output(), process.stdout);
  });
});
