import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { PageAnswer, PageQuestion } from '../../src/core/protocol/page-questions';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { VIEWS } from './every-view';
import { buildInspector, complaints, launchChromium, type Bundle, type HostedPage } from './inspector-page';

describe('A picture of text and tables', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  let asked = 0;
  async function pictureOf(hosted: HostedPage, as: 'svg' | 'png', ground: 'light' | 'dark' = 'light'): Promise<string> {
    const id = ++asked;
    const question: PageQuestion = { of: 'picture', as, ground };
    await hosted.send({ type: 'question', id, question });
    const said = (await hosted.posted()).flatMap((message): PageAnswer[] =>
      message.type === 'answer' && message.id === id ? [message.answer] : [],
    );
    assert.ok(said[0]?.of === 'picture', JSON.stringify(said[0]));
    return said[0].data;
  }

  /** The words in the cells of every table that is on the screen, but for headings of columns in which nothing is said. */
  function words({ page }: HostedPage): Promise<readonly string[]> {
    return page.evaluate(() => {
      const cells = '.view :is(td, th:not(.choice), [role=cell], [role=rowheader], [role=columnheader], [role=treeitem])';
      const left = '.unseen, svg, [role=grid], details:not([open]), thead .of-left, thead .of-right';
      const isEmpty = (cell: Element): boolean => {
        const at = [...(cell.parentElement?.children ?? [])].indexOf(cell);
        const rows = [...(cell.closest('table')?.tBodies[0]?.rows ?? [])];
        return cell.closest('thead') !== null && rows.every((row) => row.cells[at]?.textContent.trim() === '');
      };
      const texts = [...document.querySelectorAll(cells)].flatMap((cell) => {
        if (isEmpty(cell)) return [];
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        const found: string[] = [];
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const { parentElement } = node;
          if (parentElement?.checkVisibility() === true && parentElement.closest(left) === null) found.push((node as Text).data);
        }
        return found;
      });
      return texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== ''));
    });
  }

  for (const [name, open] of Object.entries(VIEWS)) {
    for (const width of [461, 1400]) {
      it(`has every word of the tables of ${name}, as text, from a panel of ${width} pixels`, async () => {
        const hosted = await open(browser, bundle, { width, theme: 'high-contrast' });
        const { className, words: before } = {
          className: await hosted.page.evaluate(() => document.body.className),
          words: await words(hosted),
        };
        const svg = await pictureOf(hosted, 'svg');
        const read = readSvg(svg);
        const all = read.texts.join(' ').split(/\s+/).join(' ');
        assert.ok(before.length > 5, `${before.length} words`);
        const missing = before.filter((word) => !all.includes(word));
        assert.deepEqual(missing, []);
        for (const { x, y } of read.points) assert.ok(x >= 0 && x <= read.width && y >= 0 && y <= read.height, `${x} ${y}`);
        assert.doesNotMatch(svg, /NaN|undefined|foreignObject|<image/);
        assert.ok(svg.includes('fill="#ffffff"'), 'the ground');
        // The panel looks as before.
        assert.equal(await hosted.page.evaluate(() => document.body.className), className);
        assert.deepEqual(await words(hosted), before);
        const png = Buffer.from(await pictureOf(hosted, 'png', 'dark'), 'base64');
        assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
        assert.deepEqual(complaints(hosted.errors), []);
        await hosted.close();
      });
    }
  }
});
