import assert from 'node:assert/strict';
import { UNMEASURED_LIMIT } from '../support/patience';
import { press } from '../support/press';
import { eventually } from '../support/workbench';
import { haltEngine, isRunning, latestEnginePid } from './engine-process';
import { anyInspector, type InspectorFrame } from './inspector-frame';
import { openSession, PROMPTS, type Session } from './session';

describe('a run that is interrupted', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [capital, fresh, words] = PROMPTS;
  let session: Session;
  let inspector: InspectorFrame;

  before(async () => {
    session = await openSession(undefined, { fresh: true });
    await session.visualize(capital);
    inspector = await anyInspector(session.page);
    await eventually(async () => assert.ok((await inspector.tokens()).length > 0));
  });
  after(() => session?.close());

  it('leaves the graph as it was when it is cancelled, and runs the next one', async () => {
    const before = await inspector.tokens();
    await haltEngine(session.server);
    // What has been asked about the graph makes way: it holds up neither the run nor the process that follows.
    await press(inspector.part('tab-overview'));
    await session.visualize(words);
    await inspector.part('cancel').waitFor();
    await session.screenshot('run under way');
    assert.equal(await session.page.locator('.notification-toast').count(), 0, 'progress is shown once');
    await press(inspector.part('cancel'));
    await inspector.part('progress').waitFor({ state: 'hidden' });
    assert.deepEqual(await inspector.tokens(), before);

    await session.visualize(words);
    await eventually(async () => assert.notDeepEqual(await inspector.tokens(), before));
  });

  it('says that the model process has gone when it is killed, keeps the graph, and runs again on request', async () => {
    const before = await inspector.tokens();
    const pid = await haltEngine(session.server);
    // What has been seen before is shown without the engine.
    await session.visualize(fresh);
    await inspector.part('cancel').waitFor();
    process.kill(pid, 'SIGKILL');
    await inspector.part('problem').waitFor();
    await session.screenshot('engine killed');
    assert.deepEqual(await inspector.tokens(), before);

    await press(inspector.part('action-runAgain'));
    await eventually(async () => assert.notDeepEqual(await inspector.tokens(), before));
    assert.notEqual(await latestEnginePid(session.server), pid);
  });

  it('leaves no process of a model behind when its window is closed', async () => {
    const pid = await latestEnginePid(session.server);
    assert.equal(isRunning(pid), true);
    await session.close();
    await eventually(async () => assert.equal(isRunning(pid), false));
  });
});
