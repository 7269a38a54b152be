import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Calibration } from '../../src/core/insight/calibration';
import { visit, visitProcess } from '../support/visit';

describe('visit calibrate', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-calibrate-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const file = (name: string, ...lines: string[]): string => {
    const at = path.join(folder, name);
    writeFileSync(at, `${lines.join('\n')}\n`);
    return at;
  };

  it('prints what predicts an effect by kind, position and depth, and how much was measured', async () => {
    const prompts = file(
      'capitals.txt',
      '# capitals',
      'The capital of Japan is the city of',
      'The capital of '.repeat(200),
      'Paris is the capital of',
    );
    const { code, stdout, stderr } = await visit(['calibrate', '--prompts', prompts, '--per-kind', '3']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^component +position +layers +measured +raw share +centred share +estimate$/m);
    assert.match(stdout, /^heads +last +all +6 +−?\d\.\d\d −?\d\.\d\d +−?\d\.\d\d −?\d\.\d\d +−?\d\.\d\d −?\d\.\d\d$/m);
    assert.match(stdout, /^neurons +between +all +6 +none +none +−?\d/m);
    assert.match(stdout, /^feed-forward +first +5–7 /m);
    assert.match(stdout, /2 prompts, 72 components switched off one by one: .* up to 3 of each kind, at random \(seed 0\)/);
    assert.match(stdout, /^line 3 of .* was left out: /m);
  });

  it('answers the same to the same seed, as JSON, with as many points as were asked for', async () => {
    const prompts = file('one.txt', 'The capital of Japan is the city of');
    const run = async (seed: string): Promise<Calibration> => {
      const out = path.join(folder, `${seed}.json`);
      const args = ['calibrate', '--prompts', prompts, '--per-kind', '2', '--points', '5', '--format', 'json', '--seed', seed];
      const { code, stderr } = await visit([...args, '--of', 'difference', '--out', out]);
      assert.equal(code, 0, stderr);
      return JSON.parse(readFileSync(out, 'utf8')) as Calibration;
    };
    const [first, again, other] = [await run('4'), await run('4'), await run('5')];
    assert.deepEqual(first, again);
    assert.deepEqual([first.schema, first.of, first.measured, first.points.length], ['visit.calibration/1', 'difference', 24, 5]);
    assert.notDeepEqual(
      first.points.map(({ component }) => component),
      other.points.map(({ component }) => component),
    );
  });

  it('keeps an answer for the model, by which visit effects then says what its estimates are worth', async function () {
    if (process.platform === 'darwin') return this.skip(); // its folder cannot be moved
    const env = { XDG_DATA_HOME: path.join(folder, 'data'), LOCALAPPDATA: path.join(folder, 'data') };
    const effects = ['effects', '--prompt', 'The capital of Japan is the city of', '--kinds', 'mlp', '--top', '8'];
    const published = await visitProcess(effects, '', env);
    assert.match(published.stdout, /^In this model, estimates for the feed-forward output of layers 0 to 2 .* on 124 prompts/m);
    const prompts = file('kept.txt', 'The capital of Japan is the city of', 'Paris is the capital of', 'The cat sat on the');
    const { code, stderr } = await visitProcess(['calibrate', '--prompts', prompts, '--per-kind', '8', '--keep'], '', env);
    assert.deepEqual([code, /^visit: kept as .*calibrations.*\.json$/m.test(stderr)], [0, true], stderr);
    assert.doesNotMatch((await visitProcess(effects, '', env)).stdout, /on 124 prompts/);
  });

  it('says of a prompt of one token only what can be known', async () => {
    const { code, stdout } = await visit(['calibrate', '--prompts', file('token.txt', 'The'), '--per-kind', '1']);
    assert.equal(code, 0);
    assert.match(stdout, /^heads +last +all +1 +– +– +–$/m);
    assert.doesNotMatch(stdout, /^\S+ +(between|first) /m);
  });

  it('refuses with a sentence what cannot be run', async () => {
    const none = await visit(['calibrate', '--prompts', file('long.txt', 'word '.repeat(400))]);
    assert.deepEqual([none.code, /The only prompt cannot be read: /.test(none.stderr)], [1, true], none.stderr);
    const empty = await visit(['calibrate', '--prompts', file('empty.txt', '# nothing')]);
    assert.deepEqual([empty.code, /contains no prompts/.test(empty.stderr)], [1, true]);
    const zero = await visit(['calibrate', '--prompts', 'x', '--per-kind', '0']);
    assert.deepEqual([zero.code, /at least 1/.test(zero.stderr)], [2, true]);
    const missing = await visit(['calibrate']);
    assert.deepEqual([missing.code, /--prompts/.test(missing.stderr)], [2, true]);
  });
});
