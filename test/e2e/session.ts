/** One VS Code server and one browser for all end-to-end tests; every file opens a workbench of its own in them. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser';
import { testLimit } from '../support/patience';
import { ROOT, SCREENSHOTS, VSIX } from '../support/repository';
import { startVSCodeServer, type VSCodeServer } from '../support/vscode-server';
import { leaveWorkbench, openFile, openWorkbench, runCommand, selectLine } from '../support/workbench';
import { forgetWorkbench } from '../support/workbench-storage';

/** The lines of the prompt file. */
export const PROMPTS = [
  'The capital of Japan is the city of',
  'A café in Zürich 😀 is where we met',
  'one two three four',
  'The capital of France is the city of',
] as const;
const FILE = 'prompts.txt';

let server: Promise<VSCodeServer> | undefined;
let browser: Promise<Browser> | undefined;
/** All windows are of one, one after the other: what the workbench consists of then comes from the browser's cache. */
let context: Promise<BrowserContext> | undefined;

/** Sessions that have not been closed. */
const open = new Set<Session>();

beforeEach(function () {
  this.currentTest?.timeout(testLimit());
});

afterEach(async function () {
  this.timeout(testLimit());
  if (this.currentTest?.state !== 'failed') return;
  for (const session of open) await session.screenshot(`failed - ${this.currentTest.title}`);
});

after(async function () {
  this.timeout(testLimit());
  await (await browser)?.close();
  await (await server)?.stop();
});

/** A workbench with the extension installed, open on a copy of the examples. */
export interface Session {
  readonly page: Page;
  readonly server: VSCodeServer;
  /** the folder that is open, on disk */
  readonly folder: string;
  /** Selects a line of the prompt file and runs the command. */
  visualize(prompt: (typeof PROMPTS)[number]): Promise<void>;
  /** Selects a line of the prompt file and runs a command by its title. */
  run(prompt: (typeof PROMPTS)[number], title: string): Promise<void>;
  /** Keeps a picture of the window in artifacts/screenshots. */
  screenshot(name: string): Promise<void>;
  /** Closes the window; once is enough. */
  close(): Promise<void>;
}

/** The server that all sessions share. */
export function runningServer(): Promise<VSCodeServer> {
  server ??= startVSCodeServer(VSIX);
  return server;
}

/** Opens the prompt file in a workbench of this size, in pixels. */
export async function openSession(size = { width: 1400, height: 900 }): Promise<Session> {
  browser ??= launchBrowser();
  const running = await runningServer();
  const folder = await mkdtemp(path.join(tmpdir(), 'visit-examples-'));
  await cp(path.join(ROOT, 'examples'), folder, { recursive: true });
  await writeFile(path.join(folder, FILE), `${PROMPTS.join('\n')}\n`);
  await mkdir(SCREENSHOTS, { recursive: true });

  if (open.size > 0) throw new Error('Another session is open, whose storage would be lost.');
  context ??= newContext(await browser);
  const page = await (await context).newPage();
  await page.setViewportSize(size);
  await openWorkbench(page, running.address, folder);
  await openFile(page, FILE);
  const session: Session = {
    page,
    server: running,
    folder,
    visualize: (prompt) => session.run(prompt, 'VISIT: Visualize Forward Pass'),
    async run(prompt, title) {
      await selectLine(page, PROMPTS.indexOf(prompt) + 1);
      await runCommand(page, title);
    },
    async screenshot(name) {
      await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
    },
    async close() {
      if (!open.delete(session)) return;
      await leaveWorkbench(page, running.address);
      await forgetWorkbench(page, running.address);
      await page.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  open.add(session);
  return session;
}

async function newContext(browser: Browser): Promise<BrowserContext> {
  const made = await browser.newContext({ reducedMotion: 'reduce' });
  // tsx names functions with it, also those that are sent to the page
  await made.addInitScript('globalThis.__name = (named) => named');
  return made;
}
