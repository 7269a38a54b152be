/** VS Code in a browser, as a user of code-server has it: an extension installed from its VSIX, a local address. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCodeServer } from './code-server.mjs';
import { run } from './command.mjs';
import { SetupError } from './progress.mjs';

/** User settings that keep a fresh VS Code to the matter: nothing that asks, fetches or opens by itself. */
export const QUIET_SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Installs an extension and serves VS Code to this machine alone.
 * @param {object} options
 * @param {string} options.vsix the extension's package
 * @param {string} options.home folder for its data, settings and extensions; made if need be
 * @param {number} [options.port] absent: a free one
 * @param {Record<string, string>} [options.env] added to this process's environment
 * @param {string} [options.builtIn] folder of the extensions that VS Code brings with it; absent: all that code-server has
 * @param {Record<string, unknown>} [options.settings] user settings of a new home; absent: `QUIET_SETTINGS`
 * @returns {Promise<{ address: string, child: import('node:child_process').ChildProcess }>} where the workbench is served, such as
 *   http://127.0.0.1:40000, and the server's process
 * @throws {SetupError} when the extension cannot be installed or the server ends before it listens
 */
export async function serveVSCode({ vsix, home, port = 0, env = {}, settings = QUIET_SETTINGS, builtIn }) {
  const { node, entry } = await ensureCodeServer();
  const data = join(home, 'data');
  const config = join(home, 'config.yaml');
  await mkdir(join(data, 'User'), { recursive: true });
  const settingsFile = join(data, 'User', 'settings.json');
  // what was changed in the editor since is kept
  if (!existsSync(settingsFile)) await writeFile(settingsFile, JSON.stringify(settings, null, 2));
  // without a file of its own it would write one into the user's home
  await writeFile(config, '');

  const server = [entry, '--config', config, '--user-data-dir', data, '--extensions-dir', join(home, 'extensions')];
  if (builtIn !== undefined) server.push('--builtin-extensions-dir', builtIn);
  await run(node, [...server, '--install-extension', vsix, '--force'], { minutes: 2 });
  const local = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'];
  const child = spawn(node, [...server, ...local, '--disable-workspace-trust'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const address = await new Promise((resolve, reject) => {
    let output = '';
    const read = (/** @type {Buffer} */ chunk) => {
      if (output.length > 100_000) return;
      output += chunk;
      const listening = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
      if (listening) resolve(listening[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new SetupError(`code-server ended with code ${code}.`, output.trim())));
  });
  return { address, child };
}
