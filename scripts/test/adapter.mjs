/** Whether this machine has a graphics card that WebGPU can use. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../setup/repository.mjs';

/** Milliseconds in which any graphics card has answered; a processor that plays one may take longer. */
const PATIENCE = 60_000;

/**
 * Tries it in a process of its own, which a driver may end.
 * @returns {string | null} why there is none, as the end of a sentence; null: there is one
 */
export function noAdapter() {
  const args = ['--import', 'tsx', join(ROOT, 'test', 'gpu', 'adapter.ts')];
  const { status, stdout, error } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: PATIENCE });
  if (status === 0) return null;
  return stdout.trim().split('\n').at(-1) || (error?.message ?? 'WebGPU ended the process that tried it');
}
