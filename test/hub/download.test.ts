import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { scanCache } from '../../src/hub/cache/scan';
import type { HubAccess } from '../../src/hub/remote/connection';
import { downloadModel, downloadSize, type DownloadOptions } from '../../src/hub/remote/download';
import { partialFile } from '../../src/hub/remote/fetch-blob';
import { inspectRepository } from '../../src/hub/remote/repository';
import { rejects } from '../support/rejects';
import { withRoomFor } from './full-disk';
import { COMMIT, etagOf, LoopbackHub, sha256, type HubFile } from './loopback-hub';
import { bert, shardedGpt2, tinyGpt2 } from './model-files';

const ID = 'ada/tiny';
const PATIENT = { stall: 10_000, pause: 1, attempts: 3 };

describe('downloading from a hub', () => {
  const hub = new LoopbackHub();
  const files = tinyGpt2();
  const weights = files['model.safetensors'].content;
  let cache: string;
  let access: HubAccess;

  before(() => hub.start());
  after(() => hub.stop());
  beforeEach(() => {
    hub.reset();
    hub.repositories.set(ID, { files });
    cache = join(mkdtempSync(join(tmpdir(), 'visit-hub-')), 'hub');
    access = { endpoint: hub.endpoint };
  });
  afterEach(() => rmSync(join(cache, '..'), { recursive: true, force: true }));

  const repository = (...path: string[]): string => join(cache, 'models--ada--tiny', ...path);
  const blobOf = (file: HubFile): string => repository('blobs', etagOf(file));
  const download = async (options: Partial<DownloadOptions> = {}, revision?: string): Promise<string> => {
    const plan = await inspectRepository(access, ID, revision, options.signal);
    return downloadModel(access, plan, { cache, patience: PATIENT, ...options });
  };

  it('fills the cache as huggingface_hub does: blobs by checksum, relative links, a note of the branch', async () => {
    const folder = await download();
    assert.equal(folder, repository('snapshots', COMMIT));
    assert.equal(readFileSync(repository('refs', 'main'), 'utf8'), COMMIT);
    const names = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json'];
    assert.deepEqual(readdirSync(folder).sort(), names);
    assert.deepEqual(readdirSync(repository('blobs')).sort(), names.map((name) => etagOf(files[name])).sort());
    for (const name of names) {
      assert.deepEqual(readFileSync(join(folder, name)), files[name].content);
      if (process.platform !== 'win32') {
        assert.ok(lstatSync(join(folder, name)).isSymbolicLink());
        assert.equal(readlinkSync(join(folder, name)), join('..', '..', 'blobs', etagOf(files[name])));
      }
    }
  });

  it('makes a model that the engine accepts and the cache lists', async () => {
    const folder = await download();
    assert.equal(describeModel(await openCheckpoint(folder)).spec.blocks.length, 2);
    const [model, ...others] = await scanCache(cache);
    assert.deepEqual(others, []);
    assert.deepEqual([model.id, model.refs, model.family, model.problem], [ID, ['main'], 'gpt2', null]);
  });

  it('fetches every shard that the index names, and no other copy of the weights', async () => {
    hub.repositories.set(ID, { files: shardedGpt2() });
    const folder = await download();
    const safetensors = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
    assert.deepEqual(safetensors.sort(), ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']);
    assert.equal(describeModel(await openCheckpoint(folder)).weights.size, 28);
  });

  it('says how large it is before anything is written', async () => {
    const plan = await inspectRepository(access, ID);
    const needed = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json'];
    const total = needed.reduce((sum, name) => sum + files[name].content.length, 0);
    assert.deepEqual(await downloadSize(plan, cache), { total, missing: total });
    assert.equal(existsSync(cache), false);
  });

  it('reports bytes that never go back and end at the total', async () => {
    const seen: number[] = [];
    const totals = new Set<number | undefined>();
    await download({
      onProgress: ({ done, total }) => {
        seen.push(done);
        totals.add(total);
      },
    });
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.deepEqual([...totals], [seen.at(-1)]);
  });

  it('fetches nothing twice', async () => {
    await download();
    hub.seen.length = 0;
    const plan = await inspectRepository(access, ID);
    assert.equal((await downloadSize(plan, cache)).missing, 0);
    hub.seen.length = 0;
    await downloadModel(access, plan, { cache });
    assert.deepEqual(hub.seen, []);
  });

  it('goes on where a connection was cut, within the same download', async () => {
    const plan = await inspectRepository(access, ID);
    hub.seen.length = 0;
    hub.faults.push({ origin: 'storage', path: 'model.safetensors', times: 1, cutAfter: 5000 });
    await downloadModel(access, plan, { cache, patience: PATIENT });
    assert.deepEqual(
      hub.fetches().filter((each) => each.startsWith('storage')),
      ['storage model.safetensors', 'storage model.safetensors bytes=5000-'],
    );
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('goes on in a later download where an earlier one was given up', async () => {
    const plan = await inspectRepository(access, ID);
    hub.faults.push(
      { origin: 'storage', path: 'model.safetensors', times: 1, cutAfter: 7000 },
      { origin: 'storage', path: 'model.safetensors', times: 9, cutAfter: 0 },
    );
    await rejects(downloadModel(access, plan, { cache, patience: PATIENT }), 'hub-offline');
    assert.equal(lstatSync(partialFile(blobOf(files['model.safetensors']))).size, 7000);
    assert.equal(existsSync(repository('refs', 'main')), false, 'half a model is not announced');
    assert.equal((await downloadSize(plan, cache)).missing, weights.length - 7000);
    hub.faults.length = 0;
    hub.seen.length = 0;
    const seen: number[] = [];
    await downloadModel(access, plan, { cache, onProgress: ({ done }) => seen.push(done) });
    assert.deepEqual(hub.fetches(), ['hub model.safetensors bytes=7000-', 'storage model.safetensors bytes=7000-']);
    assert.deepEqual(
      readdirSync(repository('blobs')).filter((name) => name.includes('incomplete')),
      [],
    );
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('begins again where the server knows no ranges', async () => {
    const plan = await inspectRepository(access, ID);
    hub.faults.push(
      { origin: 'storage', path: 'model.safetensors', times: 1, cutAfter: 6000 },
      { origin: 'storage', path: 'model.safetensors', times: 1, noRanges: true },
    );
    await downloadModel(access, plan, { cache, patience: PATIENT });
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('gives up a connection that has fallen silent, and goes on with a new one', async () => {
    const plan = await inspectRepository(access, ID);
    hub.faults.push({ origin: 'storage', path: 'model.safetensors', times: 1, stallAfter: 4000 });
    await downloadModel(access, plan, { cache, patience: { ...PATIENT, stall: 300 } });
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('refuses content whose checksum is wrong and keeps nothing of it', async () => {
    for (const [origin, name] of [
      ['hub', 'tokenizer.json'],
      ['storage', 'model.safetensors'],
    ] as const) {
      const plan = await inspectRepository(access, ID);
      hub.faults.push({ origin, path: name, times: 1, garble: true });
      await rejects(downloadModel(access, plan, { cache, patience: PATIENT }), 'download-damaged', new RegExp(name), /checksum/);
      assert.equal(existsSync(partialFile(blobOf(files[name]))), false);
      assert.equal(existsSync(join(repository('snapshots', COMMIT), name)), false);
    }
    assert.deepEqual(readFileSync(join(await download(), 'model.safetensors')), weights, 'the next download is sound');
  });

  it('fetches a file from its beginning when what was there already turns out to be damaged', async () => {
    const plan = await inspectRepository(access, ID);
    await download();
    const blob = blobOf(files['model.safetensors']);
    rmSync(join(repository('snapshots', COMMIT), 'model.safetensors'));
    rmSync(blob);
    writeFileSync(partialFile(blob), Buffer.alloc(3000, 7));
    await downloadModel(access, plan, { cache, patience: PATIENT });
    assert.deepEqual(readFileSync(blob), weights);
  });

  it('does not believe a blob of the wrong size', async () => {
    await download();
    truncateSync(blobOf(files['model.safetensors']), 100);
    await download();
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('stops when it is cancelled, and goes on later', async () => {
    const cancel = new AbortController();
    const plan = await inspectRepository(access, ID);
    hub.faults.push({ origin: 'storage', path: 'model.safetensors', times: 1, stallAfter: 5000 });
    let before: number | undefined;
    const onProgress: DownloadOptions['onProgress'] = ({ message, done }) => {
      if (message !== 'model.safetensors') return;
      before ??= done;
      if (done - before === 5000) cancel.abort();
    };
    await rejects(downloadModel(access, plan, { cache, signal: cancel.signal, onProgress }), 'cancelled');
    assert.equal(lstatSync(partialFile(blobOf(files['model.safetensors']))).size, 5000);
    await downloadModel(access, plan, { cache });
    assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
  });

  it('lets two downloads of the same model run at once', async () => {
    const plan = await inspectRepository(access, ID);
    await Promise.all([1, 2, 3].map(() => downloadModel(access, plan, { cache })));
    assert.equal(sha256(readFileSync(join(repository('snapshots', COMMIT), 'model.safetensors'))), sha256(weights));
    assert.deepEqual(
      readdirSync(repository('blobs')).filter((name) => name.includes('incomplete')),
      [],
    );
  });

  it('notes a revision under its name and keeps both', async () => {
    const other = 'f00d'.padEnd(40, '0');
    hub.repositories.set(ID, { files, revisions: { 'refs/pr/1': other } });
    await download();
    assert.equal(await download({}, 'refs/pr/1'), repository('snapshots', other));
    assert.equal(readFileSync(repository('refs', 'refs', 'pr', '1'), 'utf8'), other);
    assert.deepEqual(
      (await scanCache(cache)).map(({ refs }) => refs),
      [['main'], ['refs/pr/1']],
    );
  });

  it('refuses a download for which the disk has no room, before it begins', async () => {
    const plan = await inspectRepository(access, ID);
    const [first, ...rest] = plan.files;
    hub.seen.length = 0;
    const huge = { ...plan, files: [{ ...first, bytes: 1e18 }, ...rest] };
    await rejects(downloadModel(access, huge, { cache }), 'disk-full', /free/, /HF_HUB_CACHE/);
    assert.deepEqual(hub.seen, []);
  });

  describe('on a disk that fills up while it writes', () => {
    const small = ['config.json', 'generation_config.json', 'tokenizer.json'].reduce((sum, name) => sum + files[name].content.length, 0);
    /** All that lies in the cache, folders left out. */
    const cached = () =>
      readdirSync(cache, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name);
    const announced = () => [
      existsSync(join(repository('snapshots', COMMIT), 'model.safetensors')),
      existsSync(blobOf(files['model.safetensors'])),
      existsSync(repository('refs', 'main')),
    ];

    it('says so, keeps what has come under a name of its own, and goes on when there is room', async () => {
      const plan = await inspectRepository(access, ID);
      const weightsLast = { ...plan, files: [...plan.files].sort((a, b) => a.bytes - b.bytes) };
      const filled = withRoomFor(small + 4000, () => downloadModel(access, weightsLast, { cache, patience: PATIENT }));
      await rejects(
        filled,
        'disk-full',
        /disk that holds .* is full/,
        /Free some space, or put the cache on another disk with HF_HUB_CACHE; what has been downloaded so far is kept/,
      );
      assert.deepEqual(announced(), [false, false, false]);
      assert.deepEqual(readFileSync(partialFile(blobOf(files['model.safetensors']))), weights.subarray(0, 4000));
      hub.seen.length = 0;
      await downloadModel(access, weightsLast, { cache, patience: PATIENT });
      assert.deepEqual(hub.fetches(), ['hub model.safetensors bytes=4000-', 'storage model.safetensors bytes=4000-']);
      assert.deepEqual(announced(), [true, true, true]);
      assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
      assert.deepEqual(
        cached().filter((name) => name.includes('incomplete')),
        [],
      );
    });

    it('does not ask the Hub again and again for what it cannot write', async () => {
      const plan = await inspectRepository(access, ID);
      hub.seen.length = 0;
      await rejects(
        withRoomFor(0, () => downloadModel(access, plan, { cache, patience: PATIENT })),
        'disk-full',
      );
      assert.equal(hub.fetches().length, 1);
    });

    it('believes nothing that the disk takes back when it is to be kept', async () => {
      const plan = await inspectRepository(access, ID);
      await rejects(
        withRoomFor(0, () => downloadModel(access, plan, { cache, patience: PATIENT }), 'datasync'),
        'disk-full',
      );
      assert.deepEqual(
        cached().filter((name) => !name.includes('incomplete')),
        [],
      );
      await downloadModel(access, plan, { cache, patience: PATIENT });
      assert.deepEqual(readFileSync(blobOf(files['model.safetensors'])), weights);
    });

    it('leaves no half note of a branch', async () => {
      const plan = await inspectRepository(access, ID);
      // A folder in its place: the note is written, and cannot be put there.
      mkdirSync(join(repository('refs', 'main'), 'in the way'), { recursive: true });
      await rejects(downloadModel(access, plan, { cache, patience: PATIENT }), 'io');
      assert.deepEqual(readdirSync(repository('refs')), ['main']);
    });
  });

  describe('refuses, before any weights are fetched,', () => {
    const without = (...names: string[]): Record<string, HubFile> =>
      Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
    const noWeightsFetched = (): void =>
      assert.equal(
        hub.fetches().some((each) => each.includes('safetensors')),
        false,
      );

    it('a family that is not supported', async () => {
      hub.repositories.set(ID, { files: bert() });
      await rejects(download(), 'unknown-architecture', /ada\/tiny is a "bert" model/);
      noWeightsFetched();
      assert.equal(existsSync(cache), false);
    });

    it('a repository with pickled weights only', async () => {
      hub.repositories.set(ID, { files: without('model.safetensors', 'model.gguf') });
      await rejects(download(), 'weights-missing', /only as pytorch_model\.bin/, /save_pretrained/);
    });

    it('a repository of GGUF files', async () => {
      hub.repositories.set(ID, { files: without('model.safetensors', 'pytorch_model.bin') });
      await rejects(download(), 'weights-missing', /GGUF/);
    });

    it('a repository that is no transformer', async () => {
      hub.repositories.set(ID, { files: without('config.json') });
      await rejects(download(), 'not-a-checkpoint', /config\.json/);
    });

    it('a repository that lacks a shard', async () => {
      const { 'model-00002-of-00002.safetensors': _, ...most } = shardedGpt2();
      hub.repositories.set(ID, { files: most });
      await rejects(download(), 'weights-missing', /model-00002-of-00002\.safetensors/);
    });

    it('weights of another shape than config.json says, of which only the header is read', async () => {
      const config = JSON.parse(files['config.json'].content.toString()) as object;
      hub.repositories.set(ID, { files: { ...files, 'config.json': { content: Buffer.from(JSON.stringify({ ...config, n_embd: 32 })) } } });
      await rejects(download(), 'weights-invalid', /shape/);
      assert.deepEqual(
        hub.fetches().filter((each) => each.startsWith('storage')),
        [`storage model.safetensors bytes=0-${Math.min(weights.length, 65_536) - 1}`],
      );
      assert.equal(existsSync(cache), false);
    });

    it('an index that points outside the repository', async () => {
      const index = { content: Buffer.from('{"weight_map":{"a":"../../evil"}}') };
      hub.repositories.set(ID, { files: { ...without('model.safetensors'), 'model.safetensors.index.json': index } });
      await rejects(download(), 'weights-invalid', /outside/);
    });

    for (const id of ['../x', 'a/b/c', 'a b', '', '-a/b', 'a/b..c']) {
      it(`the id “${id}”`, () => rejects(inspectRepository(access, id), 'bad-request', /id/));
    }
    for (const revision of ['../main', '', '/x', 'a//b']) {
      it(`the revision “${revision}”`, () => rejects(inspectRepository(access, ID, revision), 'bad-request', /revision/));
    }
  });
});
