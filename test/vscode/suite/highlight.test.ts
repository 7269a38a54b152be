import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PromptToken } from '../../../src/core/format/flow-graph';
import { activated, closeEverything, edit, select, until, visualize } from './extension';

const HARD = 'Été à Zürich 😀 👩‍🚀 的 e\u0301 naïve';

/** Points at every token of the graph that is shown; answers with those that cover text, and the text that was marked for each. */
async function marks(editor: vscode.TextEditor): Promise<{ token: PromptToken; marked: string }[]> {
  const visit = await activated();
  const tokens = visit.state().graph?.tokens ?? [];
  const found: { token: PromptToken; marked: string }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.start === token.end) continue;
    await visit.receive({ type: 'highlight', token: null, focus: false });
    await visit.receive({ type: 'highlight', token: index, focus: false });
    await until(`token ${index} is marked`, () => visit.state().highlight !== undefined);
    const { highlight } = visit.state();
    assert.ok(highlight && highlight.uri === editor.document.uri.toString());
    found.push({ token, marked: editor.document.getText(highlight.range) });
  }
  return found;
}

suite('A token of the prompt', () => {
  setup(closeEverything);
  suiteTeardown(closeEverything);

  test('is marked exactly, with accents, emoji and combining characters', async () => {
    const editor = await edit(`😀 before\n\nnot this ${HARD} nor this`);
    select(editor, HARD);
    await visualize();
    const all = await marks(editor);
    assert.ok(all.length > 10);
    for (const { token, marked } of all) assert.equal(marked, HARD.slice(token.start, token.end));
    assert.equal(all.at(-1)?.token.end, HARD.length);
  });

  test('is marked exactly after a line break of Windows', async () => {
    const editor = await edit('zero\none two\nthree four');
    await editor.edit((builder) => {
      builder.setEndOfLine(vscode.EndOfLine.CRLF);
    });
    const text = 'one two\r\nthree four';
    select(editor, text);
    await visualize();
    const visit = await activated();
    const last = visit.state().graph?.tokens.at(-1);
    assert.ok(last);
    await visit.receive({ type: 'highlight', token: (visit.state().graph?.tokens.length ?? 0) - 1, focus: true });
    await until('it is marked', () => visit.state().highlight !== undefined);
    assert.equal(editor.document.getText(visit.state().highlight?.range), text.slice(last.start, last.end));
  });

  test('is still found after text was put in front of the prompt', async () => {
    const editor = await edit('The capital of Japan. The capital of Japan.');
    editor.selection = new vscode.Selection(0, 22, 0, 43);
    await visualize();
    await editor.edit((builder) => {
      builder.insert(new vscode.Position(0, 0), 'Indeed: \n');
    });
    for (const { token, marked } of await marks(editor)) assert.equal(marked, 'The capital of Japan.'.slice(token.start, token.end));
    const range = (await activated()).state().highlight?.range;
    assert.ok(range && range.start.line === 1 && range.start.character > 22, 'the second of the two is marked');
  });

  test('is not marked once the prompt itself was changed', async () => {
    const visit = await activated();
    const editor = await edit('The capital of Japan');
    select(editor, 'The capital of Japan');
    await visualize();
    await visit.receive({ type: 'highlight', token: 0, focus: false });
    await until('it is marked', () => visit.state().highlight !== undefined);
    await editor.edit((builder) => {
      builder.insert(new vscode.Position(0, 4), 'great ');
    });
    await until('the mark is gone', () => visit.state().highlight === undefined);
    await visit.receive({ type: 'highlight', token: 0, focus: false });
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    assert.equal(visit.state().highlight, undefined);
  });
});
