import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { activated, closeEverything, edit, graphOf, inspectorTabs, repeatUntil, select, until, visualize } from './extension';

const JAPAN = 'The capital of Japan is the city of';

suite('Bad input', () => {
  setup(closeEverything);
  suiteTeardown(closeEverything);

  test('a cursor on a blank line is answered with a message', async () => {
    const visit = await activated();
    const before = visit.state().notice;
    const editor = await edit('one\n\ntwo');
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    await visualize();
    assert.notEqual(visit.state().notice, before);
    assert.match(visit.state().notice?.message ?? '', /blank/);
    assert.ok(visit.state().notice?.hint);
    assert.equal(inspectorTabs().length, 0, 'no panel is opened');
  });

  test('a selection of one blank is a prompt of one token', async () => {
    const editor = await edit('one two');
    editor.selection = new vscode.Selection(0, 3, 0, 4);
    await visualize();
    const visit = await activated();
    await until('the blank was run', () => visit.state().graph?.prompt === ' ');
    assert.deepEqual(
      visit.state().graph?.tokens.map(({ text }) => text),
      [' '],
    );
  });

  test('a paragraph of comments is named as such', async () => {
    const editor = await edit('# a note\n# on two lines\n\nprompt');
    editor.selection = new vscode.Selection(0, 1, 0, 1);
    await visualize();
    assert.match((await activated()).state().notice?.message ?? '', /comment/);
  });

  test('a prompt longer than the context is not cut silently; its last tokens are run when the user says so', async () => {
    const visit = await activated();
    const text = `The very beginning. ${'All the cats sat down. '.repeat(2_000)}The end 😀 of it`;
    const editor = await edit(text);
    const former = visit.state().graph;
    editor.selection = new vscode.Selection(0, 0, 0, text.length);
    await visualize();
    const { problem, notice, graph } = visit.state();
    assert.equal(problem?.code, 'prompt-too-long');
    assert.equal(notice, problem);
    assert.equal(graph, former);
    const action = problem.actions?.find(({ id }) => id === 'useLastTokens');
    assert.match(action?.title ?? '', /\d+ Tokens/);

    await visit.receive({ type: 'action', id: 'useLastTokens' });
    await until('the shortened prompt is shown', () => visit.state().graph !== former);
    const shortened = visit.state().graph;
    assert.ok(shortened && text.endsWith(shortened.prompt) && shortened.prompt.length > 100);
    assert.ok(shortened.tokens.length <= shortened.model.contextLength);
    assert.equal(visit.state().problem, undefined);

    await visit.receive({ type: 'highlight', token: shortened.tokens.length - 1, focus: false });
    await until('its last token is marked', () => visit.state().highlight !== undefined);
    assert.equal(editor.document.offsetAt(visit.state().highlight?.range.end ?? new vscode.Position(0, 0)), text.length);
  });

  test('a model folder that is no checkpoint is a problem with a way out', async () => {
    const visit = await activated();
    await graphOf(JAPAN);
    const folder = await mkdtemp(join(tmpdir(), 'visit-no-model-'));
    const settings = vscode.workspace.getConfiguration('visit');
    try {
      await settings.update('model.folder', folder, vscode.ConfigurationTarget.Global);
      await until('the problem is shown', () => visit.state().problem !== undefined);
      const { problem } = visit.state();
      assert.equal(problem?.code, 'not-a-checkpoint');
      assert.ok(problem.hint);
      assert.ok(problem.actions?.some(({ id }) => id === 'chooseModel'));

      // The way out: its first row is the embedded model.
      await visit.receive({ type: 'action', id: 'chooseModel' });
      const isChosen = (): boolean => visit.state().problem === undefined && !visit.state().busy;
      // Does nothing while the rows are not there yet.
      await repeatUntil('the embedded model is used', isChosen, () =>
        vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'),
      );
      assert.equal(vscode.workspace.getConfiguration('visit').get('model.folder'), '');
      assert.equal(visit.state().graph?.prompt, JAPAN);
    } finally {
      await settings.update('model.folder', undefined, vscode.ConfigurationTarget.Global);
      await rm(folder, { recursive: true });
    }
  });

  test('an engine that is killed while it works is a problem, and the next run works', async () => {
    const visit = await activated();
    await graphOf(JAPAN);
    const { enginePid } = visit.state();
    assert.ok(enginePid);
    select(await edit('The engine will die'), 'The engine will die');
    await until('the last graph has been read', () => visit.state().enginePending === 0);
    // Halted, so that it is still at work when it is killed.
    process.kill(enginePid, 'SIGSTOP');
    const run = visualize();
    await until('the engine has been asked', () => visit.state().enginePending > 0);
    process.kill(enginePid, 'SIGKILL');
    await run;
    const { problem, graph } = visit.state();
    assert.equal(problem?.code, 'engine-died');
    assert.ok(problem.actions?.some(({ id }) => id === 'runAgain'));
    assert.equal(graph?.prompt, JAPAN, 'the last graph stays');

    await graphOf('The capital of Italy is the city of');
    assert.notEqual(visit.state().enginePid, enginePid);
  });

  test('text that looks like HTML is text', async () => {
    const graph = await graphOf('<script>alert(1)</script>\u0000\u001b[31m<img src=x onerror=alert(1)>');
    assert.ok(graph.tokens.length > 5);
  });
});
