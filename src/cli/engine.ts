/** The engine process as the command line uses it: started for one command and ended with it, unless commands share one. */
import path from 'node:path';
import type { Command } from 'commander';
import { escapeUnsafe } from '../core/text/token-text';
import type { EngineCalls } from '../engine-client/engine-calls';
import { EngineClient } from '../engine-client/engine-client';
import { interruptible } from './interrupt';
import { surroundings } from './surroundings';

/** dist/, where the bundles lie side by side. */
const DIST = __dirname;

/** Folder with the inspector's bundle. */
export const WEBVIEW = path.join(DIST, 'webview');

/**
 * An engine, whose process starts with the first call. Whoever asks for it disposes of it.
 * @param log gets every line that the process prints
 */
export function startEngine(log?: (line: string) => void): EngineClient {
  return new EngineClient({ entry: path.join(DIST, 'engine.js'), ...(log && { log }) });
}

/**
 * Runs `work` with an engine; Ctrl+C cancels. One that is started for it is always shut down afterwards.
 *
 * @param command asked for `--verbose`, with which stderr gets what an engine that is started logs
 */
export async function withEngine<T>(command: Command, work: (engine: EngineCalls, signal: AbortSignal) => Promise<T>): Promise<T> {
  const { engine: shared, stderr } = surroundings();
  if (shared) return interruptible((signal) => work(shared, signal));
  const { verbose } = command.optsWithGlobals<{ verbose?: boolean }>();
  const engine = startEngine(verbose ? (line) => void stderr.write(`${escapeUnsafe(line)}\n`) : undefined);
  try {
    return await interruptible((signal) => work(engine, signal));
  } finally {
    engine.dispose();
  }
}
