/** By what answers are known to have been made from files as they are now. */
import { isAbsolute } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { keptLensesStamp } from '../../model/lens/kept-lenses';

/** Names the files of a model, and of the lenses that it may be read through; null where a lens is a file somewhere else. Never rejects. */
export async function answerStamp({ folder, lens }: ModelRef): Promise<string | null> {
  if (lens !== undefined && isAbsolute(lens)) return null;
  fingerprints ??= reader();
  const { fingerprintOf } = await fingerprints;
  return JSON.stringify(await Promise.all([fingerprintOf(folder), keptLensesStamp()]));
}

let fingerprints: ReturnType<typeof reader> | undefined;

/** All formats of checkpoints come with it: not before a model is run, and in a turn of its own, since other extensions run in this process. */
async function reader() {
  await setImmediate();
  return import('../../model/checkpoint/fingerprint');
}
