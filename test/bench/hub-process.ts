/** A Hub in a process of its own, with one model of 100 MB; tells its parent the address. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LoopbackHub, type HubFile } from '../hub/loopback-hub';
import { writeRandomCheckpoint } from './random-checkpoint';

/** The one model that is there. */
export const ID = 'ada/large';

function files(): Record<string, HubFile> {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    writeRandomCheckpoint(folder, { vocabSize: 25_000, dModel: 768, layers: 1, heads: 12, context: 64 });
    const read = (name: string): HubFile => ({ content: readFileSync(path.join(folder, name)), large: name.endsWith('.safetensors') });
    return Object.fromEntries(readdirSync(folder).map((name) => [name, read(name)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const hub = new LoopbackHub();
  hub.repositories.set(ID, { files: files() });
  await hub.start();
  process.send?.(hub.endpoint);
  process.once('disconnect', () => process.exit());
}

if (process.send !== undefined && process.argv[1] === __filename) void main();
