/** Where calibrations are kept: in a folder of the user’s that the command line and the extension share, by the weights that they hold for. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import type { Calibration } from '../../core/insight/calibration';
import { cannotWrite } from '../../files/cannot-write';
import { writeWholeFile } from '../../files/whole-file';

/**
 * Keeps a calibration for the weights that it names, in the place of an older one.
 *
 * @returns the file
 * @throws Problem `io`
 */
export async function keepCalibration(calibration: Calibration): Promise<string> {
  const file = keptCalibration(calibration.weights);
  try {
    await mkdir(keptFolder(), { recursive: true });
    await writeWholeFile(file, `${JSON.stringify(calibration)}\n`);
  } catch (error) {
    throw cannotWrite(file, error);
  }
  return file;
}

/** The file for weights with a fingerprint, which need not be there. */
export function keptCalibration(weights: string): string {
  return join(keptFolder(), `${weights}.json`);
}

function keptFolder(): string {
  return join(envPaths('visit', { suffix: '' }).data, 'calibrations');
}
