import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { chooseStages } from '../../../scripts/test/choose-stages.mjs';
import { count, describeFailure, outcomesOf } from '../../../scripts/test/outcome.mjs';
import { SET_UPS, STAGES } from '../../../scripts/test/stages.mjs';
import { ROOT } from '../../support/repository';

describe('the stages of npm test', () => {
  const everywhere = Object.keys(STAGES).filter((name) => name !== 'real');
  /** The stages, as a machine with or without a graphics card has them. */
  const withCard = (reason: string | null) => ({ ...STAGES, gpu: { ...STAGES.gpu, absent: () => reason } });
  const stages = withCard(null);

  it('are all run on Linux, but for the one that waits to be asked for', () => {
    const { run, leftOut } = chooseStages(stages, 'linux');
    assert.deepEqual(run, everywhere);
    assert.equal(leftOut.length, 1);
    assert.match(leftOut[0] ?? '', /stage real .*--only real.* Python/);
    assert.deepEqual(chooseStages(STAGES, 'linux', 'real'), { run: ['real'], leftOut: [] });
  });

  it('leave out, by name and with the reason, what needs a graphics card where there is none, unless it is asked for', () => {
    const without = withCard('WebGPU does not work on this machine');
    const { run, leftOut } = chooseStages(without, 'linux');
    assert.deepEqual(
      run,
      everywhere.filter((name) => name !== 'gpu'),
    );
    assert.equal(leftOut[0], 'The stage gpu is left out: WebGPU does not work on this machine.');
    assert.deepEqual(chooseStages(without, 'linux', 'gpu'), { run: ['gpu'], leftOut: [] });
  });

  for (const [platform, system] of [
    ['win32', 'Windows'],
    ['darwin', 'macOS'],
  ] as const) {
    it(`are on ${system} all but those that need code-server, and it is said which`, () => {
      const { run, leftOut } = chooseStages(stages, platform);
      assert.deepEqual(
        run,
        everywhere.filter((name) => name !== 'vscode' && name !== 'e2e'),
      );
      assert.equal(leftOut.length, 3);
      for (const [i, name] of ['vscode', 'e2e'].entries())
        assert.match(leftOut[i] ?? '', new RegExp(`stage ${name} .* ${system}.* code-server`));
    });

    it(`are on ${system} whatever is asked for by name`, () => {
      assert.deepEqual(chooseStages(STAGES, platform, 'e2e,unit'), { run: ['unit', 'e2e'], leftOut: [] });
    });
  }

  it('are not what has another name, and the refusal lists them', () => {
    assert.throws(() => chooseStages(STAGES, 'linux', 'unit,units,toString'), /no stage "units", "toString"[^]*check, unit/);
  });

  it('need only what can be set up, and each folder of tests has one', () => {
    for (const { needs } of Object.values(STAGES)) for (const need of needs) assert.ok(Object.hasOwn(SET_UPS, need), need);
    const folders = readdirSync(path.join(ROOT, 'test'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && holdsTests(path.join(ROOT, 'test', entry.name)))
      .map(({ name }) => name);
    assert.deepEqual(
      folders.filter((name) => !Object.hasOwn(STAGES, name)),
      [],
    );
  });
});

describe('what a stage comes to', () => {
  it('is a failure where it cannot run, or ran no test', async () => {
    const cannot = await outcomesOf('hub', () => Promise.reject(new Error('no network')));
    const empty = await outcomesOf('hub', async () => []);
    assert.deepEqual(
      [...cannot, ...empty].map(({ passed, error }) => [passed, error]),
      [
        [false, 'no network'],
        [false, 'The stage hub ran no test.'],
      ],
    );
  });

  it('is counted, and a failure comes with its reason', async () => {
    const failed = { title: 'b', passed: false, error: 'x\ny' };
    const outcomes = [{ title: 'a', passed: true }, failed];
    assert.deepEqual(await outcomesOf('hub', async () => outcomes), outcomes);
    assert.equal(count(outcomes), '1 passed, 1 failed');
    assert.equal(describeFailure(failed), '✖ b\n    x\n    y');
  });
});

function holdsTests(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.test.ts'));
}
