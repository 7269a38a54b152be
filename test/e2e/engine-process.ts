/** The model's process, as the operating system sees it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { VSCodeServer } from '../support/vscode-server';

/** Ids of the engine processes of the extension that is installed in this server. */
export async function enginePids({ home }: VSCodeServer): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(home) && line.includes('/dist/engine.js'))
    .map((line) => Number.parseInt(line.trim(), 10));
}
