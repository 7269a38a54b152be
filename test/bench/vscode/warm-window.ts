/** A window of VS Code whose panel shows the graph of a model that is in memory. */
import { readFile, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { eventually, openFile, openWorkbench, runCommand, webview } from '../../support/workbench';
import { processorTime } from './processor-time';

/** Words of the prompts: of about 16 tokens each. */
const WORDS = 'the cat sat on a mat and looked at the old man who had come from the city by train'.split(' ');
const FILE = 'prompts.txt';
/** This extension, as the editor knows it. */
const EXTENSION = 'visit-vscode.visit-vscode';

/** Prompts to be asked for one after the other, each a paragraph of its own. */
export function prompts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const turned = [...WORDS.slice(i % WORDS.length), ...WORDS.slice(0, i % WORDS.length)];
    return `${turned.slice(0, 14).join(' ')} ${i}`;
  });
}

/** Writes the prompts and the settings into the folder. @param model folder of a model; null: the one that comes with the extension */
export async function writeWorkspace(folder: string, model: string | null, texts: readonly string[]): Promise<void> {
  mkdirSync(path.join(folder, '.vscode'));
  const settings = {
    // In the process that is measured, VS Code runs programs every two seconds to find the ports that others listen on.
    'remote.autoForwardPorts': false,
    ...(model !== null && { 'visit.model.folder': model }),
  };
  await writeFile(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  await writeFile(path.join(folder, FILE), `${texts.join('\n\n')}\n`);
}

/** Milliseconds of processor time in which an engine does nothing worth mentioning. */
const AT_REST = 10;
/** After so many milliseconds without a question the engine has begun to repack weights, if it will. */
const REPACKED = 3000;

function engineTime(): number {
  return processorTime().get('engine') ?? 0;
}

/** Milliseconds, by the clock and by the processor time of the extension host. */
export interface HostTime {
  readonly clock: number;
  readonly work: number;
}

/** See the head of this file. */
export class WarmWindow {
  private constructor(
    readonly page: Page,
    private readonly folder: string,
    /** what starting the extension took */
    readonly activation: HostTime,
  ) {}

  /** the longest turn of the extension host from then on, until the model had been loaded and its first graph was shown */
  loading: HostTime = { clock: 0, work: 0 };

  /** Opens the folder, shows the graph of its first prompt, and leaves the cursor there. */
  static async open(page: Page, address: string, folder: string): Promise<WarmWindow> {
    await openWorkbench(page, address, folder);
    await openFile(page, FILE);
    await page.locator('.editor-instance .view-line').first().click();
    await page.keyboard.press('Control+Home');
    const window = new WarmWindow(page, folder, await asked(folder, `activate?${EXTENSION}`));
    await window.longestTurn();
    await runCommand(page, 'VISIT: Visualize Forward Pass');
    const graph = window.part('tab-graph');
    await graph.waitFor();
    await eventually(async () => {
      await graph.click();
      await window.part('token-0').waitFor({ timeout: 1000 });
    });
    window.loading = await window.longestTurn();
    await window.rest(REPACKED);
    return window;
  }

  /** An element of the panel. */
  part(testId: string) {
    return webview(this.page).content.locator(`[data-testid="${testId}"]`);
  }

  /**
   * Waits until the engine is at rest: all of the graph has been read.
   *
   * @param quiet milliseconds in which it does nothing
   */
  async rest(quiet = 400): Promise<void> {
    for (let [before, now] = [-Infinity, engineTime()]; now - before > AT_REST; [before, now] = [now, engineTime()])
      await this.page.waitForTimeout(quiet);
  }

  /** Moves the cursor to the next prompt, or back to the one before. */
  async step(by: 1 | -1): Promise<void> {
    const key = by > 0 ? 'ArrowDown' : 'ArrowUp';
    await this.page.locator('.editor-instance textarea, .editor-instance .native-edit-context').first().focus();
    await this.page.keyboard.press(key);
    await this.page.keyboard.press(key);
  }

  /** Presses the keys that draw the prompt under the cursor. */
  async visualize(): Promise<void> {
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.press('g');
  }

  /** The longest turn of the extension host since this was last asked, in milliseconds: by the clock and by processor time. */
  longestTurn(): Promise<HostTime> {
    return asked(this.folder, '');
  }
}

/** Asks the extension beside this one. @throws Error with what it says where it has no answer */
async function asked(folder: string, question: string): Promise<HostTime> {
  const port = await eventually(() => readFile(path.join(folder, '.turns-port'), 'utf8'));
  const answer = await fetch(`http://127.0.0.1:${port}/${question}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as HostTime;
}
