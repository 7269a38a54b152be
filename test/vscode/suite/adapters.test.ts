import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import * as vscode from 'vscode';
import { layOut, safetensors } from '../../engine/checkpoint-files';
import { pace } from '../../support/patience';
import { activated, closeEverything, edit, extension, select, until, visualize } from './extension';

const PROMPT = 'The capital of Japan is the city of';
const CONFIG = { peft_type: 'LORA', r: 1, lora_alpha: 1, bias: 'none', base_model_name_or_path: 'someone/not-here' };
const LAYER = 'base_model.model.transformer.h.0.attn.c_proj';

/** An adapter of the embedded model, which adds a constant direction to what attention of the first layer writes. */
async function writeAdapter(folder: string, width: number): Promise<void> {
  const { header, byteLength } = layOut({ [`${LAYER}.lora_A.weight`]: [1, width], [`${LAYER}.lora_B.weight`]: [width, 1] });
  const numbers = new Float32Array(byteLength / 4).map((_, i) => Math.sin(i) / 4);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(CONFIG));
  await writeFile(join(folder, 'adapter_model.safetensors'), safetensors(header, new Uint8Array(numbers.buffer)));
}

suite('Adapters', () => {
  let home: string;
  const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('visit');

  suiteSetup(async () => {
    home = await mkdtemp(join(tmpdir(), 'visit-adapters-'));
    const base = join(extension().extensionPath, 'models', 'visit-small');
    await cp(base, join(home, 'base'), { recursive: true });
    const { n_embd: width } = JSON.parse(
      Buffer.from(await vscode.workspace.fs.readFile(vscode.Uri.file(join(base, 'config.json')))).toString(),
    ) as {
      n_embd: number;
    };
    await writeAdapter(join(home, 'adapter'), width);
  });
  suiteTeardown(async () => {
    await configuration().update('model.folder', undefined, vscode.ConfigurationTarget.Global);
    await closeEverything();
    await rm(home, { recursive: true, force: true });
  });

  test('one whose base is not found asks for it; with that, the pass is compared with the one without it', async () => {
    const visit = await activated();
    await configuration().update('model.folder', join(home, 'adapter'), vscode.ConfigurationTarget.Global);
    select(await edit(PROMPT), PROMPT);
    await visualize();
    const { problem, notice } = visit.state();
    const shown = problem ?? notice;
    assert.equal(shown?.code, 'base-missing');
    assert.deepEqual(
      shown.actions?.map(({ id }) => id),
      ['chooseBase', 'chooseModel', 'openLog'],
    );

    await visit.receive({ type: 'action', id: 'chooseBase' });
    await until('the list is complete', () => visit.state().offeredModels !== undefined);
    assert.equal(visit.state().offeredModels?.[0], 'Embedded model');
    assert.ok(!visit.state().offeredModels?.includes('adapter'));
    // The editor draws a list a moment after it was given one.
    await after(pace() / 8);
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await until('the prompt is run with the base', () => visit.state().graph?.model.adapter !== undefined);
    assert.equal(visit.state().graph?.model.adapter?.base, 'visit-small');

    await vscode.commands.executeCommand('visit.compareWithBase');
    const { comparison, problem: none } = visit.state();
    assert.equal(none, undefined);
    assert.ok(comparison);
    assert.deepEqual(
      [comparison.left, comparison.right].map(({ prompt, interventions }) => [prompt, interventions?.map(({ component }) => component)]),
      [
        [PROMPT, undefined],
        [PROMPT, ['adapter']],
      ],
    );
  });
});
