import assert from 'node:assert/strict';
import path from 'node:path';
import type { Comparison } from '../../src/core/format/comparison';
import { nodeId } from '../../src/core/format/node-id';
import type { Calibration } from '../../src/core/insight/calibration';
import { formatProbability, formatSigned } from '../../webview/lib/format/number';
import { visit } from '../support/visit';
import { UNMEASURED_LIMIT } from '../support/patience';
import { press, tick } from '../support/press';
import { closeSideBar, eventually, pickRow, reloadWindow, runCommand } from '../support/workbench';
import { anyInspector, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

/** What the command line prints as JSON. */
async function printed<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await visit([...args, '--format', 'json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

describe('effects in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [japan] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;
  let prompts: string;

  before(async () => {
    session = await openSession(undefined, { fresh: true });
    prompts = path.join(session.folder, 'prompts.txt');
    await closeSideBar(session.page);
    await session.visualize(japan);
    inspector = await anyInspector(session.page);
  });
  after(() => session?.close());

  it('are calibrated over the prompts of the open file, as the command line does it', async () => {
    const expected = await printed<Calibration>('calibrate', '--prompts', prompts);
    await runCommand(session.page, 'VISIT: Calibrate Effects');
    await pickRow(session.page, 'prompts.txt', /prompts\.txt/);
    await eventually(async () => {
      assert.equal(await inspector.part('tab-calibration').getAttribute('aria-selected'), 'true');
      const said = (await inspector.texts('calibration-summary')).join();
      assert.ok(said.includes(String(expected.measured)) && said.includes(`${expected.prompts} prompts`), said);
    });
    await session.screenshot('calibration');
  });

  it('are those of a mean over a file in the place of a component, as the command line says it, also after a reload', async () => {
    const head = nodeId.headOut(7, 3);
    const { right } = await printed<Comparison>('compare', '--prompt', japan, '--mean', `${head}@-1`, '--over', prompts, '--layers', '7');
    await press(inspector.part('tab-graph'));
    await inspector.pin(head);
    await tick(inspector.part('change-here'));
    await press(inspector.part('mean').first());
    await pickRow(session.page, 'prompts.txt', /prompts\.txt/);
    const chip = `set to its mean over ${PROMPTS.length} prompts of prompts.txt`;
    const isShown = (): Promise<void> =>
      eventually(async () => {
        assert.ok((await inspector.texts('intervention')).join().includes(chip), `the chip says ${chip}`);
        assert.ok((await inspector.texts('outcome')).join().includes(formatProbability(right.target.probability)));
      });
    await isShown();
    await session.screenshot('mean in place of a head');
    await reloadWindow(session.page);
    await isShown();
    await press(inspector.part('take-all-back'));
  });

  it('are estimated against that mean where it is chosen, as the command line estimates them', async () => {
    const graph = await printed<Comparison['left']>('graph', '--prompt', japan, '--layers', '7', '--mean-over', prompts);
    await press(inspector.part('detail-toggle'));
    await press(inspector.part('effect-reference'));
    await press(inspector.part('effect-reference').locator('vscode-option', { hasText: 'Mean over prompts' }));
    await pickRow(session.page, 'prompts.txt', /prompts\.txt/);
    const effect = graph.nodes.find(({ id }) => id === nodeId.headOut(7, 3))?.effect;
    assert.ok(effect);
    await inspector.pin(nodeId.headOut(7, 3));
    await eventually(async () => {
      const line = (await inspector.texts('card-effect')).join();
      assert.ok(line.includes('Effect against the mean, estimated') && line.includes(formatSigned(effect.value)), line);
    });
    await session.screenshot('effects against a mean');
  });
});
