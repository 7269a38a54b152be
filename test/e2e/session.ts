/** One VS Code server and one browser for all end-to-end tests, and a workbench in them that one file after the other borrows. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser';
import { clearWorkbench } from '../support/clean-workbench';
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

/** A workbench that is open, and the folder that it shows. */
interface Window {
  readonly page: Page;
  readonly folder: string;
}

/** A window that was given back as it was lent. Opening one costs more than what most files do in it. */
let idle: Window | undefined;

/** Sessions that have not been closed. */
const open = new Set<Session>();
/** Whether every test so far has passed, of those in which one has run. The windows of others are in nobody knows what state. */
const isSound = new WeakMap<Session, boolean>();

beforeEach(function () {
  this.currentTest?.timeout(testLimit());
});

afterEach(async function () {
  this.timeout(testLimit());
  const { state, title } = this.currentTest!;
  for (const session of open) {
    isSound.set(session, state === 'passed' && isSound.get(session) !== false);
    if (state !== 'passed') await session.screenshot(`failed - ${title}`);
  }
});

after(async function () {
  this.timeout(testLimit());
  await closeIdle();
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
  /** Leaves the window, cleared, to the tests that come next; closes it if one of these has failed. */
  giveBack(): Promise<void>;
  /** Closes the window; once is enough. */
  close(): Promise<void>;
}

/** The server that all sessions share. */
export function runningServer(): Promise<VSCodeServer> {
  server ??= startVSCodeServer(VSIX);
  return server;
}

/**
 * Lends a workbench of this size, in pixels, which shows the prompt file and nothing else: the one that was given back last, or a new
 * one. In one that others have used the extension keeps what it keeps from one prompt to the next, such as the layers that are drawn.
 *
 * @param fresh a new one in any case, in which nothing has been run
 */
export async function openSession(size = { width: 1400, height: 900 }, { fresh = false } = {}): Promise<Session> {
  if (open.size > 0) throw new Error('Another session is open, whose storage would be lost.');
  if (fresh) await closeIdle();
  const window = idle ?? (await newWindow());
  idle = undefined;
  const { page, folder } = window;
  await page.setViewportSize(size);
  await openFile(page, FILE);
  const session: Session = {
    page,
    server: await runningServer(),
    folder,
    visualize: (prompt) => session.run(prompt, 'VISIT: Visualize Forward Pass'),
    async run(prompt, title) {
      await selectLine(page, PROMPTS.indexOf(prompt) + 1);
      await runCommand(page, title);
    },
    async screenshot(name) {
      await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
    },
    async giveBack() {
      if (isSound.get(session) !== true) return session.close();
      open.delete(session);
      await clear(window);
      idle = window;
    },
    async close() {
      if (open.delete(session)) await closeWindow(window);
    },
  };
  open.add(session);
  return session;
}

async function newWindow(): Promise<Window> {
  browser ??= launchBrowser();
  const running = await runningServer();
  const folder = await mkdtemp(path.join(tmpdir(), 'visit-examples-'));
  await writeExamples(folder);
  await mkdir(SCREENSHOTS, { recursive: true });
  context ??= newContext(await browser);
  const page = await (await context).newPage();
  await openWorkbench(page, running.address, folder);
  return { page, folder };
}

/** Leaves of a window what a new one shows; one that cannot be cleared is closed. */
async function clear(window: Window): Promise<void> {
  try {
    await clearWorkbench(window.page);
    await writeExamples(window.folder);
  } catch (error) {
    await closeWindow(window);
    throw error;
  }
}

async function closeWindow({ page, folder }: Window): Promise<void> {
  const { address } = await runningServer();
  await leaveWorkbench(page, address);
  await forgetWorkbench(page, address);
  await page.close();
  await rm(folder, { recursive: true, force: true });
}

async function closeIdle(): Promise<void> {
  if (idle !== undefined) await closeWindow(idle);
  idle = undefined;
}

/** Leaves in a folder the examples and the prompt file, and nothing else. */
async function writeExamples(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
  await cp(path.join(ROOT, 'examples'), folder, { recursive: true });
  await writeFile(path.join(folder, FILE), `${PROMPTS.join('\n')}\n`);
}

async function newContext(browser: Browser): Promise<BrowserContext> {
  const made = await browser.newContext({ reducedMotion: 'reduce' });
  // tsx names functions with it, also those that are sent to the page
  await made.addInitScript('globalThis.__name = (named) => named');
  return made;
}
