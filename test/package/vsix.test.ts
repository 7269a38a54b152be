import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { VSIX } from '../support/repository';
import { readZip, type ZipEntry } from '../support/zip';

describe('the package of this platform', () => {
  let entries: ZipEntry[];
  let names: string[];

  before(async () => {
    entries = await readZip(VSIX);
    names = entries.map(({ name }) => name);
  });

  it('is no larger than 40 MB on Linux, 60 MB elsewhere', async () => {
    assert.ok((await stat(VSIX)).size <= (process.platform === 'linux' ? 40e6 : 60e6));
  });

  it('holds what runs and what a user reads', () => {
    const expected = [
      'package.json',
      'package.nls.json',
      'l10n/bundle.l10n.json',
      'readme.md',
      'changelog.md',
      'LICENSE.txt',
      'dist/extension.js',
      'dist/engine.js',
      'dist/cli.js',
      'dist/webview/inspector.js',
      'models/visit-small/config.json',
      'models/visit-small/model.safetensors',
      'models/visit-small/tokenizer.json',
      'docs/flow-graph.schema.json',
    ];
    const missing = expected.filter((name) => !names.includes(`extension/${name}`));
    assert.deepEqual(missing, []);
  });

  it('holds nothing else: no source, no test, no source map, no training code, no tool', () => {
    const folders = new Set(names.filter((name) => name.startsWith('extension/')).map((name) => name.split('/').slice(1, 3).join('/')));
    const allowed =
      /^(package(\.nls)?\.json|readme\.md|changelog\.md|LICENSE\.txt|(dist|l10n|media|examples)\/[^/]+|models\/visit-small|docs\/[^/]+\.json|node_modules\/onnxruntime-(node|common))$/;
    assert.deepEqual(
      [...folders].filter((folder) => !allowed.test(folder)),
      [],
    );
    assert.deepEqual(
      names.filter((name) => /\.(ts|tsx|map|py|mjs)$/.test(name)),
      [],
    );
  });

  it('holds the binaries of this platform and of no other', () => {
    const binaries = names.filter((name) => name.includes('/napi-v'));
    assert.ok(binaries.some((name) => name.endsWith(`/${process.platform}/${process.arch}/onnxruntime_binding.node`)));
    assert.deepEqual(
      binaries.filter((name) => !name.includes(`/${process.platform}/${process.arch}/`)),
      [],
    );
  });

  it('does not ask for `navigator`, for which VS Code’s extension host logs an error', () => {
    const run = entries.filter(({ name }) => /^extension\/dist\/(?!webview\/).*\.js$/.test(name));
    assert.ok(run.length > 3);
    for (const { name, read } of run) assert.doesNotMatch(read().toString(), /\bnavigator\b/, name);
  });

  it('is declared for this platform', () => {
    const manifest =
      entries
        .find(({ name }) => name === 'extension.vsixmanifest')
        ?.read()
        .toString() ?? '';
    assert.match(manifest, new RegExp(`TargetPlatform="${process.platform}-${process.arch}"`));
  });

  it('runs its model from where it is unpacked, with nothing else around', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'visit-package-'));
    try {
      for (const { name, read } of entries) {
        const file = path.join(folder, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, read());
      }
      const cli = path.join(folder, 'extension', 'dist', 'cli.js');
      const { stdout } = await promisify(execFile)(process.execPath, [cli, 'lens', '--prompt', 'The capital of Japan is the city of'], {
        cwd: folder,
      });
      assert.match(stdout, /Tokyo/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
