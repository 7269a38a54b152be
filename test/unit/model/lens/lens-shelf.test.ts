import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Problem } from '../../../../src/core/problem';
import { PUBLISHED_LENS } from '../../../../src/model/lens/lens-file';
import { LensShelf } from '../../../../src/model/lens/lens-shelf';

const EMBEDDED = path.resolve(__dirname, '../../../../models/visit-small');
const SIZE = { nLayers: 8, dModel: 192 };

describe('The lenses of a model', () => {
  let folder: string;
  let lens: string;
  const before = { XDG_DATA_HOME: process.env.XDG_DATA_HOME, LOCALAPPDATA: process.env.LOCALAPPDATA };
  /** The published lens with other words about itself, in as many bytes. */
  const say = (change: (metadata: string) => string): void => {
    const bytes = readFileSync(path.join(EMBEDDED, PUBLISHED_LENS));
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as { __metadata__: Record<string, string> };
    header.__metadata__['visit.lens'] = change(header.__metadata__['visit.lens'] ?? '');
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(lens, Buffer.concat([size, text, bytes.subarray(8 + length)]));
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'visit-lenses-'));
    lens = path.join(folder, PUBLISHED_LENS);
    for (const name of ['config.json', 'model.safetensors', PUBLISHED_LENS])
      copyFileSync(path.join(EMBEDDED, name), path.join(folder, name));
    Object.assign(process.env, { XDG_DATA_HOME: folder, LOCALAPPDATA: folder });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  /** The published lens with another divergence than it has, at every border. */
  const withDivergence = (change: (bits: number) => number): void =>
    say((metadata) => {
      const said = JSON.parse(metadata) as { figures: { fitted: { divergence: number[] } } };
      said.figures.fitted.divergence = said.figures.fitted.divergence.map(change);
      return JSON.stringify(said);
    });

  it('reads through the logit lens where the fitted one is not better at every border, with the figures of either', async () => {
    withDivergence(() => 2.5);
    const shelf = new LensShelf(folder, SIZE);
    const [unchosen, logit, fitted] = [await shelf.use(undefined), await shelf.use('logit'), await shelf.use('fitted')];
    assert.equal(unchosen?.info.kind, 'logit');
    assert.deepEqual(unchosen, logit);
    assert.deepEqual(logit?.info.figures, fitted?.metadata?.figures.logit);
    assert.deepEqual(fitted?.info.figures, fitted?.metadata?.figures.fitted);
    const { lenses, unchosen: name } = await shelf.list();
    assert.equal(name, 'logit');
    assert.deepEqual(
      lenses.map(({ name: called, source }) => [called, source]),
      [['fitted', 'published']],
    );
  });

  it('reads through the fitted lens where it is better at every border, and still through the logit lens when asked', async () => {
    withDivergence(() => 0);
    const shelf = new LensShelf(folder, SIZE);
    assert.equal((await shelf.use(undefined))?.info.kind, 'fitted');
    assert.equal((await shelf.use('logit'))?.info.kind, 'logit');
    assert.equal((await shelf.list()).unchosen, 'fitted');
  });

  it('reads the embedded model through its fitted lens, which is better at every border', async () => {
    assert.equal((await new LensShelf(EMBEDDED, SIZE).use(undefined))?.info.kind, 'fitted');
  });

  it('opens a file once for as long as it stays as it is, and says so when it is gone', async () => {
    const shelf = new LensShelf(folder, SIZE);
    const first = await shelf.use('fitted');
    assert.equal(await shelf.use('fitted'), first);
    say((metadata) => metadata.replace('lens-texts.txt', 'other-texts.txt'));
    const second = await shelf.use('fitted');
    assert.notEqual(second?.info.id, first?.info.id);
    rmSync(lens);
    await assert.rejects(shelf.use('fitted'), { code: 'lens-invalid', message: /There is no lens "fitted" for this model/ });
    assert.equal(await shelf.use(undefined), null);
  });

  it('refuses a published lens of other weights in a sentence, and does without it', async () => {
    say((metadata) => metadata.replace(/"weights":"[0-9a-f]+"/, `"weights":"${'0'.repeat(64)}"`));
    const shelf = new LensShelf(folder, SIZE);
    const { lenses, refused } = await shelf.list();
    assert.deepEqual(lenses, []);
    assert.match(refused.join(), /was made for other weights, and is not used/);
    assert.equal(await shelf.use(undefined), null);
  });

  it('says of what is no lens what it is instead, and of one that was published how it is taken in', async () => {
    const at = (name: string): string => path.join(folder, name);
    mkdirSync(at('empty'));
    mkdirSync(at('tuned'));
    cpSync(path.resolve(__dirname, '../../../oracle/lenses/tuned'), at('tuned'), { recursive: true });
    for (const name of ['jacobian.pt', 'text.pt', 'notes.txt', 'plain.safetensors'])
      if (name === 'jacobian.pt') copyFileSync(path.resolve(__dirname, '../../../oracle/lenses/jacobian.pt'), at(name));
      else if (name === 'plain.safetensors') copyFileSync(at('model.safetensors'), at(name));
      else writeFileSync(at(name), 'A text, and nothing but a text.');
    say(() => '{}');
    copyFileSync(lens, at('other-metadata.safetensors'));
    const said = async (asked: string, size = SIZE): Promise<string> => {
      const problem = await new LensShelf(folder, size).use(at(asked)).then(
        () => assert.fail(`${asked} is a lens`),
        (error: unknown) => error as Problem,
      );
      return `${problem.message} ${problem.hint}`;
    };
    assert.match(await said('empty'), /is a folder, not a lens\. Name a lens that is kept .* or a file that “visit fit-lens” wrote/);
    assert.match(await said('.'), /is a folder, not a lens\. Name the file in it: .*lens\.safetensors/);
    assert.match(await said('nowhere'), /There is no lens /);
    assert.match(await said('tuned'), /tuned was made for a model of \d+ layers and width \d+; this one has 8 layers and width 192/);
    assert.match(
      await said('tuned', { nLayers: 3, dModel: 40 }),
      /as it was published: .* take it in with “visit fit-lens --from .*tuned /,
    );
    assert.match(await said('jacobian.pt'), /was made for a model of /);
    for (const none of ['text.pt', 'notes.txt', 'plain.safetensors', 'other-metadata.safetensors'])
      assert.doesNotMatch(await said(none), /as it was published|undefined/, none);
    assert.match(await said('plain.safetensors'), /is not a lens that “visit fit-lens” wrote\. Name a lens/);
  });
});
