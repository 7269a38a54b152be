import assert from 'node:assert/strict';
import path from 'node:path';
import esbuild from 'esbuild';

const ROOT = path.resolve(__dirname, '../../..');

describe('The start of the extension', () => {
  it('reads nothing that is needed only once something is asked for', async () => {
    const { metafile } = await esbuild.build({
      entryPoints: [path.join(ROOT, 'src', 'extension.ts')],
      absWorkingDir: ROOT,
      outdir: '/extension',
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      external: ['vscode'],
    });
    const read = new Set<string>();
    const follow = (file: string): void => {
      if (read.has(file)) return;
      read.add(file);
      for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
        if (kind !== 'dynamic-import' && external !== true) follow(path);
      }
    };
    follow('src/extension.ts');
    assert.ok(read.has('src/host/extension-controller.ts'), 'what is read is followed');
    const later = [
      /* schemas of what is kept, asked and answered */ 'node_modules/zod/',
      /* files with conversations */ 'node_modules/yaml/',
      /* what tells whether a model has changed */ 'src/model/checkpoint/fingerprint.ts',
      /* formats and families of checkpoints */ 'src/model/checkpoint/open.ts',
      'src/model/checkpoint/formats.ts',
      'src/model/architecture/',
      'src/model/tokenizer/',
      'src/core/format/flow-graph.ts',
      /* saved pages */ 'src/export/',
      /* the Hub */ 'node_modules/@huggingface/hub/',
    ];
    assert.deepEqual(
      [...read].filter((file) => later.some((start) => file.startsWith(start))),
      [],
    );
  });
});
