/**
 * code-server: VS Code's server and workbench from the npm registry, for machines without a desktop. It is installed once for all
 * clones of the project, not into one, with the Node that it wants.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { findProgram, npm, run } from './command.mjs';
import { say } from './output.mjs';
import { SetupError, step } from './progress.mjs';
import { installSystemPackages } from './system-packages.mjs';
import { USER_CACHE } from './user-cache.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';
/** Where a complete installation lies; it gets this name only when it is complete. */
const HOME = join(USER_CACHE, `code-server-${CODE_SERVER}`);

/**
 * @typedef {object} CodeServer
 * @property {string} node the Node that runs it
 * @property {string} entry code-server itself: `node entry --help`
 * @property {string} server the VS Code server within it, as the tests start it
 * @property {string} extensions folder of the extensions that come with it, each in a folder with its name
 */

/** @returns {CodeServer | undefined} the installation, if there is one */
export function findCodeServer() {
  return existsSync(HOME) ? at(HOME) : undefined;
}

/**
 * Installs code-server if it is not there yet.
 * @returns {Promise<CodeServer>}
 * @throws {SetupError} when this system has none, or the installation fails
 */
export async function ensureCodeServer() {
  if (process.platform === 'win32') {
    throw new SetupError('code-server does not run on Windows.', 'Install VS Code: https://code.visualstudio.com');
  }
  const present = findCodeServer();
  if (present) return present;

  const staging = `${HOME}.${process.pid}`;
  try {
    await step(`Installing code-server ${CODE_SERVER}`, () => install(staging));
    await buildModules(staging);
    await rename(staging, HOME).catch((error) => {
      // another clone was quicker
      if (!findCodeServer()) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return at(HOME);
}

/**
 * Makes a folder of built-in extensions for a VS Code that has none but what an extension may meet by name: the themes, the icons,
 * and Markdown as a language. The others, Git and Copilot among them, cost every window that opens half as much again.
 * @param {string} folder made
 * @param {readonly string[]} [others] names of further ones that are needed
 */
export async function makeBareExtensions(folder, others = []) {
  const { extensions } = await ensureCodeServer();
  await mkdir(folder, { recursive: true });
  for (const name of ['theme-defaults', 'theme-seti', 'markdown-basics', ...others])
    await symlink(join(extensions, name), join(folder, name));
}

/** Brings the files. No package's install script runs: nearly all of them build modules for what nobody uses here. */
async function install(/** @type {string} */ folder) {
  await mkdir(folder, { recursive: true });
  const dependencies = { 'code-server': CODE_SERVER, [nodePackage()]: NODE };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['install', '--ignore-scripts', '--omit=dev'];
  await npm(flags, { cwd: folder });
  // its own install script would do this one
  await npm(flags, { cwd: vscode(folder), env: withNode(folder) });
  await run(at(folder).node, [at(folder).entry, '--version'], {
    cwd: folder,
    env: { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    minutes: 1,
  });
}

/**
 * Builds the native modules that are missed: the writer of log files, without which the Output view stays empty, and the
 * watchdog that ends an extension host whose server has gone. All else works without them, so a machine that has no compiler
 * goes on.
 */
async function buildModules(/** @type {string} */ folder) {
  try {
    const missing = ['g++', 'make', 'python3'].filter((name) => !findProgram(name));
    if (missing.length > 0) await installSystemPackages(missing, `${missing.join(', ')}, which build a part of VS Code's server`);
    await step("Building native modules of VS Code's server", () =>
      npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], {
        cwd: vscode(folder),
        env: {
          ...withNode(folder),
          // the headers that came with this Node; otherwise they would be downloaded
          npm_config_nodedir: dirname(dirname(at(folder).node)),
          npm_config_ignore_scripts: 'false',
          npm_config_dangerously_allow_all_scripts: 'true',
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`  VS Code's server goes on without log files: ${error.message.split('\n')[0]}`);
  }
}

/** @returns {CodeServer} */
function at(/** @type {string} */ folder) {
  return {
    node: join(folder, 'node_modules', nodePackage(), 'bin', 'node'),
    entry: join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
    server: join(vscode(folder), 'out', 'server-main.js'),
    extensions: join(vscode(folder), 'extensions'),
  };
}

/** Folder of the VS Code server within an installation. */
function vscode(/** @type {string} */ folder) {
  return join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}

/** The registry's package with this platform's Node. */
function nodePackage() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${process.platform}-${process.arch}`;
}

/** An environment in which `node`, and so npm, is the installed one. */
function withNode(/** @type {string} */ folder) {
  return { PATH: [dirname(at(folder).node), process.env.PATH].join(delimiter) };
}
