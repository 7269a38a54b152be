import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { showToken } from '../../src/core/text/token-text';
import { UNMEASURED_LIMIT } from '../support/patience';
import { press } from '../support/press';
import { visit } from '../support/visit';
import { eventually, openWorkbench, reloadWindow, runCommand, untilActive } from '../support/workbench';
import { leaveWithoutLayout, untilStored } from '../support/workbench-storage';
import { inspectorIn, inspectorOf } from './inspector-frame';
import { openSession, PROMPTS, runningServer, type Session } from './session';

describe('a window that is reloaded', function () {
  this.timeout(UNMEASURED_LIMIT);
  const [, , words] = PROMPTS;
  let session: Session;
  let tokens: readonly string[];
  let lastNode: string;

  before(async () => {
    const { code, stdout, stderr } = await visit(['graph', '--prompt', words, '--format', 'json']);
    assert.equal(code, 0, stderr);
    const graph = JSON.parse(stdout) as FlowGraph;
    tokens = graph.tokens.map(showToken);
    lastNode = `blocks.${graph.model.nLayers - 1}.hook_resid_post`;
    session = await openSession(undefined, { fresh: true });
    await session.visualize(words);
    await inspectorOf(session.page, tokens);
    // The page shows it before it is stored.
    await untilStored(session.page, words);
  });
  after(() => session?.giveBack());

  /** Panels, as tabs; one that has not been filled yet counts. */
  const panels = (): Promise<number> => session.page.locator('.tab', { hasText: 'VISIT' }).count();

  /** Opens the workbench again after the browser has lost the layout, which holds the panel. */
  async function reopenWithoutLayout(): Promise<void> {
    await leaveWithoutLayout(session.page, session.server.address);
    await openWorkbench(session.page, session.server.address, session.folder);
    assert.equal(await panels(), 0, 'VS Code has restored no panel');
  }

  it('keeps the panel and its graph', async () => {
    await reloadWindow(session.page);
    await inspectorOf(session.page, tokens);
    await eventually(async () => assert.ok(await inspectorIn(session.page).locate(lastNode)));
    assert.equal(await panels(), 1);
  });

  it('shows the graph again on request where the browser lost the panel', async () => {
    await reopenWithoutLayout();
    await runCommand(session.page, 'VISIT: Show Inspector');
    await inspectorOf(session.page, tokens);
    assert.equal(await panels(), 1);
  });

  it('opens a panel that the browser lost with whatever is asked of the extension first', async () => {
    await reopenWithoutLayout();
    await runCommand(session.page, 'VISIT: Show Log');
    await inspectorOf(session.page, tokens);
    assert.equal(await panels(), 1);
  });

  it('does not open a panel again that the user has closed, but shows its graph on request', async () => {
    await press(session.page.locator('.tab', { hasText: 'VISIT' }));
    await untilActive(session.page, 'VISIT');
    await runCommand(session.page, 'View: Close Editor');
    await eventually(async () => assert.equal(await panels(), 0));
    await reloadWindow(session.page);
    await runCommand(session.page, 'VISIT: Select for Compare');
    // In the status bar when the command has run, which is after the extension has started.
    await session.page.locator('.statusbar-item', { hasText: 'VISIT' }).first().waitFor();
    assert.equal(await panels(), 0);
    await runCommand(session.page, 'VISIT: Show Inspector');
    await inspectorOf(session.page, tokens);
  });
});

describe('the extension in every window so far', () => {
  /** What VS Code noted of the processes that run extensions, one for each window. */
  async function extensionHostLogs(): Promise<string> {
    const { home } = await runningServer();
    const logs = path.join(home, 'data', 'logs');
    const files = (await readdir(logs, { recursive: true })).filter((file) => file.endsWith('remoteexthost.log'));
    const texts = await Promise.all(files.map((file) => readFile(path.join(logs, file), 'utf8')));
    return texts.join('\n');
  }

  it('was started by a command or for a panel, never with the window, and asked for nothing that Node.js has given up', async () => {
    const log = await extensionHostLogs();
    const starts = [...log.matchAll(/_doActivateExtension visit-vscode\.visit-vscode,.*activationEvent: '([^']+)'/g)].map(
      ([, event]) => event,
    );
    assert.ok(starts.length > 0, 'a start is noted');
    assert.deepEqual(
      starts.filter((event) => !/^(onCommand:visit\.\w+|onWebviewPanel:visit\.inspector)$/.test(event)),
      [],
    );
    assert.doesNotMatch(log, /PendingMigrationError/);
  });
});
