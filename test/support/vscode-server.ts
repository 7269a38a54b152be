/** A VS Code server for one test: with a home of its own, which goes when it stops. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeBareExtensions } from '../../scripts/setup/code-server.mjs';
import { QUIET_SETTINGS, serveVSCode } from '../../scripts/setup/vscode-server.mjs';
import { DRIVABLE_SETTINGS } from './workbench';

export interface VSCodeServer {
  /** where the workbench is served, such as http://127.0.0.1:40000 */
  readonly address: string;
  /** folder of its data, settings and installed extensions */
  readonly home: string;
  /** Ends it and removes its home. */
  stop(): Promise<void>;
}

/**
 * Installs an extension and serves VS Code.
 * @param vsix the extension's package
 * @param beside folders of further extensions, which need no package
 */
export async function startVSCodeServer(vsix: string, beside: readonly string[] = []): Promise<VSCodeServer> {
  const home = await mkdtemp(join(tmpdir(), 'visit-vscode-'));
  // What the extension keeps for the command line too, such as a calibration, is not kept for whoever runs the tests.
  const env = { XDG_DATA_HOME: join(home, 'share') };
  const builtIn = join(home, 'built-in');
  await makeBareExtensions(builtIn);
  for (const folder of beside) await symlink(folder, join(builtIn, basename(folder)));
  const settings = { ...QUIET_SETTINGS, ...DRIVABLE_SETTINGS };
  const { address, child } = await serveVSCode({ vsix, home, env, builtIn, settings });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    address,
    home,
    async stop() {
      child.kill();
      await ended;
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
