import assert from 'node:assert/strict';
import path from 'node:path';
import esbuild from 'esbuild';

describe('The bundle of the page', () => {
  it('holds no schema library: messages are checked in the host, the page knows their types alone', async () => {
    const { metafile } = await esbuild.build({
      entryPoints: [path.resolve(__dirname, '../../../../webview/main.ts')],
      outdir: '/inspector',
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'iife',
      loader: { '.ttf': 'file', '.svg': 'text' },
    });
    const files = Object.keys(metafile.inputs);
    assert.ok(
      files.some((file) => file.includes('node_modules/vis-network/')),
      'the whole page is looked through',
    );
    assert.deepEqual(
      files.filter((file) => file.includes('node_modules/zod/')),
      [],
    );
  });
});
