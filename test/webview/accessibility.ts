/** What axe finds wrong with a page, whatever the editor's theme. */
import type { Page } from 'playwright-core';
import { settle, violations } from './inspector-page';
import { hostedClass, mediaOf, THEMES, type Theme } from './themes';

/** Rules of axe whose answer depends on colours. All others look at elements, their names and roles, which no theme changes. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What axe finds wrong with the colours of a page as it is: by the rules that depend on the theme, and not on the width. */
export function colourViolations(page: Page): Promise<readonly string[]> {
  return violations(page, COLOUR_RULES);
}

/**
 * What axe finds wrong with a hosted page as it is, in any theme: by all rules in its own, and in each of the others by those that depend on colours. Leaves
 * the page in the theme that it had.
 *
 * @param again brings back what a change of theme closes, such as a card under the pointer
 * @throws Error when another theme changes what the page consists of, which the other rules would then have to see too
 */
export async function violationsInEveryTheme(page: Page, again?: () => Promise<void>): Promise<readonly string[]> {
  const own = await themeOf(page);
  const found = [...(await violations(page))];
  const elements = await elementsOf(page);
  for (const theme of THEMES.filter((other) => other !== own)) {
    await changeTheme(page, theme);
    await again?.();
    if ((await elementsOf(page)) !== elements) throw new Error(`The page consists of something else in ${theme} than in ${own}.`);
    found.push(...(await colourViolations(page)).map((violation) => `in ${theme}, ${violation}`));
  }
  await changeTheme(page, own);
  await again?.();
  return found;
}

async function themeOf(page: Page): Promise<Theme> {
  const classes = await page.evaluate(() => [...document.body.classList]);
  const theme = THEMES.find((one) => classes.includes(`vscode-${one}`));
  if (theme === undefined) throw new Error('The page has no theme of VS Code.');
  return theme;
}

/** What VS Code does to the page of a window whose theme changes. */
async function changeTheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia(mediaOf(theme));
  await page.evaluate((name) => {
    document.body.className = name;
  }, hostedClass(theme));
  await settle(page);
}

/** The elements that are in sight, by name, class and role: what a rule that does not depend on colours can see. */
function elementsOf(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll('#app *')]
      .filter((element) => element.checkVisibility())
      .map((element) => `${element.tagName}.${element.getAttribute('class') ?? ''}#${element.getAttribute('role') ?? ''}`)
      .join(' '),
  );
}
