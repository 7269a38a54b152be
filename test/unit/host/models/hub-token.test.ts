import assert from 'node:assert/strict';
import type { Problem } from '../../../../src/core/problem';
import { HubToken } from '../../../../src/host/models/hub-token';
import { inspectRepository } from '../../../../src/hub/remote/repository';
import { LoopbackHub } from '../../../hub/loopback-hub';
import { tinyGpt2 } from '../../../hub/model-files';
import { rejects } from '../../../support/rejects';

describe('the access token for the hub', () => {
  const hub = new LoopbackHub();
  const environment = { ...process.env };
  let kept: Map<string, string>;
  let asked: string[];
  before(() => hub.start());
  after(() => hub.stop());
  beforeEach(() => {
    hub.reset();
    hub.repositories.set('ada/gated', { files: tinyGpt2(), gated: true });
    kept = new Map();
    asked = [];
    Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_TOKEN: '', HF_TOKEN_PATH: '/nowhere/token', HF_HUB_OFFLINE: '' });
  });
  afterEach(() => {
    for (const key of ['HF_ENDPOINT', 'HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE']) {
      if (environment[key] === undefined) delete process.env[key];
      else process.env[key] = environment[key];
    }
  });

  /** What a user answers, one after the other, when a token is asked for. */
  const answering = (...answers: (string | undefined)[]): HubToken => new HubToken(
    { get: async (key) => kept.get(key), store: async (key, value) => void kept.set(key, value) },
    async (why: Problem) => {
      asked.push(why.message);
      return answers.shift();
    },
  );
  const look = (token: HubToken): Promise<unknown> => token.withAccess((access) => inspectRepository(access, 'ada/gated'));

  it('is asked for once, kept, and used from then on', async () => {
    const token = answering(' hf_member ');
    await look(token);
    await look(token);
    await look(answering());
    assert.equal(asked.length, 1);
    assert.match(asked[0], /ada\/gated is gated/);
    assert.deepEqual([...kept.values()], ['hf_member']);
  });

  it('is asked for again when the hub does not accept it', async () => {
    await look(answering('hf_mistyped', 'hf_member'));
    assert.match(asked[1], /does not accept/);
    assert.deepEqual([...kept.values()], ['hf_member']);
  });

  it('need not be given', async () => {
    await rejects(look(answering(undefined)), 'hub-unauthorized');
    assert.equal(kept.size, 0);
  });

  it('of the environment is used without asking', async () => {
    process.env['HF_TOKEN'] = 'hf_member';
    await look(answering());
    assert.deepEqual(asked, []);
  });

  it('is not asked for where another would not help', async () => {
    process.env['HF_TOKEN'] = 'hf_stranger';
    await rejects(look(answering()), 'hub-gated');
    assert.deepEqual(asked, []);
  });

  it('for one hub is not told to another', async () => {
    await look(answering('hf_member'));
    process.env['HF_ENDPOINT'] = 'https://another.example';
    assert.equal((await answering().access()).token, undefined);
  });
});
