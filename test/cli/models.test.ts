import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CachedModel } from '../../src/hub/cache/scan';
import type { ModelSummary } from '../../src/hub/model-summary';
import { COMMIT, LoopbackHub } from '../hub/loopback-hub';
import { writeGpt2 } from '../engine/checkpoint-files';
import { bert, tinyGpt2 } from '../hub/model-files';
import { ROOT, visitProcess, type Outcome } from '../support/visit';

interface Models {
  readonly cache: string;
  readonly embedded: ModelSummary;
  readonly cached: CachedModel[];
}

describe('models on this machine and on a hub', () => {
  const hub = new LoopbackHub();
  let home: string;
  before(() => hub.start());
  after(() => hub.stop());
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'visit-models-'));
    hub.reset();
    hub.repositories.set('ada/tiny', { files: tinyGpt2() });
    hub.repositories.set('ada/gated', { files: tinyGpt2(), gated: true });
    hub.repositories.set('ada/bert', { files: bert() });
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
    visitProcess(args, '', {
      HF_HOME: home,
      HF_ENDPOINT: hub.endpoint,
      HF_HUB_CACHE: '',
      HUGGINGFACE_HUB_CACHE: '',
      HF_TOKEN: '',
      HF_TOKEN_PATH: '',
      HF_HUB_OFFLINE: '',
      ...env,
    });
  const models = async (env?: NodeJS.ProcessEnv): Promise<Models> => {
    const { code, stdout, stderr } = await run(['models', '--format', 'json'], env);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Models;
  };
  /** Puts a model into the cache as huggingface_hub would, the small way: a snapshot with one link. */
  const putInCache = (id: string, config: string): void => {
    const root = path.join(home, 'hub', `models--${id.replace('/', '--')}`);
    for (const folder of ['blobs', path.join('snapshots', COMMIT)]) mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, 'blobs', 'abc'), config);
    symlinkSync(path.join('..', '..', 'blobs', 'abc'), path.join(root, 'snapshots', COMMIT, 'config.json'));
  };

  it('an empty cache leaves the embedded model, and a word on how to get others', async () => {
    const { embedded, cached, cache } = await models();
    assert.deepEqual([embedded.family, embedded.problem, cached, cache], ['gpt2', null, [], path.join(home, 'hub')]);
    assert.match((await run(['models'])).stdout, /\(embedded\) .* ready\n\nNo models found in .*visit download ID/);
  });

  it('a model is downloaded, listed, and run by its id through the links of the cache', async () => {
    const { code, stdout, stderr } = await run(['download', 'ada/tiny']);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${path.join(home, 'hub', 'models--ada--tiny', 'snapshots', COMMIT)}\n`);
    assert.match(stderr, /^ada\/tiny \(gpt2\) at c0ffee0: 4 files, \d+ kB\n/);
    assert.match(stderr, /100 % {2}/);
    const {
      cached: [model],
    } = await models();
    assert.deepEqual([model.id, model.family, model.problem, model.refs], ['ada/tiny', 'gpt2', null, ['main']]);
    assert.match((await run(['models'])).stdout, /ada\/tiny +main +gpt2 +\d+ kB +ready/);
    const lens = await run(['lens', '--prompt', 'A word', '--model', 'ada/tiny', '--format', 'json'], {
      HF_ENDPOINT: 'http://127.0.0.1:1',
    });
    assert.equal(lens.code, 0, lens.stderr);
    assert.equal((JSON.parse(lens.stdout) as { model: { name: string } }).model.name, 'ada/tiny');
  });

  it('a folder goes before an id that reads the same', async () => {
    await run(['download', 'ada/tiny']);
    const lens = await run(['lens', '--prompt', 'A word', '--model', 'models/visit-small', '--format', 'json']);
    assert.equal((JSON.parse(lens.stdout) as { model: { name: string } }).model.name, 'visit-small');
  });

  it('a cut download goes on with the next call', async () => {
    // the first request reads the header only, which is shorter
    hub.faults.push(
      { origin: 'storage', path: 'model.safetensors', times: 2, cutAfter: 70_000 },
      { origin: 'storage', path: 'model.safetensors', times: 99, status: 500 },
    );
    const cut = await run(['download', 'ada/tiny']);
    assert.deepEqual([cut.code, cut.stdout], [1, ''], cut.stderr);
    assert.match(cut.stderr, /visit: .*500.*what has been downloaded so far is kept\.\n$/);
    hub.faults.length = 0;
    hub.seen.length = 0;
    const done = await run(['download', 'ada/tiny']);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /remain to be downloaded/);
    assert.ok(
      hub.fetches().some((each) => /^storage model\.safetensors bytes=70000-$/.test(each)),
      hub.fetches().join('\n'),
    );
  });

  it('models that cannot be run are listed with the reason', async () => {
    putInCache('org/bert', '{"model_type":"bert"}');
    putInCache('org/half', '{"model_type":"gpt2"}');
    putInCache('org/broken', '{');
    mkdirSync(path.join(home, 'hub', 'datasets--org--text'));
    mkdirSync(path.join(home, 'hub', '.locks'));
    const { cached } = await models();
    assert.deepEqual(
      cached.map(({ id, family, problem }) => [id, family, problem?.code]),
      [
        ['org/bert', 'bert', 'weights-missing'],
        ['org/broken', null, 'config-invalid'],
        ['org/half', 'gpt2', 'weights-missing'],
      ],
    );
    assert.match((await run(['models'])).stdout, /org\/half +c0ffee0 +gpt2 .*cannot be run: .*model\.safetensors/);
  });

  it('a snapshot without weights names another that is complete, and stray files are none', async () => {
    putInCache('org/half', '{"model_type":"gpt2"}');
    const root = path.join(home, 'hub', 'models--org--half');
    const whole = path.join(root, 'snapshots', 'a'.repeat(40));
    mkdirSync(whole);
    writeGpt2(whole, { layers: 1, heads: 1, width: 4, context: 4, vocabulary: 8 });
    mkdirSync(path.join(root, 'refs'));
    writeFileSync(path.join(root, 'refs', 'main'), COMMIT);
    writeFileSync(path.join(root, 'snapshots', '.DS_Store'), '');
    const { cached } = await models();
    assert.deepEqual(cached.map(({ commit }) => commit).sort(), ['a'.repeat(40), COMMIT]);
    const { code, stderr } = await run(['lens', '--model', 'org/half', '--prompt', 'a']);
    assert.equal(code, 1);
    assert.match(stderr, /no model\.safetensors.* Another snapshot of org\/half can be run \(aaaaaaa\): --model .*a{40}/);
  });

  it('one that reads no text says why, and what can be done', async () => {
    const folder = path.join(ROOT, 'test', 'oracle', 'families', 'fixtures', 'olmoe', 'model');
    assert.match((await run(['models', folder])).stdout, /ready\nwarning: There is no tokenizer .*visit trace --tokens/);
    const copy = path.join(home, 'word-level');
    cpSync(folder, copy, { recursive: true });
    const json = { model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' }, added_tokens: [] };
    writeFileSync(path.join(copy, 'tokenizer.json'), JSON.stringify(json));
    assert.match((await run(['models', copy])).stdout, /warning: .*WordLevel.*visit trace --tokens/);
    const { tokenizer } = JSON.parse((await run(['models', copy, '--format', 'json'])).stdout) as { tokenizer: { code: string } };
    assert.equal(tokenizer.code, 'tokenizer-invalid');
  });

  it('the cache is where the environment puts it', async () => {
    const elsewhere = path.join(home, 'elsewhere');
    cpSync(path.join(ROOT, 'models', 'visit-small'), path.join(elsewhere, 'models--me--mine', 'snapshots', COMMIT), { recursive: true });
    assert.deepEqual(
      (await models({ HF_HUB_CACHE: elsewhere })).cached.map(({ id, problem }) => [id, problem]),
      [['me/mine', null]],
    );
    assert.deepEqual((await models()).cached, []);
  });

  const failures: [what: string, args: string[], env: NodeJS.ProcessEnv, says: RegExp][] = [
    ['a gated repository without a token', ['download', 'ada/gated'], {}, /gated.*settings\/tokens/],
    ['a token that is not accepted', ['download', 'ada/gated'], { HF_TOKEN: 'hf_expired' }, /does not accept the access token/],
    ['an account without access', ['download', 'ada/gated'], { HF_TOKEN: 'hf_stranger' }, /no access to ada\/gated/],
    ['a repository that does not exist', ['download', 'ada/none'], {}, /no model ada\/none/],
    ['a revision that does not exist', ['download', 'ada/tiny', '--revision', 'v2'], {}, /no such revision/],
    ['a family that is not supported', ['download', 'ada/bert'], {}, /"bert"/],
    ['a hub that cannot be reached', ['download', 'ada/tiny'], { HF_ENDPOINT: 'http://127.0.0.1:1' }, /cannot be reached/],
    ['a model that is not in the cache', ['lens', '--prompt', 'x', '--model', 'ada/tiny'], {}, /visit download ada\/tiny/],
  ];
  for (const [what, args, env, says] of failures) {
    it(`${what} ends with 1, one readable line, and nothing in the cache`, async () => {
      const { code, stdout, stderr } = await run(args, env);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(stderr, says);
      assert.match(stderr, /^visit: [^\n]+\n$/);
      assert.deepEqual(readdirSync(home), []);
    });
  }

  it('a token that “hf auth login” has kept is used', async () => {
    writeFileSync(path.join(home, 'token'), 'hf_member\n');
    const { code, stderr } = await run(['download', 'ada/gated']);
    assert.equal(code, 0, stderr);
  });

  it('a model that would need more memory than the machine has is refused with the figures, before anything is read', async () => {
    const folder = path.join(home, 'enormous');
    mkdirSync(folder);
    // Its 51 billion weights take no room on the disk.
    writeGpt2(folder, { layers: 1, heads: 64, width: 65_536, context: 64, vocabulary: 900 });
    const { code, stdout, stderr } = await run(['lens', '--prompt', 'x', '--model', folder, '--ignore-memory']);
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, /^visit: enormous needs about \d+(\.\d+)? [GT]B of memory; this machine has [\d.]+ GB\./);
  });

  it('an id that is none is bad usage', async () => {
    const { code, stderr } = await run(['download', '../ada']);
    assert.equal(code, 2);
    assert.match(stderr, /Ids look like/);
  });
});
