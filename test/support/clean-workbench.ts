/** Putting away what a workbench shows. */
import type { Page } from 'playwright-core';
import { pace } from './patience';
import { press } from './press';
import { eventually, runCommand } from './workbench';

/** Closes all editors and panels; what was not saved is lost. */
export async function closeEditors(page: Page): Promise<void> {
  const tabs = page.locator('.editor-group-container .tab');
  const lose = page.locator('.monaco-dialog-box').getByRole('button', { name: "Don't Save" });
  await eventually(async () => {
    if ((await tabs.count()) === 0) return;
    if (await lose.isVisible()) await press(lose);
    else await runCommand(page, 'View: Close All Editors');
    // Either they go, or the workbench asks about one that was not saved.
    await eventually(async () => {
      if ((await tabs.count()) > 0 && !(await lose.isVisible())) throw new Error('Editors are still open.');
    });
    if ((await tabs.count()) > 0) throw new Error('An editor was not saved.');
  });
}

/** Puts a workbench back to what a new one shows: no editors, panels or notices, and the explorer. */
export async function clearWorkbench(page: Page): Promise<void> {
  await closeEditors(page);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await eventually(async () => {
    await runCommand(page, 'View: Show Explorer');
    await page.locator('.explorer-folders-view').waitFor({ timeout: pace() });
  });
}
