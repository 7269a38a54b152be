/** When something is asked of the inspector, and when its answer is on the screen, by the clocks of the two pages. */
import type { Page } from 'playwright-core';
import type { HostMessage } from '../../../src/core/protocol/inspector';
import { webview } from '../../support/workbench';
import { processorTime, taken, type ProcessorTime } from './processor-time';

/** Times in milliseconds, from when the key went down or the click was made. */
export interface Drawn {
  /** the answer has reached the page */
  readonly arrived: number;
  /** the frame after it has been drawn */
  readonly drawn: number;
  /** the longest task of the page's thread meanwhile; 0 where none was longer than the 50 that a browser tells of */
  readonly pause: number;
  /** processor time of all processes that take part, from before the press until a little after, by what they are */
  readonly work: ProcessorTime;
}

/** Instants, in milliseconds of the system's clock. */
interface Seen {
  readonly arrived: number;
  readonly drawn: number;
  readonly pressed: number;
  readonly pause: number;
}

/** What the benchmark keeps in a page. */
interface Watched {
  pressed?: number;
  seen?: Promise<Seen>;
}

/**
 * Does something that ends with a key or a click, and takes the time from then until the first message of one of these types has been drawn.
 *
 * @param press presses it last, in the workbench or in the panel
 */
export async function untilDrawn(page: Page, types: readonly HostMessage['type'][], press: () => Promise<void>): Promise<Drawn> {
  const body = webview(page).content.locator('body');
  await page.evaluate(notePresses);
  await body.evaluate(watchMessages, types);
  const before = processorTime();
  await press();
  const { arrived, drawn, pressed, pause } = await body.evaluate(() => (globalThis as Watched).seen as Promise<Seen>);
  const work = taken(before, processorTime());
  const inWorkbench = await page.evaluate(() => (globalThis as Watched).pressed ?? 0);
  const begin = Math.max(pressed, inWorkbench);
  return { arrived: arrived - begin, drawn: drawn - begin, pause, work };
}

/** Keeps the instant of the last key that went down in the workbench. */
function notePresses(): void {
  if ('pressed' in globalThis) return;
  const watched = globalThis as Watched;
  watched.pressed = 0;
  addEventListener('keydown', ({ timeStamp }) => (watched.pressed = performance.timeOrigin + timeStamp), true);
}

/** Begins to wait for a message of these types, in the panel's page. */
function watchMessages(_: Element, types: readonly string[]): void {
  const now = (): number => performance.timeOrigin + performance.now();
  let [pressed, pause] = [0, 0];
  const tasks = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pause = Math.max(pause, duration);
  });
  tasks.observe({ type: 'longtask' });
  const press = ({ timeStamp }: Event): void => void (pressed = performance.timeOrigin + timeStamp);
  addEventListener('click', press, true);
  (globalThis as Watched).seen = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`No message (${types.join(', ')}) has come.`)), 60_000);
    const hear = ({ data }: MessageEvent<{ readonly type?: string } | undefined>): void => {
      if (!types.includes(data?.type ?? '')) return;
      removeEventListener('message', hear);
      removeEventListener('click', press, true);
      const arrived = now();
      // The first frame draws it; when the second begins, the first has been drawn.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          const drawn = now();
          // Tasks are told of one turn later.
          setTimeout(() => {
            tasks.disconnect();
            resolve({ arrived, drawn, pressed, pause });
          });
        }),
      );
    };
    addEventListener('message', hear);
  });
}
