/** What a person does in VS Code, done to a page of Playwright's. Every function waits for what it needs, none for a time. */
import type { Frame, Locator, Page } from 'playwright-core';

/** How long a person would wait before calling it broken, in milliseconds. */
const PATIENCE = 60_000;

/** Opens the workbench on a folder and waits until it can be used. */
export async function openWorkbench(page: Page, address: string, folder: string): Promise<void> {
  await page.goto(`${address}/?${new URLSearchParams({ folder }).toString()}`);
  await workbenchReady(page);
}

/** Waits until the workbench has drawn its status bar, which it does last. */
export async function workbenchReady(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: PATIENCE });
}

/** Opens a file of the folder by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await quickInput(page, 'Control+P', name, name);
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: PATIENCE });
  await page.locator('.editor-instance .monaco-editor .view-line').first().waitFor({ timeout: PATIENCE });
}

/** Selects a whole line of the editor in the first column; the first line is 1. */
export async function selectLine(page: Page, line: number): Promise<void> {
  const status = page.locator('#status\\.editor\\.selection');
  await retry(`line ${line} to be selected`, async () => {
    await page.locator('.editor-instance .view-lines').first().click();
    await quickInput(page, 'Control+G', `:${line}`, /line/i);
    await page.keyboard.press('Home');
    await status.filter({ hasText: `Ln ${line}, Col 1` }).waitFor({ timeout: 3_000 });
    await page.keyboard.press('Shift+End');
    await status.filter({ hasText: new RegExp(`Ln ${line}, .* selected`) }).waitFor({ timeout: 3_000 });
  });
}

/** Runs a command from the palette by its title. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await quickInput(page, 'F1', `>${title}`, title);
}

/** Runs a command from the menu of a row of the explorer, by its title. */
export async function chooseInExplorer(page: Page, row: string, title: string): Promise<void> {
  await runCommand(page, 'View: Show Explorer');
  const item = page.locator('.monaco-menu .action-item', { hasText: title });
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: row }).click({ button: 'right', timeout: PATIENCE });
  await item.waitFor({ timeout: PATIENCE });
  // A menu swallows a click in the first tenth of a second after it opened, lest it be the end of the click that opened it.
  await retry(`the menu of ${row} to be left`, async () => {
    if (await item.isVisible()) await item.click({ timeout: 3_000 });
    await item.waitFor({ state: 'hidden', timeout: 1_000 });
  });
}

/** Gives the workbench the colours of a theme, by the name under which it is listed. */
export async function chooseTheme(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Preferences: Color Theme');
  await pickRow(page, name, name);
}

/** Presses a key that opens the quick input, types, and takes the row. */
async function quickInput(page: Page, key: string, text: string, row: string | RegExp): Promise<void> {
  await retry(`the quick input after ${key}`, async () => {
    await page.keyboard.press(key);
    await quickInputField(page).waitFor({ timeout: 2_000 });
  });
  await pickRow(page, text, row);
}

/** Types into the quick input and takes the row. */
async function pickRow(page: Page, text: string, row: string | RegExp): Promise<void> {
  await quickInputField(page).fill(text);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().click({ timeout: PATIENCE });
  await page.locator('.quick-input-widget:visible', { hasText: row }).waitFor({ state: 'hidden', timeout: PATIENCE });
}

function quickInputField(page: Page): Locator {
  return page.locator('.quick-input-widget:visible input[type=text]').first();
}

/** The frame of a webview: the one that holds an element with this `data-testid`. */
export async function webviewFrame(page: Page, testId: string): Promise<Frame> {
  return retry(`a webview with ${testId}`, async () => {
    for (const frame of page.frames()) {
      if (frame !== page.mainFrame() && (await frame.locator(`[data-testid="${testId}"]`).count()) > 0) return frame;
    }
    throw new Error(`none of ${page.frames().length} frames has it`);
  });
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
 * Waits until the workbench has written this text to the storage that outlives a reload, which it does when it has time to.
 * JSON stands there within JSON: backslashes do not count.
 */
export async function untilStored(page: Page, text: string): Promise<void> {
  await retry(
    `${text} to be stored`,
    async () => {
      if (!(await isStored(page, text))) throw new Error('it is not');
    },
    2 * PATIENCE,
  );
}

async function isStored(page: Page, text: string): Promise<boolean> {
  return page.evaluate(async (wanted) => {
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error(`${name} does not open`));
      });
      try {
        for (const store of database.objectStoreNames) {
          const values = await new Promise<unknown[]>((resolve, reject) => {
            const request = database.transaction(store).objectStore(store).getAll();
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(new Error(`${name} does not answer`));
          });
          if (values.some((value) => typeof value === 'string' && value.replaceAll('\\', '').includes(wanted))) return true;
        }
      } finally {
        database.close();
      }
    }
    return false;
  }, text);
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

/** Tries again until it works, or until patience ends. */
async function retry<T>(what: string, attempt: () => Promise<T>, patience = PATIENCE): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw new Error(`Waited in vain for ${what}: ${String(error)}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
