import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, visitProcess, type Outcome } from '../support/visit';

const FIXTURES = path.join(ROOT, 'test', 'oracle', 'adapters', 'fixtures');

describe('visit with a LoRA adapter whose base lies elsewhere', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-cli-'));
    cpSync(path.join(FIXTURES, 'llama', 'adapter'), path.join(folder, 'adapter'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const trace = (...args: string[]): Promise<Outcome> => {
    const data = path.join(folder, 'data');
    const env = { XDG_DATA_HOME: data, LOCALAPPDATA: data, HOME: data, HF_HOME: path.join(folder, 'cache'), HF_HUB_CACHE: '' };
    return visitProcess(['trace', '--tokens', '3,14,15', '--out', path.join(folder, 'trace.safetensors'), ...args], '', env);
  };

  it('asks for --base, takes it from there, and remembers it for that adapter', async () => {
    const adapter = path.join(folder, 'adapter');
    const alone = await trace('--model', adapter);
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /^visit: .*LoRA adapter of someone\/base.* Name it with --base: .*\n$/);

    const refused = await trace('--model', adapter, '--base', path.join(FIXTURES, 'gpt2', 'base'));
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /which its base in .* does not have/);
    assert.equal((await trace('--model', adapter)).code, 1, 'a base that does not fit is not remembered');

    const given = await trace('--model', adapter, '--base', path.join(FIXTURES, 'llama', 'base'));
    assert.deepEqual([given.code, given.stderr], [0, '']);
    const again = await trace('--model', adapter);
    assert.deepEqual([again.code, again.stderr], [0, '']);
  });

  it('takes a GGUF file as its base, and says that its name is another than the adapter gives', async () => {
    const { code, stderr, stdout } = await trace(
      ...['--model', path.join(FIXTURES, '..', 'on-packed', 'fixtures', 'gguf-gpt2', 'adapter')],
      ...['--base', path.join(ROOT, 'test', 'oracle', 'gguf', 'fixtures', 'gpt2', 'model.gguf')],
    );
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^visit: warning: The adapter was made for someone\/base, and is applied to model\.gguf: unless that is the same model, [^\n]+\n$/,
    );
    assert.match(stdout, /blocks\.1\.hook_mlp_out \[3,24\]/);
  });

  it('takes no --base for what is a whole model', async () => {
    const { code, stderr } = await trace('--model', path.join(FIXTURES, 'llama', 'base'), '--base', path.join(FIXTURES, 'llama', 'base'));
    assert.equal(code, 1);
    assert.match(stderr, /is not an adapter that needs a base\. Open it as it is\./);
  });
});
