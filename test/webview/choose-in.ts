/** Choosing in a drop-down list, as one does with the pointer. */
import type { Page } from 'playwright-core';
import { settle } from './inspector-page';

/** @param testId of the list @param name of what is chosen, or a part of it */
export async function chooseIn(page: Page, testId: string, name: string): Promise<void> {
  await page.getByTestId(testId).click();
  await page.getByTestId(testId).locator('vscode-option', { hasText: name }).click();
  await settle(page);
}
