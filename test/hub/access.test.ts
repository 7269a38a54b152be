import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadModel } from '../../src/hub/remote/download';
import { inspectRepository } from '../../src/hub/remote/repository';
import { searchHub } from '../../src/hub/remote/search';
import { rejects } from '../support/rejects';
import { COMMIT, LoopbackHub } from './loopback-hub';
import { bert, tinyGpt2 } from './model-files';

describe('access to a hub', () => {
  const hub = new LoopbackHub();
  const files = tinyGpt2();
  before(() => hub.start());
  after(() => hub.stop());
  beforeEach(() => {
    hub.reset();
    hub.repositories.set('ada/tiny', { files });
    hub.repositories.set('ada/gated', { files, gated: true });
  });
  const inspect = (id: string, token?: string, revision?: string): Promise<unknown> =>
    inspectRepository({ endpoint: hub.endpoint, token }, id, revision);

  it('sends the token to the hub and never to the storage that it redirects to', async () => {
    const access = { endpoint: hub.endpoint, token: 'hf_member' };
    const cache = mkdtempSync(join(tmpdir(), 'visit-hub-'));
    try {
      await downloadModel(access, await inspectRepository(access, 'ada/gated'), { cache });
    } finally {
      rmSync(cache, { recursive: true });
    }
    const sent = (origin: string): Set<string | undefined> =>
      new Set(hub.seen.filter((each) => each.origin === origin).map(({ authorization }) => authorization));
    assert.deepEqual([...sent('hub')], ['Bearer hf_member']);
    assert.deepEqual([...sent('storage')], [undefined]);
  });

  it('asks for a token where a repository is gated, and says where to get one', async () => {
    await rejects(
      inspect('ada/gated'),
      'hub-unauthorized',
      /gated/,
      new RegExp(`${hub.endpoint}/ada/gated`),
      /settings\/tokens/,
      /HF_TOKEN/,
    );
  });

  it('says where to accept the conditions when the account has not', async () => {
    await rejects(inspect('ada/gated', 'hf_stranger'), 'hub-gated', new RegExp(`${hub.endpoint}/ada/gated`));
  });

  it('says that a token is not accepted', () =>
    rejects(inspect('ada/tiny', 'hf_expired'), 'hub-unauthorized', /does not accept the access token/, /settings\/tokens/));

  it('says that there is no such model, or that it is private', async () => {
    await rejects(inspect('ada/none'), 'hub-not-found', /no model ada\/none/, /private/, /token/);
    await rejects(inspect('ada/none', 'hf_member'), 'hub-not-found', /no model ada\/none/);
  });

  it('says that there is no such revision', () => rejects(inspect('ada/tiny', undefined, 'v9'), 'hub-not-found', /no such revision/));

  it('says what a hub in trouble answers', async () => {
    for (const [status, words] of [
      [503, /503/],
      [429, /too many requests/],
    ] as const) {
      hub.faults.push({ origin: 'hub', path: 'ada/tiny', times: 1, status });
      await rejects(inspect('ada/tiny'), 'hub-failed', words);
    }
  });

  it('says that the storage refuses', async () => {
    hub.faults.push({ origin: 'storage', path: 'model.safetensors', times: 1, status: 403 });
    await rejects(inspect('ada/tiny'), 'hub-failed', /403/);
  });

  it('says that nothing answers at the address', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    await rejects(inspectRepository({ endpoint }, 'ada/tiny'), 'hub-offline', /cannot be reached \(ECONNREFUSED\)/, /HF_ENDPOINT/);
    await rejects(searchHub({ endpoint }, 'tiny'), 'hub-offline');
  });

  it('keeps away from the network when it is told to', async () => {
    await rejects(inspectRepository({ endpoint: hub.endpoint, offline: true }, 'ada/tiny'), 'hub-offline', /HF_HUB_OFFLINE/);
    assert.deepEqual(hub.seen, []);
  });

  it('says that HF_ENDPOINT is no address', () =>
    rejects(inspectRepository({ endpoint: 'hub.example' }, 'ada/tiny'), 'bad-request', /hub\.example/));

  it('says that what answers is no hub', async () => {
    hub.repositories.set('ada/odd', { files, revisions: { odd: '../../..' } });
    await rejects(inspect('ada/odd', undefined, 'odd'), 'hub-failed', /unexpected description/);
  });

  it('finds models by words of their names, with what a choice needs to know', async () => {
    hub.repositories.set('bob/tiny-bert', { files: bert(), gated: true });
    const found = await searchHub({ endpoint: hub.endpoint }, 'tiny');
    assert.deepEqual(found, [
      { id: 'ada/tiny', downloads: 1000, likes: 7, gated: false, family: 'gpt2', parameters: 1234, problem: null },
      {
        id: 'bob/tiny-bert',
        downloads: 999,
        likes: 7,
        gated: true,
        family: 'bert',
        parameters: 1234,
        problem: 'an encoder, which does not predict a next token',
      },
    ]);
  });

  it('understands a commit as a revision', async () => {
    assert.equal((await inspectRepository({ endpoint: hub.endpoint }, 'ada/tiny', COMMIT)).commit, COMMIT);
  });
});
