/** The model's process, as the operating system sees it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { VSCodeServer } from '../support/vscode-server';

/** Id of the engine process that was started last of those of the extension that is installed in this server. */
export async function latestEnginePid({ home }: VSCodeServer): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,etimes=,args=']);
  const found = stdout
    .split('\n')
    .filter((line) => line.includes(home) && line.includes('/dist/engine.js'))
    .map((line) => line.trim().split(/\s+/).slice(0, 2).map(Number))
    .map(([pid = NaN, seconds = NaN]) => ({ pid, seconds }))
    .sort((a, b) => a.seconds - b.seconds || b.pid - a.pid);
  const [latest] = found;
  if (latest === undefined) throw new Error('No engine process runs.');
  return latest.pid;
}

/** Halts that process, so that whatever is asked of it next stays under way, however quick the machine is. Answers with its id. */
export async function haltEngine(server: VSCodeServer): Promise<number> {
  const pid = await latestEnginePid(server);
  process.kill(pid, 'SIGSTOP');
  return pid;
}

/** Whether a process with this id runs. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
