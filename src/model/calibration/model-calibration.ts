/**
 * The calibration of a model: beside its weights, as published with them, or in a folder of the user’s that the command line and the
 * extension share. Either holds for the weights that it names, and for no others.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Calibration, KnownCalibration } from '../../core/insight/calibration';
import { Problem } from '../../core/problem';
import { weightsFingerprint } from '../checkpoint/weights-fingerprint';
import { calibrationSchema } from './calibration-schema';
import { keptCalibration } from './kept-calibrations';

/** Its name in a model's folder. */
export const CALIBRATION_FILE = 'calibration.json';

/**
 * The calibration of the model in a folder: one that was kept before the one published with the weights.
 *
 * @throws Problem as `openCheckpoint`
 */
export async function calibrationOf(folder: string): Promise<KnownCalibration> {
  const weights = await weightsFingerprint(folder);
  const refused: string[] = [];
  for (const file of [keptCalibration(weights), join(folder, CALIBRATION_FILE)]) {
    const read = await readCalibration(file);
    if (read === null) continue;
    if (typeof read !== 'string' && read.weights === weights) return { calibration: read, refused };
    refused.push(typeof read === 'string' ? read : `${file} is the calibration of other weights, and is not used.`);
  }
  return { calibration: null, refused };
}

/** What a file holds; null: there is none; a sentence: it cannot be used. */
async function readCalibration(file: string): Promise<Calibration | string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const read = calibrationSchema.safeParse(JSON.parse(text));
    // What the schema does not name is what the rest of the type says: a file that this program has written.
    if (read.success) return read.data as unknown as Calibration;
    const [issue] = read.error.issues;
    return `${file} is not a calibration that can be read: ${issue.path.join('.')}: ${issue.message}.`;
  } catch (error) {
    return `${file} is not JSON: ${Problem.from(error).message}.`;
  }
}
