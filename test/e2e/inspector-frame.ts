/** The inspector as a person finds it in its panel: what it shows, where its nodes are. */
import type { Frame, Locator, Page } from 'playwright-core';
import { eventually, webviewFrame, type Box } from '../support/workbench';

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
  /** Brings the whole graph into view and moves the pointer onto a node. */
  hover(id: string): Promise<void>;
  /** Kind of theme that the page was given, such as "vscode-dark". */
  theme(): Promise<string>;
}

/** A drawing that has not moved for so long does not move, in milliseconds. */
const SETTLING_MS = 100;

/** Waits until the panel shows a graph of these tokens. */
export async function inspectorOf(page: Page, tokens: readonly string[]): Promise<InspectorFrame> {
  return eventually(async () => {
    const inspector = driver(page, await webviewFrame(page, 'token-strip'));
    const shown = await inspector.tokens();
    if (shown.join('|') !== tokens.join('|')) throw new Error(`The panel shows the tokens ${JSON.stringify(shown)}.`);
    return inspector;
  });
}

/** The panel once it has an element with this `data-testid`. */
export async function inspectorWith(page: Page, testId: string): Promise<InspectorFrame> {
  return driver(page, await webviewFrame(page, testId));
}

/** The panel as it is, whatever it shows. */
export async function anyInspector(page: Page): Promise<InspectorFrame> {
  return driver(page, await webviewFrame(page, 'token-strip'));
}

function driver(page: Page, frame: Frame): InspectorFrame {
  const part = (testId: string): Locator => frame.locator(`[data-testid="${testId}"]`);

  const locate = async (id: string): Promise<Box | null> => {
    const inFrame = await frame.evaluate((node) => {
      const answers: (Box | null)[] = [];
      const detail = { id: node, answer: (box: Box | null) => answers.push(box) };
      document.dispatchEvent(new CustomEvent('visit:locate', { detail }));
      return answers[0] ?? null;
    }, id);
    const origin = await (await frame.frameElement()).boundingBox();
    return inFrame && origin && { ...inFrame, left: inFrame.left + origin.x, top: inFrame.top + origin.y };
  };

  /** The box of a node once the drawing has come to rest: its surroundings may still be changing their size. */
  const atRest = (id: string): Promise<Box> =>
    eventually(async () => {
      const before = await locate(id);
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
      const box = await locate(id);
      if (box === null || before === null) throw new Error(`The node ${id} is not drawn.`);
      if (box.left !== before.left || box.top !== before.top) throw new Error(`The node ${id} is moving.`);
      return box;
    });

  return {
    part,
    locate,
    texts: (testId, within) => (within === undefined ? part(testId) : part(testId).locator(within)).allTextContents(),
    tokens: () => part('token-strip').locator('[data-testid^="token-"]').allTextContents(),
    showsPosition: (position) =>
      part('position')
        .filter({ hasText: `token ${position + 1} of` })
        .waitFor(),
    async hover(id) {
      await part('fit').click();
      const box = await atRest(id);
      await page.mouse.move(box.left + box.width / 2, box.top + box.height / 2, { steps: 3 });
    },
    theme: () =>
      frame.evaluate(() => [...document.body.classList].find((name) => name.startsWith('vscode-') && !name.includes('reduce')) ?? ''),
  };
}
