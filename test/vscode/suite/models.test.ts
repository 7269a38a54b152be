import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import * as vscode from 'vscode';
import { COMMIT, LoopbackHub } from '../../hub/loopback-hub';
import { pace } from '../../support/patience';
import { activated, closeEverything, extension, graphOf, repeatUntil, until } from './extension';

const accept = 'workbench.action.acceptSelectedQuickOpenItem';
const next = 'workbench.action.quickOpenSelectNext';

suite('Models', () => {
  const hub = new LoopbackHub();
  const environment = { ...process.env };
  let home: string;
  const setting = (): string => vscode.workspace.getConfiguration('visit').get('model.folder', '');
  const snapshot = (id: string): string => join(home, 'hub', `models--${id.replace('/', '--')}`, 'snapshots', COMMIT);

  suiteSetup(async () => {
    await hub.start();
    home = await mkdtemp(join(tmpdir(), 'visit-models-'));
    Object.assign(process.env, {
      HF_HOME: home,
      HF_HUB_CACHE: join(home, 'hub'),
      HF_ENDPOINT: hub.endpoint,
      HF_TOKEN: '',
      HF_HUB_OFFLINE: '',
    });
    const embedded = join(extension().extensionPath, 'models', 'visit-small');
    await cp(embedded, snapshot('ada/small'), { recursive: true });
    await mkdir(snapshot('org/bert'), { recursive: true });
    await writeFile(join(snapshot('org/bert'), 'config.json'), '{"model_type":"bert"}');
    const files = ['config.json', 'tokenizer.json', 'model.safetensors'].map(async (name) => {
      const content = Buffer.from(await vscode.workspace.fs.readFile(vscode.Uri.file(join(embedded, name))));
      return [name, { content, large: name === 'model.safetensors' }] as const;
    });
    hub.repositories.set('ada/remote', { files: Object.fromEntries(await Promise.all(files)) });
  });
  suiteTeardown(async () => {
    await vscode.workspace.getConfiguration('visit').update('model.folder', undefined, vscode.ConfigurationTarget.Global);
    await closeEverything();
    Object.assign(process.env, { HF_HOME: '', HF_HUB_CACHE: '', HF_ENDPOINT: '', ...environment });
    await hub.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Opens the list and waits until it is complete. */
  const openList = async (): Promise<{ names: readonly string[]; closed: Thenable<unknown> }> => {
    const visit = await activated();
    const closed = vscode.commands.executeCommand('visit.chooseModel');
    await until('the list is complete', () => visit.state().offeredModels !== undefined);
    // The editor draws a list a moment after it was given one.
    await after(pace() / 8);
    return { names: visit.state().offeredModels ?? [], closed };
  };

  test('the list has the embedded model and those of the cache; one of them is used when it is chosen', async () => {
    const { names, closed } = await openList();
    assert.deepEqual(names, ['Embedded model', 'ada/small', 'org/bert']);
    await vscode.commands.executeCommand(next);
    await vscode.commands.executeCommand(accept);
    await closed;
    assert.equal(setting(), snapshot('ada/small'));
    const graph = await graphOf('The capital of Japan is the city of');
    assert.equal(graph.model.name, 'ada/small');
    assert.match((await activated()).state().statusText, /ada\/small/);
  });

  test('one whose folder holds more than is run says that its numbers may differ, in the status bar and with the graph', async () => {
    const folder = join(extension().extensionPath, 'test', 'oracle', 'wild', 'fixtures', 'foreign-class');
    await vscode.workspace.getConfiguration('visit').update('model.folder', folder, vscode.ConfigurationTarget.Global);
    const graph = await graphOf('The capital');
    assert.match(graph.model.warnings?.join() ?? '', /BitnetForCausalLM/);
    const { statusText, statusTooltip } = (await activated()).state();
    assert.match(statusText, /^\$\(warning\)/);
    // Markdown keeps spaces as entities.
    assert.match(statusTooltip, /Numbers may differ.*BitnetForCausalLM.*are honoured/s);
  });

  test('one that cannot be run explains itself and is not used', async () => {
    const before = setting();
    const { closed } = await openList();
    await vscode.commands.executeCommand(next);
    await vscode.commands.executeCommand(next);
    await vscode.commands.executeCommand(accept);
    await closed;
    const { notice } = (await activated()).state();
    assert.equal(notice?.code, 'weights-missing');
    assert.match(notice.message, /model\.safetensors/);
    assert.equal(setting(), before);
  });

  test('one from the hub is fetched after its size has been agreed to, and used', async () => {
    const done = vscode.commands.executeCommand('visit.downloadModel', 'ada/remote');
    await until('the repository was looked at', () => hub.fetches().includes('storage model.safetensors bytes=0-65535'));
    assert.equal(existsSync(snapshot('ada/remote')), false, 'nothing is fetched before');
    await repeatUntil(
      'the model is used',
      () => setting() === snapshot('ada/remote'),
      () => vscode.commands.executeCommand(accept),
    );
    await done;
    assert.equal(setting(), snapshot('ada/remote'));
    assert.equal((await graphOf('The capital of Japan is the city of')).model.name, 'ada/remote');
  });
});
