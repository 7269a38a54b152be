import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Calibration } from '../../../../src/core/insight/calibration';
import { keepCalibration } from '../../../../src/model/calibration/kept-calibrations';
import { calibrationOf } from '../../../../src/model/calibration/model-calibration';
import { weightsFingerprint } from '../../../../src/model/checkpoint/weights-fingerprint';

const EMBEDDED = path.join(__dirname, '../../../../models/visit-small');
const FILES = ['config.json', 'model.safetensors', 'calibration.json'];

describe('the calibration of a model', () => {
  let folder: string;
  let copy: string;
  const home = process.env['XDG_DATA_HOME'];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'visit-calibration-'));
    copy = path.join(folder, 'copy');
    for (const file of FILES) await cp(path.join(EMBEDDED, file), path.join(copy, file));
    process.env['XDG_DATA_HOME'] = path.join(folder, 'data');
    process.env['LOCALAPPDATA'] = path.join(folder, 'data');
  });
  afterEach(async () => {
    if (home === undefined) delete process.env['XDG_DATA_HOME'];
    else process.env['XDG_DATA_HOME'] = home;
    await rm(folder, { recursive: true });
  });

  /** Weights as further training leaves them: one tensor has other numbers. */
  const train = async (): Promise<void> => {
    const file = path.join(copy, 'model.safetensors');
    const bytes = await readFile(file);
    bytes.fill(0x11, bytes.length - 4096);
    await writeFile(file, bytes);
  };

  it('is the published one, wherever a copy of the weights lies', async () => {
    assert.equal(await weightsFingerprint(copy), await weightsFingerprint(EMBEDDED));
    const { calibration, refused } = await calibrationOf(copy);
    assert.deepEqual([calibration?.prompts, calibration?.points.length, refused], [124, 248, []]);
  });

  it('is refused for other weights, with the reason', async () => {
    await train();
    const { calibration, refused } = await calibrationOf(copy);
    assert.equal(calibration, null);
    assert.deepEqual(refused, [`${path.join(copy, 'calibration.json')} is the calibration of other weights, and is not used.`]);
  });

  it('is the one that the user has kept, if there is one for these weights', async function () {
    if (process.platform === 'darwin') return this.skip(); // its folder cannot be moved
    const published = JSON.parse(await readFile(path.join(copy, 'calibration.json'), 'utf8')) as Calibration;
    await keepCalibration({ ...published, prompts: 3 });
    assert.equal((await calibrationOf(copy)).calibration?.prompts, 3);
    await train();
    assert.equal((await calibrationOf(copy)).calibration, null);
  });

  it('is none where the file cannot be read as one, with the reason', async () => {
    const file = path.join(copy, 'calibration.json');
    await writeFile(file, '{"schema":');
    assert.match((await calibrationOf(copy)).refused.join(), /calibration\.json is not JSON/);
    await writeFile(file, '{"schema":"visit.calibration/9"}');
    assert.match((await calibrationOf(copy)).refused.join(), /is not a calibration that can be read: schema/);
    await rm(file);
    assert.deepEqual(await calibrationOf(copy), { calibration: null, refused: [] });
  });
});
