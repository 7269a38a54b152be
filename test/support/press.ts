/** Pressing with the pointer what may be moving, as what stands below a list that grows. */
import type { Locator } from 'playwright-core';
import { pace } from './patience';
import { eventually } from './workbench';

/**
 * Presses something until the click has reached it: where it moved away under the pointer the browser clicks something else, or
 * nothing. A click that reached it is never repeated, so that a button that does nothing fails its test.
 */
export async function press(
  target: Locator,
  options: { readonly position?: { readonly x: number; readonly y: number } } = {},
): Promise<void> {
  await eventually(async () => {
    const element = await target.elementHandle({ timeout: pace() });
    if (element === null) throw new Error('There is nothing to press.');
    const clicks = await element.evaluateHandle((pressed) => {
      const seen = { reached: false };
      pressed.ownerDocument.addEventListener('click', (event) => (seen.reached ||= event.composedPath().includes(pressed)), true);
      return seen;
    });
    await element.click({ timeout: pace(), ...options });
    // A page that has gone with the click had heard it.
    const reached = await clicks.evaluate((seen) => seen.reached).catch(() => true);
    if (!reached) throw new Error('It moved away under the pointer.');
  });
}

/** Ticks a box, by one press that reaches it. */
export async function tick(box: Locator): Promise<void> {
  if (!(await box.isChecked())) await press(box);
  await eventually(async () => {
    if (!(await box.isChecked({ timeout: pace() }))) throw new Error('It is not ticked.');
  });
}
