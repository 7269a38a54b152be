/**
 * Runs the suite in VS Code with @vscode/test-electron: in a desktop VS Code where there is one (or the executable that the
 * environment variable VISIT_VSCODE names), else in VS Code's server by way of headless-code.mjs.
 *
 * The editor's own chatter goes to artifacts/vscode.log when it runs headless; the outcomes are printed here.
 */
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '../../scripts/setup/command.mjs';
import { QUIET_SETTINGS } from '../../scripts/setup/vscode-server.mjs';

const ROOT = path.join(__dirname, '..', '..');
const SUITE = path.join(ROOT, '.cache', 'vscode-suite.cjs');
const REPORT = process.env.VISIT_TEST_REPORT ?? path.join(ROOT, 'artifacts', 'reports', 'vscode.json');
const LOG = path.join(ROOT, 'artifacts', 'vscode.log');

void main();

async function main(): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), 'visit-suite-'));
  try {
    await bundleSuite();
    await runTests({
      ...executable(),
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: SUITE,
      launchArgs: [await workspace(home), `--user-data-dir=${await userData(home)}`, `--extensions-dir=${path.join(home, 'extensions')}`],
      extensionTestsEnv: { VISIT_TEST_REPORT: REPORT, VISIT_WORKBENCH_LOG: LOG, XDG_DATA_HOME: path.join(home, 'share') },
    });
  } catch (error) {
    console.error(`The suite failed: ${error instanceof Error ? error.message : String(error)} (VS Code's log: ${LOG})`);
    process.exitCode = 1;
  } finally {
    await printOutcomes();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One file that the extension host can load; Mocha stays outside, for it finds parts of itself by their paths. */
async function bundleSuite(): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, 'suite', 'index.ts')],
    outfile: SUITE,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}

/** The VS Code to run. Nothing named: test-electron downloads one. */
function executable(): { vscodeExecutablePath?: string } {
  const named = process.env.VISIT_VSCODE ?? desktopExecutable();
  if (named !== undefined) return { vscodeExecutablePath: named };
  return process.platform === 'win32' ? {} : { vscodeExecutablePath: path.join(__dirname, 'headless-code.mjs') };
}

/** The program behind the `code` command of a desktop; the command itself does not wait for a suite to end. */
function desktopExecutable(): string | undefined {
  const command = findProgram('code');
  const display = process.platform !== 'linux' || process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
  if (command === undefined || !display) return undefined;
  const bin = path.dirname(realpathSync(command));
  const places = [path.join(bin, '..', 'code'), path.join(bin, '..', 'Code.exe'), path.join(bin, '..', '..', '..', 'MacOS', 'Electron')];
  return places.find((file) => existsSync(file));
}

/** A copy of the examples, which tests may change. */
async function workspace(home: string): Promise<string> {
  const folder = path.join(home, 'workspace');
  await cp(path.join(ROOT, 'examples'), folder, { recursive: true });
  return folder;
}

async function userData(home: string): Promise<string> {
  const folder = path.join(home, 'data');
  await mkdir(path.join(folder, 'User'), { recursive: true });
  await writeFile(path.join(folder, 'User', 'settings.json'), JSON.stringify(QUIET_SETTINGS));
  return folder;
}

async function printOutcomes(): Promise<void> {
  if (!existsSync(REPORT)) return;
  const outcomes = JSON.parse(await readFile(REPORT, 'utf8')) as { title: string; passed: boolean; duration: number }[];
  for (const { title, passed, duration } of outcomes) console.log(`  ${passed ? '✔' : '✖'} ${title} (${duration} ms)`);
}
