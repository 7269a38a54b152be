/** The engine process as the command line uses it: started for one command, ended with it. */
import path from 'node:path';
import type { Command } from 'commander';
import { escapeUnsafe } from '../core/text/token-text';
import { EngineClient } from '../engine-client/engine-client';
import { interruptible } from './interrupt';

/** dist/, where the bundles lie side by side. */
const DIST = __dirname;

/** Folder with the inspector's bundle. */
export const WEBVIEW = path.join(DIST, 'webview');

/**
 * Runs `work` with an engine that is always shut down afterwards; Ctrl+C cancels.
 *
 * @param command asked for `--verbose`, with which stderr gets what the engine process logs
 */
export async function withEngine<T>(command: Command, work: (engine: EngineClient, signal: AbortSignal) => Promise<T>): Promise<T> {
  const { verbose } = command.optsWithGlobals<{ verbose?: boolean }>();
  const log = (line: string): void => void process.stderr.write(`${escapeUnsafe(line)}\n`);
  const engine = new EngineClient({ entry: path.join(DIST, 'engine.js'), ...(verbose && { log }) });
  try {
    return await interruptible((signal) => work(engine, signal));
  } finally {
    engine.dispose();
  }
}
