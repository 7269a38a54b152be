import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_COUNTS } from '../../../src/core/format/default-counts';

const root = join(__dirname, '..', '..', '..');
const raw: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const texts = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')));
const KEY = /^%([\w.]+)%$/;

/** The manifest as VS Code reads it: every `%key%` replaced with its text. A key without a text stays, as it does in VS Code. */
function translated(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, text: unknown) =>
    typeof text === 'string' ? (texts[KEY.exec(text)?.[1] ?? ''] ?? text) : text,
  );
}

const command = z.object({ command: z.string() });
const manifest = z
  .object({
    icon: z.string(),
    extensionKind: z.array(z.string()),
    activationEvents: z.array(z.string()),
    capabilities: z.object({ untrustedWorkspaces: z.object({ supported: z.string(), restrictedConfigurations: z.array(z.string()) }) }),
    contributes: z.object({
      commands: z.array(command.extend({ title: z.string(), category: z.literal('VISIT') })),
      menus: z.record(z.string(), z.array(command)),
      keybindings: z.array(command.extend({ key: z.string(), mac: z.string() })),
      configuration: z.object({
        properties: z.record(z.string(), z.object({ default: z.unknown(), scope: z.string(), markdownDescription: z.string() })),
      }),
      walkthroughs: z.array(
        z.object({
          steps: z.array(
            z.object({
              id: z.string(),
              description: z.string(),
              media: z.union([
                z.object({ markdown: z.string() }),
                z.object({
                  image: z.object({ light: z.string(), dark: z.string(), hc: z.string(), hcLight: z.string() }),
                  altText: z.string(),
                }),
              ]),
              completionEvents: z.array(z.string()),
            }),
          ),
        }),
      ),
    }),
  })
  .parse(translated(raw));
const { contributes, capabilities } = manifest;
const commands = new Set(contributes.commands.map((entry) => entry.command));

describe('The manifest', () => {
  it('gives the counts the method’s defaults', () => {
    const { properties } = contributes.configuration;
    const declared = Object.keys(DEFAULT_COUNTS).map((key) => [key, properties[`visit.graph.${key}`]?.default]);
    assert.deepEqual(Object.fromEntries(declared), DEFAULT_COUNTS);
  });

  it('declares exactly the commands that the extension registers', () => {
    const source = readFileSync(join(root, 'src', 'host', 'commands.ts'), 'utf8');
    assert.deepEqual([...source.matchAll(/'(visit\.\w+)':/g)].map(([, id]) => id).sort(), [...commands].sort());
  });

  it('names only declared commands in menus, keybindings and walkthroughs', () => {
    const named = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map((entry) => entry.command);
    const linked = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ description }) => [...description.matchAll(/command:([\w.]+)/g)].map(([, id]) => id ?? '')),
    );
    for (const id of [...named, ...linked]) assert.ok(commands.has(id), id);
  });

  it('has the files that it and its commands name', () => {
    const media = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ media: shown }) => ('markdown' in shown ? [shown.markdown] : Object.values(shown.image))),
    );
    for (const file of [manifest.icon, 'examples/factual-recall.txt', ...media]) assert.ok(existsSync(join(root, file)), file);
  });

  it('ticks the steps of the walkthrough at what they lead to, not at what is tried', () => {
    const source = readFileSync(join(root, 'src', 'host', 'context-keys.ts'), 'utf8');
    const [{ steps }] = contributes.walkthroughs;
    const events = new Map(steps.map(({ id, completionEvents }) => [id, completionEvents]));
    assert.deepEqual([...events.keys()], ['open', 'visualize', 'whatIf', 'model']);
    for (const id of ['visualize', 'whatIf']) {
      const [key] = (events.get(id) ?? []).map((event) => event.replace(/^onContext:/, ''));
      assert.ok(source.includes(`'${key}'`), `something sets ${key}`);
    }
  });

  it('has a text for every key, and a key for every text', () => {
    const keys = [...JSON.stringify(raw).matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    assert.deepEqual(keys.sort(), Object.keys(texts).sort());
  });

  it('says where the model folder belongs in a remote window', () => {
    assert.match(contributes.configuration.properties['visit.model.folder'].markdownDescription, /remote window.*\*Remote\* settings/);
  });

  it('keeps an untrusted workspace from choosing the model', () => {
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    assert.deepEqual(capabilities.untrustedWorkspaces.restrictedConfigurations, ['visit.model.folder']);
  });

  it('starts the extension for a panel to be restored, or for a command, and never with the window', () => {
    // VS Code adds an event for each command.
    assert.deepEqual(manifest.activationEvents, ['onWebviewPanel:visit.inspector']);
  });

  it('runs where the files are', () => {
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });
});
