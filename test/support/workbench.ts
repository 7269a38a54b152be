/**
 * What a person does in VS Code, done to a page of Playwright's. Every function waits for what it needs, none for a time, and
 * ends when what it does has been done. Where a key may have met a workbench that was busy with something else, the step is
 * repeated: all steps here can be.
 */
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { measuredStart, pace, patience } from './patience';

/** Settings that these functions need: what they opened must not close because the focus moved. */
export const DRIVABLE_SETTINGS = { 'workbench.quickOpen.closeOnFocusLost': false };

/** Opens the workbench on a folder and waits until it can be used. */
export async function openWorkbench(page: Page, address: string, folder: string): Promise<void> {
  const began = Date.now();
  // Before anything has been measured there is no measure: the stage's own limit ends what never comes.
  page.setDefaultTimeout(0);
  page.setDefaultNavigationTimeout(0);
  await page.goto(`${address}/?${new URLSearchParams({ folder }).toString()}`);
  await workbenchReady(page);
  measuredStart(Date.now() - began);
  page.setDefaultTimeout(patience());
  page.setDefaultNavigationTimeout(patience());
}

/** Waits until the workbench has restored its editors and knows its extensions. */
async function workbenchReady(page: Page): Promise<void> {
  const marks = ['code/didStartWorkbench', 'code/didLoadExtensions'];
  await page.waitForFunction((names) => names.every((name) => performance.getEntriesByName(name).length > 0), marks, { polling: 100 });
}

/**
 * Reloads the window by the editor's own command, which first stores everything, and waits until it can be used again.
 * A reload of the browser's page stores nothing reliably: there VS Code begins to store its layout when it is too late.
 */
export async function reloadWindow(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { beforeReload: true }));
  await runCommand(page, 'Developer: Reload Window');
  await page.waitForFunction(() => !('beforeReload' in globalThis), undefined, { polling: 100 });
  await workbenchReady(page);
}

/** Opens a file of the folder by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await retry(`${name} to be open`, async () => {
    await quickInput(page, 'Control+P', name, name);
    await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: pace() });
    await page.locator('.editor-instance .monaco-editor .view-line').first().waitFor({ timeout: pace() });
  });
}

/** Selects a whole line of the editor in the first column; the first line is 1. */
export async function selectLine(page: Page, line: number): Promise<void> {
  await retry(`line ${line} to be selected`, async () => {
    await page.locator('.editor-instance .view-lines').first().click({ timeout: pace() });
    // Not by Home, which stops at the first letter of a line that is indented.
    await quickInput(page, 'Control+G', `:${line}:1`, /line/i);
    await selectionStatus(page, `Ln ${line}, Col 1`);
    await page.keyboard.press('Shift+End');
    await selectionStatus(page, new RegExp(`Ln ${line}, .* selected`));
  });
}

/** Selects a line of the editor in the first column and the one below it, each whole and by a cursor of its own. */
export async function selectTwoLines(page: Page, line: number): Promise<void> {
  await retry(`the lines ${line} and ${line + 1} to be selected`, async () => {
    await selectLine(page, line);
    await page.keyboard.press('Home');
    await runCommand(page, 'Add Cursor Below');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+End');
    await selectionStatus(page, /^2 selections .* selected/);
  });
}

/** Waits until the status bar says this of the cursor. */
async function selectionStatus(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('#status\\.editor\\.selection').filter({ hasText: text }).waitFor({ timeout: pace() });
}

/** Waits until the editor whose tab has this text is the one that keys and commands go to, as after a click into it. */
export async function untilActive(page: Page, tab: string): Promise<void> {
  await page.locator('.editor-group-container.active .tab.active', { hasText: tab }).waitFor();
}

/** Runs a command from the palette by its title, once. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await quickInput(page, 'F1', `>${title}`, title);
}

/** Closes the side bar. */
export async function closeSideBar(page: Page): Promise<void> {
  await retry('the side bar to close', async () => {
    await runCommand(page, 'View: Close Primary Side Bar');
    await page.locator('.part.sidebar').waitFor({ state: 'hidden', timeout: pace() });
  });
}

/** Chooses a command from the menu of a row of the explorer, by its title. */
export async function chooseInExplorer(page: Page, row: string, title: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-item', { hasText: title });
  await retry(`the menu of ${row}`, async () => {
    await runCommand(page, 'View: Show Explorer');
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: row }).click({ button: 'right', timeout: pace() });
    await item.waitFor({ timeout: pace() });
  });
  // A menu swallows a click in the first tenth of a second after it opened, lest it be the end of the click that opened it.
  await retry(`the menu of ${row} to be left`, async () => {
    if (await item.isVisible()) await item.click({ timeout: pace() });
    await item.waitFor({ state: 'hidden', timeout: pace() });
  });
}

/** Gives the workbench the colours of a theme, by the name under which it is listed. */
export async function chooseTheme(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Preferences: Color Theme');
  await pickRow(page, name, name);
}

/** Takes a row of the quick input that a command has opened. */
export async function pickRow(page: Page, text: string, row: string | RegExp): Promise<void> {
  await retry(`the row ${String(row)}`, () => find(page, text, row));
  await take(page, text);
}

/** Answers the quick input that asks for a text, once it suggests one like this; the text absent: with what it suggests. Answers with the text. */
export async function answerQuickInput(page: Page, suggested: RegExp, text?: string): Promise<string> {
  const field = quickInputField(page);
  const answer = await retry(`the quick input to suggest ${String(suggested)}`, async () => {
    const value = await field.inputValue({ timeout: pace() });
    if (value === text) return value;
    if (!suggested.test(value)) throw new Error(`it suggests ${JSON.stringify(value)}`);
    if (text === undefined) return value;
    await field.fill(text, { timeout: pace() });
    return text;
  });
  await take(page, answer);
  return answer;
}

/** Presses a key that opens the quick input, types, and takes the row. Until the row is there the step is repeated; it is taken once. */
async function quickInput(page: Page, key: string, text: string, row: string | RegExp): Promise<void> {
  await retry(`the row ${String(row)} after ${key}`, async () => {
    await closeQuickInput(page);
    await page.keyboard.press(key);
    await find(page, text, row);
  });
  await take(page, text);
}

/** Types into the quick input until the row that has the focus, which Enter takes, is the one that is looked for. */
async function find(page: Page, text: string, row: string | RegExp): Promise<void> {
  const field = quickInputField(page);
  await field.fill(text, { timeout: pace() });
  await quickInputRow(page, row).first().waitFor({ timeout: pace() });
  await retry(
    `the row ${String(row)} to have the focus`,
    async () => {
      if ((await field.inputValue({ timeout: pace() })) !== text) throw new Error('another text has been typed');
      if ((await quickInputRow(page, row).and(page.locator('.focused')).count()) > 0) return;
      await field.press('ArrowDown', { timeout: pace() });
      throw new Error('another row has it');
    },
    pace(),
  );
}

/** Presses Enter in the quick input that holds this text, and waits until it has been taken. Only a key that went elsewhere is pressed again. */
async function take(page: Page, text: string): Promise<void> {
  const field = quickInputField(page);
  const holdsText = async (): Promise<boolean> => (await field.isVisible()) && (await field.inputValue({ timeout: pace() })) === text;
  await field.press('Enter');
  await retry('the quick input to be taken', async () => {
    // What a command asks next may stand in the same place.
    if (!(await holdsText())) return;
    if (!(await hasFocus(field))) await field.press('Enter', { timeout: pace() });
    throw new Error('it is still there');
  });
}

function hasFocus(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => document.activeElement === element, undefined, { timeout: pace() });
}

/** Closes a quick input that an earlier attempt has left. */
async function closeQuickInput(page: Page): Promise<void> {
  const field = quickInputField(page);
  if (!(await field.isVisible())) return;
  await field.press('Escape', { timeout: pace() });
  await field.waitFor({ state: 'hidden', timeout: pace() });
}

function quickInputField(page: Page): Locator {
  return page.locator('.quick-input-widget:visible input[type=text]').first();
}

function quickInputRow(page: Page, text: string | RegExp): Locator {
  return page.locator('.quick-input-list .monaco-list-row', { hasText: text });
}

/**
 * The page in the webview that was opened last. It is looked up at every use: VS Code throws the frame away with the page when the
 * webview is hidden, and when the window is reloaded.
 */
export function webview(page: Page): { readonly content: FrameLocator; readonly frame: Locator } {
  const frame = page.locator('iframe.webview.ready').last().contentFrame().locator('#active-frame');
  return { content: frame.contentFrame(), frame };
}

/** Where a stretch of a line is on the screen: columns count UTF-16 units from 0. */
export async function textBox(page: Page, line: string, from: number, to: number): Promise<Box> {
  const box = await page.evaluate(
    ([wanted, first, last]) => {
      // the editor draws spaces as no-break spaces
      const lines = [...document.querySelectorAll<HTMLElement>('.editor-instance .view-line')];
      const view = lines.find(({ textContent }) => textContent.replaceAll('\u00a0', ' ') === wanted);
      if (!view) return null;
      const range = document.createRange();
      const walker = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
      let column = 0;
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const length = node.textContent?.length ?? 0;
        if (first >= column && first < column + length) range.setStart(node, first - column);
        if (last > column && last <= column + length) range.setEnd(node, last - column);
        column += length;
      }
      const { left, top, width, height } = range.getBoundingClientRect();
      return { left, top, width, height };
    },
    [line, from, to] as const,
  );
  if (box === null) throw new Error(`No editor shows the line "${line}".`);
  return box;
}

/** Boxes of what an extension has marked in the editors, on the screen. */
export async function markedBoxes(page: Page): Promise<Box[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.editor-instance .view-overlays .cdr[class*="ced-"]')].map((mark) => {
      const { left, top, width, height } = mark.getBoundingClientRect();
      return { left, top, width, height };
    }),
  );
}

/**
 * Leaves the workbench for a page of the same server. A window that is left says so, and the server ends the process of its extensions;
 * for one whose browser just vanishes it keeps that process for hours.
 */
export async function leaveWorkbench(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/healthz`);
}

/** A rectangle in pixels of the page. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Repeats what may come true, such as an assertion about a page that is still changing, until it does or patience ends. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  return retry('what was expected', attempt);
}

/** Tries again until it works, or until the limit, in milliseconds. */
async function retry<T>(what: string, attempt: () => Promise<T>, limit = patience()): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw new Error(`Waited in vain for ${what}: ${String(error)}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
