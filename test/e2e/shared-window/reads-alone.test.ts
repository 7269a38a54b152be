import assert from 'node:assert/strict';
import { visit } from '../../support/visit';
import { UNMEASURED_LIMIT } from '../../support/patience';
import { press } from '../../support/press';
import { closeSideBar, eventually } from '../../support/workbench';
import { inspectorWithStory, type InspectorFrame } from '../inspector-frame';
import { openSession, PROMPTS, type Session } from '../session';

const TYPED = 'The capital of Kenya is the city of';

describe('the reads of a story alone, in VS Code', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [japan] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession({ width: 1280, height: 720 });
    await closeSideBar(session.page);
    await session.visualize(japan);
    inspector = await inspectorWithStory(session.page);
  });
  after(() => session?.giveBack());

  /** What VISIT says of the reads alone, once it is asked. */
  const said = async (): Promise<string> => {
    await press(inspector.part('story-alone'));
    await inspector.part('story-alone-says').waitFor();
    return ((await inspector.part('story-alone-says').textContent()) ?? '').replace(/\s+/g, ' ').trim();
  };

  it('are run with the mean over the other prompts of the file', async () => {
    assert.match(await said(), /^With only the heads that make these reads \(\d+ heads, \d+ reads; .*, of prompts\.txt; .*‘[^’]*’ \d/);
    await session.screenshot('reads alone');
  });

  it('of a prompt that was typed are run with the mean over VISIT’s examples, and come to what the command line says', async () => {
    await press(inspector.part('tab-graph'));
    await press(inspector.part('compare-with'));
    await inspector.part('other-prompt').fill(TYPED);
    await press(inspector.part('compare-prompts'));
    await inspector.part('swap').waitFor();
    await press(inspector.part('swap'));
    await eventually(async () => assert.match((await inspector.part('side-left').textContent()) ?? '', /Kenya/));
    await press(inspector.part('end-comparison'));
    await press(inspector.part('tab-story'));
    await eventually(async () => assert.match((await inspector.part('story-sentence').textContent()) ?? '', /Kenya/));
    const shown = await said();
    await session.screenshot('reads alone, of a typed prompt');
    const { code, stdout, stderr } = await visit(['story', '--prompt', TYPED, '--alone-over']);
    assert.equal(code, 0, stderr);
    const line = stdout.split('\n').find((each) => each.startsWith('With only the heads'));
    assert.ok(line !== undefined && line.includes('other prompts'), stdout);
    const figures = (text: string): string[] =>
      text.match(/‘[^’]*’\s[\d.]+\s%|\d+\sother\sprompts|\d+\sheads/g)?.map((figure) => figure.replace(/\s/g, ' ')) ?? [];
    assert.deepEqual(figures(shown), figures(line), `${shown}\n${line}`);
  });
});
