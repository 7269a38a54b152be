/** The inspector as a person finds it in its panel: what it shows, where its nodes are. */
import type { Locator, Page } from 'playwright-core';
import { frames } from '../support/frames';
import { pace } from '../support/patience';
import { press } from '../support/press';
import { eventually, webview, type Box } from '../support/workbench';

export interface InspectorFrame {
  /** The element with this `data-testid`. */
  part(testId: string): Locator;
  /** Texts of the elements with this `data-testid`, or of parts of them. */
  texts(testId: string, within?: string): Promise<string[]>;
  /** Texts of the token strip. */
  tokens(): Promise<string[]>;
  /** Waits until the graph of this position, from 0, is shown: the token strip marks it as soon as it is asked for. */
  showsPosition(position: number): Promise<void>;
  /** The box of a node, or null when it is not drawn. */
  locate(id: string): Promise<Box | null>;
  /** Brings the whole graph into view and moves the pointer onto a node, until the page says so. */
  hover(id: string): Promise<void>;
  /** Clicks a node that is not pinned yet, until its card is. */
  pin(id: string): Promise<void>;
  /** Kind of theme that the page was given, such as "vscode-dark". */
  theme(): Promise<string>;
}

/** Waits until the panel shows a graph of these tokens. */
export async function inspectorOf(page: Page, tokens: readonly string[]): Promise<InspectorFrame> {
  const inspector = inspectorIn(page);
  await eventually(async () => {
    await toGraph(inspector);
    const shown = await inspector.tokens();
    if (shown.join('|') !== tokens.join('|')) throw new Error(`The panel shows the tokens ${JSON.stringify(shown)}.`);
  });
  return inspector;
}

/** The panel once it has an element with this `data-testid`, which is not of the story. */
export async function inspectorWith(page: Page, testId: string): Promise<InspectorFrame> {
  const inspector = inspectorIn(page);
  await eventually(async () => {
    if ((await inspector.part(testId).count()) > 0) return;
    await toGraph(inspector);
    await inspector.part(testId).first().waitFor({ state: 'attached', timeout: pace() });
  });
  return inspector;
}

/** The panel once it tells the story that a new panel opens with. */
export async function inspectorWithStory(page: Page): Promise<InspectorFrame> {
  const inspector = inspectorIn(page);
  await eventually(async () => {
    await inspector.part('story-sentence').first().waitFor({ timeout: pace() });
  });
  return inspector;
}

/** The panel once it shows a graph, of whatever prompt. */
export async function anyInspector(page: Page): Promise<InspectorFrame> {
  const inspector = inspectorIn(page);
  await eventually(async () => {
    await toGraph(inspector);
    await inspector.part('token-0').waitFor({ timeout: pace() });
  });
  return inspector;
}

/** From the story, which a new panel opens with, to the flow graph. */
async function toGraph({ part }: InspectorFrame): Promise<void> {
  if ((await part('tab-story').getAttribute('aria-selected', { timeout: pace() })) === 'true') await press(part('tab-graph'));
}

/** The panel as it is, if there is one. */
export function inspectorIn(page: Page): InspectorFrame {
  const { content, frame } = webview(page);
  const part = (testId: string): Locator => content.locator(`[data-testid="${testId}"]`);
  // Reading may be repeated. A frame that goes meanwhile is no answer.
  const texts = (locator: Locator): Promise<string[]> => eventually(() => locator.allTextContents());

  const locate = (id: string): Promise<Box | null> =>
    eventually(async () => {
      const inFrame = await content.locator('body').evaluate((_, node) => {
        const answers: (Box | null)[] = [];
        const detail = { id: node, answer: (box: Box | null) => answers.push(box) };
        document.dispatchEvent(new CustomEvent('visit:locate', { detail }));
        return answers[0] ?? null;
      }, id);
      const origin = await frame.boundingBox();
      return inFrame && origin && { ...inFrame, left: inFrame.left + origin.x, top: inFrame.top + origin.y };
    });

  /** The box of a node once the drawing has come to rest: its surroundings may still be changing their size. */
  const atRest = (id: string): Promise<Box> =>
    eventually(async () => {
      const before = await locate(id);
      await frames(content.locator('body'));
      const box = await locate(id);
      if (box === null || before === null) throw new Error(`The node ${id} is not drawn.`);
      if (box.left !== before.left || box.top !== before.top) throw new Error(`The node ${id} is moving.`);
      return box;
    });

  const pinnedCard = (id: string): Locator => content.locator(`[data-testid="pinned-card"][data-node="${id}"]`);

  const hover = (id: string): Promise<void> =>
    eventually(async () => {
      await press(part('fit'));
      const box = await atRest(id);
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      // from beside it: a pointer that is there already says nothing
      await page.mouse.move(x + 2, y + 2);
      await page.mouse.move(x, y, { steps: 3 });
      // A pinned node has no second card.
      await content.locator(`.hover-card[data-node="${id}"]`).or(pinnedCard(id)).first().waitFor({ timeout: pace() });
    });

  return {
    part,
    locate,
    texts: (testId, within) => texts(within === undefined ? part(testId) : part(testId).locator(within)),
    tokens: () => texts(part('token-strip').locator('[data-testid^="token-"]')),
    showsPosition: (position) =>
      part('position')
        .filter({ hasText: `token ${position + 1} of` })
        .waitFor(),
    hover,
    pin: (id) =>
      eventually(async () => {
        const pinned = pinnedCard(id);
        if (await pinned.isVisible()) return;
        await hover(id);
        await page.mouse.down();
        await page.mouse.up();
        await pinned.waitFor({ timeout: pace() });
      }),
    theme: () =>
      eventually(() =>
        content
          .locator('body')
          .evaluate((body) => [...body.classList].find((name) => name.startsWith('vscode-') && !name.includes('reduce')) ?? ''),
      ),
  };
}
