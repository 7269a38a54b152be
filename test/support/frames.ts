/** Waiting for a page to draw: frames come as fast as the machine can draw them, while a time may pass without one. */
import type { Locator } from 'playwright-core';

/** After so many frames whatever was asked of a page before has been drawn, and what has not moved meanwhile is at rest. */
const SETTLED = 3;

/** Waits until the page that this element belongs to has drawn so many frames. */
export async function frames(element: Locator, count = SETTLED): Promise<void> {
  await element.evaluate((_, wanted) => {
    return new Promise<void>((resolve) => {
      const next = (left: number): void => {
        if (left === 0) resolve();
        else requestAnimationFrame(() => next(left - 1));
      };
      next(wanted);
    });
  }, count);
}
