import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { visit, visitProcess } from '../support/visit';

const JAPAN = 'The capital of Japan is the city of';
const FRANCE = 'The capital of France is the city of';
const ON_JAPAN = ['--prompt', JAPAN];

// Other tests run commands in their own process, and this is what lets them. `models`, `download`, `calibrate` and `fit-lens`, which keep
// what they make, have processes of their own in their tests.
describe('A command as a process of its own', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-processes-'));
    writeFileSync(path.join(folder, 'prompts.txt'), `${JAPAN}\n${FRANCE}\n${'and so on '.repeat(300)}\n`);
  });
  after(() => rmSync(folder, { recursive: true }));

  const prompts = (): string => path.join(folder, 'prompts.txt');
  const commands: Readonly<Record<string, () => readonly string[]>> = {
    story: () => ON_JAPAN,
    explain: () => [...ON_JAPAN, '--causes', '1'],
    graph: () => [...ON_JAPAN, '--format', 'svg'],
    compare: () => [...ON_JAPAN, '--prompt', FRANCE],
    continue: () => [...ON_JAPAN, '--tokens', '2'],
    find: () => [' Tokyo', ...ON_JAPAN],
    lens: () => ON_JAPAN,
    overview: () => ON_JAPAN,
    effects: () => ON_JAPAN,
    head: () => [...ON_JAPAN, '--layer', '3', '--head', '0'],
    backward: () => [...ON_JAPAN, '--target', ' Paris'],
    norms: () => ['--prompts', prompts()],
    neurons: () => ['--prompts', prompts(), '--format', 'csv'],
    trace: () => [...ON_JAPAN, '--out', path.join(folder, 'trace.safetensors')],
    experts: () => ['--prompts', prompts()],
  };
  for (const [command, args] of Object.entries(commands)) {
    it(`${command} writes and ends as in tests that run it in their process`, async () => {
      const alone = await visitProcess([command, ...args()]);
      assert.deepEqual(alone, await visit([command, ...args()]));
      // The embedded model has no experts.
      assert.equal(alone.code, command === 'experts' ? 1 : 0, alone.stderr);
    });
  }

  it('reads standard input to its end', async () => {
    const lens = ['lens', '--prompt-file', '-'];
    assert.deepEqual(await visitProcess(lens, JAPAN), await visit(['lens', ...ON_JAPAN]));
  });

  it('says how it is used, and ends with 2 where it is used in another way', async () => {
    for (const args of [[], ['draw'], ['graph', '--help'], ['graph', '--top', 'x']])
      assert.deepEqual(await visitProcess(args), await visit(args));
  });

  it('prints what its engine logs when that is asked for', async () => {
    const { code, stderr } = await visitProcess(['--verbose', 'lens', ...ON_JAPAN]);
    assert.equal(code, 0);
    assert.match(stderr, /^engine process \d+ started$/m);
  });
});
