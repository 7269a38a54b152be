/** Waiting for a page to draw: frames come as fast as the machine can draw them, while a time may pass without one. */
import type { Locator, Page } from 'playwright-core';

/** After so many frames whatever was asked of a page before has been drawn, and what has not moved meanwhile is at rest. */
const SETTLED = 3;

/** Waits until the page, or the one that the element belongs to, has drawn so many frames. */
export async function frames(of: Page | Locator, count = SETTLED): Promise<void> {
  // Two methods of one name: a locator's also hands over its element.
  if ('frames' in of) await of.evaluate(afterFrames, count);
  else await of.evaluate(afterFrames, count);
}

/** Resolves when so many frames have been drawn: the last argument, after an element or alone. Runs in the page. */
function afterFrames(...args: unknown[]): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => {
      if (left === 0) resolve();
      else requestAnimationFrame(() => next(left - 1));
    };
    next(Number(args.at(-1)));
  });
}
