/**
 * Pages of a browser that serve one test after the other. A new page costs a process and has to compile the whole bundle, which is two
 * thirds of what a short test takes; one that had the same file before need not. Every test has a document of its own all the same.
 */
import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { mediaOf, type Theme } from './themes';

/** What a page is to look like. */
export interface PageLook {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly reducedMotion: boolean;
}

/** A page that is lent. */
export interface LentPage {
  readonly page: Page;
  /** what it complained about since it was lent */
  readonly errors: readonly string[];
  /** Has the page evaluate something in every document before all else, until it is given back. */
  beforeAll<T>(script: (argument: T) => void, argument: T): Promise<void>;
  giveBack(): Promise<void>;
}

const idle = new WeakMap<Browser, Page[]>();

/**
 * Lends a page, which shows nothing yet.
 *
 * @param fresh lends a new one, which has compiled nothing: for what is measured
 */
export async function lendPage(browser: Browser, { width, height, theme, reducedMotion }: PageLook, fresh = false): Promise<LentPage> {
  const page = (fresh ? undefined : idle.get(browser)?.pop()) ?? (await newPage(browser));
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ ...mediaOf(theme), reducedMotion: reducedMotion ? 'reduce' : 'no-preference' });

  const errors: string[] = [];
  const onConsole = (message: ConsoleMessage): void => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  };
  const onError = (error: Error): void => void errors.push(String(error));
  page.on('console', onConsole).on('pageerror', onError);
  const scripts: { dispose(): Promise<void> }[] = [];
  return {
    page,
    errors,
    beforeAll: async (script, argument) => {
      scripts.push(await page.addInitScript(script as (argument: unknown) => void, argument));
    },
    giveBack: async () => {
      if (fresh) return page.context().close();
      page.off('console', onConsole).off('pageerror', onError);
      await Promise.all(scripts.map((script) => script.dispose()));
      await page.goto('about:blank');
      await page.mouse.move(0, 0);
      idle.set(browser, [...(idle.get(browser) ?? []), page]);
    },
  };
}

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript('globalThis.__name = (f) => f'); // tsx names functions with it, also those sent to the page
  return page;
}
