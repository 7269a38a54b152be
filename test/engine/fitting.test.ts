import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EngineClient } from '../../src/engine-client/engine-client';
import { rejects } from '../support/rejects';
import { testLimit } from '../support/patience';
import { temporaryFolder } from './checkpoint-files';
import { engineEntry } from './engine-entry';

const EMBEDDED = join(__dirname, '..', '..', 'models', 'visit-small');
const NAMES = ['Japan', 'France', 'Italy', 'Kenya', 'Peru', 'Egypt', 'Spain', 'Chile', 'Greece', 'Norway'];
const LINES = Array.from({ length: 270 }, (_, i) => `The capital of ${NAMES[i % 10]} is the city of ${NAMES[(i * 3) % 10]} number ${i}`);
const TEXTS = [{ name: 'capitals.prompts', text: LINES.join('\n'), lines: true }];

describe('a lens that is being fitted', function () {
  this.timeout(testLimit());
  let entry: string;
  let folder: string;
  let model: { folder: string };
  const clients: EngineClient[] = [];

  before(async () => {
    entry = await engineEntry();
    folder = temporaryFolder();
    model = { folder: join(folder, 'model') };
    mkdirSync(model.folder);
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) copyFileSync(join(EMBEDDED, name), join(model.folder, name));
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A window with the model. */
  const start = (): EngineClient => {
    const client = new EngineClient({ entry });
    clients.push(client);
    return client;
  };
  const fit = (client: EngineClient, file: string) =>
    client.call('fitLens', { model, texts: TEXTS, options: { name: 'mine', tokens: 3_000, file: join(folder, file) } });
  /** A fit that has kept what it has come to so far. */
  const underWay = async (file: string): Promise<{ client: EngineClient; report: ReturnType<typeof fit> }> => {
    const client = start();
    const report = fit(client, file);
    let ended = false;
    report.then(
      () => (ended = true),
      () => (ended = true),
    );
    while (!existsSync(join(folder, `${file}.sums`)) && !ended) await setTimeout(1); // without a pause it takes a core from the engine
    assert.equal(ended, false, 'it is still under way');
    return { client, report };
  };
  /** What begins like a file of a lens, the lens itself and drafts of it among them. */
  const left = (file: string): string[] => readdirSync(folder).filter((name) => name.startsWith(file));

  it('leaves no lens when its window is closed, and is taken up by the next window, with the same result', async () => {
    const whole = await fit(start(), 'whole.safetensors');
    assert.equal(whole.known, undefined);
    const { client, report } = await underWay('closed.safetensors');
    client.dispose();
    await assert.rejects(report);
    assert.ok(!existsSync(join(folder, 'closed.safetensors')));
    const again = await fit(start(), 'closed.safetensors');
    assert.ok(again.known && again.known.parts > 0 && again.known.parts < again.known.of, JSON.stringify(again.known));
    assert.deepEqual(readFileSync(join(folder, 'closed.safetensors')), readFileSync(join(folder, 'whole.safetensors')));
    assert.deepEqual(left('closed.safetensors'), ['closed.safetensors']);
  });

  it('is one whole lens where two windows fit it at once', async () => {
    const reports = await Promise.all([fit(start(), 'twice.safetensors'), fit(start(), 'twice.safetensors')]);
    assert.deepEqual(reports[0].fitted, reports[1].fitted);
    assert.deepEqual(readFileSync(join(folder, 'twice.safetensors')), readFileSync(join(folder, 'whole.safetensors')));
    assert.deepEqual(left('twice.safetensors'), ['twice.safetensors']);
  });

  it('is not written where the model changes meanwhile, and what it has left is not used for the new weights', async () => {
    const { report } = await underWay('changed.safetensors');
    const draft = join(folder, 'draft');
    const bytes = readFileSync(join(model.folder, 'model.safetensors'));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 4) ^ 1, bytes.length - 4); // the last bit of a weight
    writeFileSync(draft, bytes);
    renameSync(draft, join(model.folder, 'model.safetensors'));
    await rejects(report, 'lens-invalid', /changed while its lens was being made/);
    assert.ok(!existsSync(join(folder, 'changed.safetensors')));
    const again = await fit(start(), 'changed.safetensors');
    assert.equal(again.known, undefined);
    assert.deepEqual(left('changed.safetensors'), ['changed.safetensors']);
  });
});
