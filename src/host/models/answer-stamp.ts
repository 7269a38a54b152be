/** By what answers are known to have been made from files as they are now. */
import { isAbsolute } from 'node:path';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { keptLensesStamp } from '../../model/lens/kept-lenses';
import { ownTurn } from '../own-turn';

/** Names the files of a model, and of the lenses that it may be read through; null where a lens is a file somewhere else. Never rejects. */
export async function answerStamp({ folder, lens }: ModelRef): Promise<string | null> {
  if (lens !== undefined && isAbsolute(lens)) return null;
  fingerprints ??= reader();
  const { fingerprintOf } = await fingerprints;
  return JSON.stringify(await Promise.all([fingerprintOf(folder), keptLensesStamp()]));
}

let fingerprints: ReturnType<typeof reader> | undefined;

/** The start of the extension does without, and the first run has enough to do in its turn. */
async function reader() {
  await ownTurn();
  return import('../../model/checkpoint/fingerprint');
}
