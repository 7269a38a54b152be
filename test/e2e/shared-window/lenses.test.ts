import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { answerQuickInput, chooseInExplorer, closeSideBar, eventually, runCommand } from '../../support/workbench';
import { haltEngine } from '../engine-process';
import { inspectorWith, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const FIT = 'Fit Lens';
/** Folders of texts. */
const [MANY, FEW] = ['many', 'few'];

describe('lenses, in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [capital] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession();
    // Of the kind that the model was trained on.
    const names = ['Japan', 'France', 'Italy', 'Kenya', 'Peru', 'Egypt', 'Spain', 'Chile', 'Greece', 'Norway'];
    const lines = Array.from(
      { length: 1600 },
      (_, i) => `The capital of ${names[i % 10]} is the city of ${names[(i * 3) % 10]} number ${i}`,
    );
    // So many that fitting lasts until it is cancelled, and enough to fit.
    for (const [folder, length] of [
      [MANY, lines.length],
      [FEW, 400],
    ] as const) {
      await mkdir(path.join(session.folder, folder));
      await writeFile(path.join(session.folder, folder, 'lines.prompts'), lines.slice(0, length).join('\n'));
    }
    await session.visualize(capital);
    inspector = await inspectorWith(session.page, 'lens-select');
  });
  after(() => session?.giveBack());

  const names = (): Promise<string[]> => inspector.texts('lens-select', 'option');
  /** Files of lenses that are kept, and drafts of such files. */
  const kept = async (): Promise<string[]> =>
    (await readdir(path.join(session.server.home, 'share'), { recursive: true }).catch(() => [])).filter((file) =>
      /\.safetensors(\.|$)/.test(file),
    );
  const fit = async (folder: string, name: string): Promise<void> => {
    await chooseInExplorer(session.page, folder, FIT);
    await answerQuickInput(session.page, /^fitted/, name);
  };

  it('are offered beside the tabs: the logit lens, and the one that comes with the model, which is in use', async () => {
    await eventually(async () => {
      assert.deepEqual(await names(), ['Logit', 'Fitted']);
      assert.equal(await inspector.part('lens-select').inputValue(), 'fitted');
    });
  });

  it('leave nothing behind when fitting is cancelled half-way', async () => {
    await runCommand(session.page, 'Notifications: Clear All Notifications');
    // Halted until its notice is there, and again when it reports what it does: however quick the machine is, the fit is under way.
    const engine = await haltEngine(session.server);
    await fit(MANY, 'halfway');
    const notice = session.page.locator('.notifications-toasts .notification-list-item', { hasText: 'fitting a lens' });
    await notice.waitFor();
    process.kill(engine, 'SIGCONT');
    await notice.filter({ hasText: 'Fitting the lens:' }).waitFor();
    process.kill(engine, 'SIGSTOP');
    await session.screenshot('lens being fitted');
    await press(notice.getByRole('button', { name: 'Cancel' }));
    process.kill(engine, 'SIGCONT');
    await notice.waitFor({ state: 'hidden' });
    await session.visualize(capital);
    await eventually(async () => {
      assert.deepEqual(await names(), ['Logit', 'Fitted']);
      assert.deepEqual(await kept(), []);
    });
  });

  it('are fitted to the texts of a folder, and compared with the logit lens in a picture and a table', async () => {
    await fit(FEW, 'mine');
    await inspector.part('lens-mine').waitFor();
    assert.equal(await inspector.part('lens-mine').locator('.lens-plot').count(), 2);
    assert.equal((await inspector.texts('lens-mine', '[data-testid="lens-table"] tbody tr')).length, 9);
    assert.deepEqual(await names(), ['Logit', 'Fitted', 'mine']);
    assert.equal((await kept()).length, 1);
    await closeSideBar(session.page);
    await session.screenshot('lens fitted');
  });

  it('read everything anew when they are chosen, and say so', async () => {
    await press(inspector.part('tab-graph'));
    const strip = inspector.part('layer-cell-0');
    const before = await strip.getAttribute('title');
    await inspector.part('lens-select').selectOption('mine');
    await eventually(async () =>
      assert.match((await strip.getAttribute('title')) ?? '', /The fitted lens “mine” agrees with the model in \d+ %/),
    );
    assert.notEqual(await strip.getAttribute('title'), before);
    await press(inspector.part('tab-overview'));
    await inspector.part('other-lens').selectOption('logit');
    await inspector.part('lens-difference-grid').waitFor();
    await session.screenshot('lenses compared');
  });

  it('are deleted once the user has agreed, and give way to what is used where none is chosen', async () => {
    await press(inspector.part('tab-lenses'));
    await press(inspector.part('delete-lens-mine'));
    await press(session.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete' }));
    await eventually(async () => {
      assert.deepEqual(await names(), ['Logit', 'Fitted']);
      assert.equal(await inspector.part('lens-select').inputValue(), 'fitted');
      assert.deepEqual(await kept(), []);
    });
    await press(inspector.part('tab-graph'));
    await eventually(async () =>
      assert.match((await inspector.part('layer-cell-0').getAttribute('title')) ?? '', /The fitted lens agrees/),
    );
  });
});
