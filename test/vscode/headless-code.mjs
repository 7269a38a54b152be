#!/usr/bin/env node
/**
 * Stands in for VS Code's own executable where there is no desktop: takes the arguments with which @vscode/test-electron starts
 * it, starts VS Code's server (the one in code-server) and opens its workbench in a headless Chromium, in which the extension
 * under development and the test suite are loaded as they would be on a desktop. Its exit code is the suite's.
 *
 * What the workbench says goes to the file that the environment variable VISIT_WORKBENCH_LOG names, else to stdout.
 */
import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatWithOptions, parseArgs } from 'node:util';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';
import { ensureCodeServer, makeBareExtensions } from '../../scripts/setup/code-server.mjs';

/** How long a suite may say nothing before it is taken to hang, in milliseconds. Each test that ends is said. */
const LIMIT = 15 * 60_000;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    extensionDevelopmentPath: { type: 'string' },
    extensionTestsPath: { type: 'string' },
    'user-data-dir': { type: 'string' },
    'extensions-dir': { type: 'string' },
  },
});

const log = openLog(process.env.VISIT_WORKBENCH_LOG);
const { address, stop } = await startServer();
const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] });
const exitCode = await runSuite(browser, address).catch((error) => {
  console.error(error);
  return 1;
});
await browser.close();
stop();
process.exit(exitCode);

/** @returns {Promise<{ address: string, stop: () => void }>} host:port once the server listens */
async function startServer() {
  const { node, server } = await ensureCodeServer();
  const builtIn = join(String(values['user-data-dir']), 'built-in');
  // Notebooks are among what prompts are in.
  await makeBareExtensions(builtIn, ['ipynb']);
  const args = ['--host=127.0.0.1', '--port=0', '--without-connection-token', '--accept-server-license-terms'];
  const driver = ['--enable-smoke-test-driver', '--disable-workspace-trust', '--telemetry-level=off'];
  const data = values['user-data-dir'];
  const folders = [
    `--server-data-dir=${data}`,
    `--user-data-dir=${data}`,
    `--extensions-dir=${values['extensions-dir']}`,
    `--builtin-extensions-dir=${builtIn}`,
  ];
  const child = spawn(node, [server, ...args, ...driver, ...folders], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill();
  process.on('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const port = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      const listening = /listening on (\d+)/.exec(output);
      if (listening) resolve(listening[1]);
    });
    child.on('exit', () => reject(new Error(`VS Code's server ended before it listened:\n${output}`)));
  });
  return { address: `127.0.0.1:${port}`, stop };
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address host:port of the server
 * @returns {Promise<number>} the suite's exit code
 */
async function runSuite(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const ended = new Promise((resolve, reject) => {
    const hangs = setTimeout(() => reject(new Error(`The suite has said nothing for ${LIMIT / 60_000} minutes.`)), LIMIT).unref();
    page.on('crash', () => reject(new Error('The workbench crashed.')));
    // The workbench finds these two when it runs a suite: the suite's console, and its end.
    void page.exposeFunction('codeAutomationLog', (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
      hangs.refresh();
      log.write(`${type}: ${formatWithOptions({ colors: false }, ...args)}\n`);
    });
    void page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => resolve(code));
  });

  const remote = (/** @type {unknown} */ path) => `vscode-remote://${address}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(values.extensionDevelopmentPath)],
    ['extensionTestsPath', remote(values.extensionTestsPath)],
  ]);
  const folder = positionals.at(0) ?? values.extensionDevelopmentPath;
  await page.goto(`http://${address}/?${new URLSearchParams({ folder: String(folder), payload })}`);
  return ended;
}

/** @param {string | undefined} file */
function openLog(file) {
  if (!file) return process.stdout;
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file);
}
