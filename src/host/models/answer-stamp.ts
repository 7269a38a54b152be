/** By what answers are known to have been made from files as they are now. */
import { isAbsolute } from 'node:path';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { fingerprintOf } from '../../model/checkpoint/fingerprint';
import { keptLensesStamp } from '../../model/lens/kept-lenses';

/** Names the files of a model, and of the lenses that it may be read through; null where a lens is a file somewhere else. Never rejects. */
export async function answerStamp({ folder, lens }: ModelRef): Promise<string | null> {
  if (lens !== undefined && isAbsolute(lens)) return null;
  return JSON.stringify(await Promise.all([fingerprintOf(folder), keptLensesStamp()]));
}
