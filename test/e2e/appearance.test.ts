import assert from 'node:assert/strict';
import { chooseTheme, eventually, runCommand } from '../support/workbench';
import { anyInspector, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

const THEMES = {
  dark: { theme: 'Dark Modern', given: 'vscode-dark' },
  'high contrast': { theme: 'Dark High Contrast', given: 'vscode-high-contrast' },
  light: { theme: 'Light Modern', given: 'vscode-light' },
};
const WIDTHS = { wide: { width: 1400, height: 900 }, narrow: { width: 820, height: 900 } };

describe('the inspector follows the editor', function () {
  this.timeout(180_000);
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    await runCommand(session.page, 'View: Toggle Primary Side Bar Visibility');
    await session.visualize(PROMPTS[0]);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).length > 0));
  });
  after(() => session?.close());

  for (const [name, { theme, given }] of Object.entries(THEMES)) {
    it(`into the ${name} theme, in a wide and in a narrow panel without being cut off`, async () => {
      await chooseTheme(session.page, theme);
      await eventually(async () => assert.equal(await inspector.theme(), given));
      for (const [width, size] of Object.entries(WIDTHS)) {
        await session.page.setViewportSize(size);
        await eventually(async () => {
          const [strip, body] = await Promise.all([inspector.part('token-strip').boundingBox(), inspector.part('canvas').boundingBox()]);
          assert.ok(strip && body && strip.width > 100 && body.width > 100 && strip.x + strip.width <= size.width);
        });
        await inspector.part('fit').click();
        await session.screenshot(`${name} ${width}`);
      }
    });
  }
});
