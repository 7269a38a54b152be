import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, closeEverything, edit, graphOf, inspectorTabs, select, until, visualize } from './extension';

const JAPAN = 'The capital of Japan is the city of';

suite('VISIT: Visualize Forward Pass', () => {
  setup(closeEverything);
  suiteTeardown(closeEverything);

  test('runs the selection and shows its graph in a panel beside the text', async () => {
    const visit = await activated();
    const editor = await edit(`Once upon a time. ${JAPAN} and so on.`);
    select(editor, JAPAN);
    await visualize();
    const { graph, problem, panelOpen, panelColumn } = visit.state();
    assert.equal(problem, undefined);
    assert.equal(graph?.prompt, JAPAN);
    assert.equal(graph.position, graph.tokens.length - 1);
    assert.ok(graph.nodes.length > 20 && graph.edges.length > 20, 'the graph is drawn');
    assert.deepEqual([panelOpen, panelColumn], [true, vscode.ViewColumn.Two]);
    assert.equal(inspectorTabs().length, 1);
    assert.equal(vscode.window.activeTextEditor?.document, editor.document, 'the focus stays in the text');
  });

  test('opens a page that loads and listens', async () => {
    const visit = await activated();
    await graphOf(JAPAN);
    await until('the page listens', () => visit.state().pageListening);
  });

  test('runs the paragraph under the cursor when nothing is selected', async () => {
    const editor = await edit('First paragraph.\n\nThe capital of France\nis the city of\n\nLast paragraph.');
    const cursor = new vscode.Position(3, 2);
    editor.selection = new vscode.Selection(cursor, cursor);
    await visualize();
    assert.equal((await activated()).state().graph?.prompt, 'The capital of France\nis the city of');
  });

  test('uses the panel and the engine again for another text', async () => {
    const visit = await activated();
    await graphOf(JAPAN);
    const { enginePid } = visit.state();
    assert.ok(enginePid);
    await graphOf('The capital of France is the city of');
    assert.equal(visit.state().enginePid, enginePid);
    assert.equal(inspectorTabs().length, 1);
  });

  test('leaves a selection as it is: spaces at its ends and line ends of Windows', async () => {
    const editor = await edit('one two \nthree four');
    await editor.edit((builder) => {
      builder.setEndOfLine(vscode.EndOfLine.CRLF);
    });
    select(editor, ' two \r\nthree ');
    await visualize();
    assert.equal((await activated()).state().graph?.prompt, ' two \r\nthree ');
  });

  test('runs text of a document that cannot be written', async () => {
    const scheme = 'visit-test-readonly';
    const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, { provideTextDocumentContent: () => JAPAN });
    try {
      await vscode.window.showTextDocument(vscode.Uri.from({ scheme, path: '/prompt.txt' }), { viewColumn: vscode.ViewColumn.One });
      await visualize();
      assert.equal((await activated()).state().graph?.prompt, JAPAN);
    } finally {
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      provider.dispose();
    }
  });

  test('runs the paragraph of a notebook’s cell', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, `first\n\n${JAPAN}`, 'plaintext');
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData([cell]));
    await vscode.window.showNotebookDocument(notebook, { viewColumn: vscode.ViewColumn.One });
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until('the cell is edited', () => vscode.window.activeTextEditor?.document === notebook.cellAt(0).document);
    vscode.window.activeTextEditor!.selection = new vscode.Selection(2, 4, 2, 4);
    await visualize();
    const visit = await activated();
    assert.equal(visit.state().graph?.prompt, JAPAN);
    await visit.receive({ type: 'highlight', token: 0, focus: false });
    await until('its token is marked', () => visit.state().highlight !== undefined);
    assert.equal(notebook.cellAt(0).document.getText(visit.state().highlight?.range), 'The');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  test('shows the later of two prompts that are run at once', async () => {
    const visit = await activated();
    const editor = await edit(`A first prompt\n\n${JAPAN}`);
    select(editor, 'A first prompt');
    const first = visualize();
    select(editor, JAPAN);
    await Promise.all([first, visualize()]);
    const { graph, problem } = visit.state();
    assert.deepEqual([graph?.prompt, problem], [JAPAN, undefined]);
  });

  test('gives way to Cancel and keeps the graph that was shown', async () => {
    const visit = await activated();
    await graphOf(JAPAN);
    select(await edit('Another prompt'), 'Another prompt');
    const run = visualize();
    for (let i = 0; i < 100 && !visit.state().busy; i += 1) await Promise.resolve();
    assert.ok(visit.state().busy, 'the run is under way');
    await visit.receive({ type: 'cancel' });
    await run;
    const { graph, problem, busy } = visit.state();
    assert.deepEqual([graph?.prompt, problem, busy], [JAPAN, undefined, false]);
  });
});
