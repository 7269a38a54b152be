/** Text fields of the toolkit, as a person sees them. */
import type { Locator } from 'playwright-core';
import { frames } from './frames';

/** What a field shows: it hands its text on to its input with one of the next frames. */
export async function shownIn(field: Locator): Promise<string> {
  await frames(field);
  return field.locator('input').inputValue();
}
