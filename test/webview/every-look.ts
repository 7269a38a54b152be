/** Pictures for the eye: every theme at every width. ONLY in the environment chooses pictures by a part of their name. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { buildInspector, complaints, launchChromium, openHosted, type HostedPage, type OpenOptions } from './inspector-page';

const THEMES = ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const;

/** A page to be photographed. */
export interface Look extends HostedPage {
  readonly options: OpenOptions & { readonly width: number };
  /** Keeps a picture of the page as it is. */
  take(what: string): Promise<unknown>;
}

/**
 * Opens a page in every look and has it photographed into a folder; prints what the pages complained about.
 *
 * @param series begins the pictures' names
 * @param kept what an earlier page had left
 */
export async function inEveryLook(
  series: string,
  widths: readonly number[],
  folder: string,
  shoot: (look: Look) => Promise<void>,
  kept?: unknown,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bundle = await buildInspector();
  const browser = await launchChromium();
  const only = process.env['ONLY'];
  for (const theme of THEMES) {
    for (const width of widths) {
      const name = `${series}-${theme}-${width}`;
      if (only && !name.includes(only)) continue;
      const options = { theme, width, height: 900, ...(kept !== undefined && { kept }) };
      const hosted = await openHosted(browser, bundle, options);
      await shoot({ ...hosted, options, take: (what) => hosted.page.screenshot({ path: path.join(folder, `${name}-${what}.png`) }) });
      const complained = complaints(hosted.errors);
      if (complained.length > 0) console.error(name, complained);
      await hosted.close();
    }
  }
  await browser.close();
}

/** Photographs the other drawings of the comparison that is shown. */
export async function takeDrawings({ page, take }: Look): Promise<void> {
  for (const drawing of ['merged', 'changes', 'tree']) {
    await page.getByTestId(`view-${drawing}`).click();
    await take(drawing);
  }
}
