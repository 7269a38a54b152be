import assert from 'node:assert/strict';
import { ESLint, Linter } from 'eslint';
import { rooms } from '../../scripts/lint/rooms.mjs';

/** What the rule says of one import in a file. */
function objections(filename: string, specifier: string): string[] {
  const config: Linter.Config = { files: ['**/*.ts'], plugins: { visit: { rules: { rooms } } }, rules: { 'visit/rooms': 'error' } };
  return new Linter().verify(`import x from '${specifier}';`, config, { filename }).map(({ message }) => message);
}

describe('the direction of the rooms', () => {
  const allowed: [file: string, specifier: string][] = [
    ['src/core/graph/build.ts', '../tensor/names'],
    ['src/core/protocol/engine.ts', 'zod'],
    ['src/engine/session.ts', '../core/problem'],
    ['src/engine/session.ts', 'onnxruntime-node'],
    ['src/hub/cache/scan.ts', '../../engine/checkpoint/open'],
    ['src/hub/remote/search.ts', '@huggingface/hub'],
    ['src/host/inspector.ts', '../engine/client'],
    ['src/host/model-choice.ts', '../hub/cache/scan'],
    ['src/cli/main.ts', '../engine/client'],
    ['src/extension.ts', './host/commands'],
    ['webview/views/toolbar.ts', '../../src/core/protocol/engine'],
    ['webview/host/vscode.ts', './host'],
    ['webview/graph/canvas.ts', 'vis-network/esnext'],
    ['test/vscode/suite/index.ts', 'vscode'],
  ];
  for (const [file, specifier] of allowed) {
    it(`lets ${file} import ${specifier}`, () => assert.deepEqual(objections(file, specifier), []));
  }

  const refused: [file: string, specifier: string, message: RegExp][] = [
    ['src/core/graph/build.ts', '../../engine/session', /src\/core may not use src\/engine/],
    ['src/core/graph/build.ts', 'node:fs', /where Node is not/],
    ['src/core/graph/build.ts', 'commander', /no package but zod/],
    ['src/engine/session.ts', '../host/runs', /src\/engine may not use src\/host/],
    ['src/engine/session.ts', '../extension', /src\/engine may not use src/],
    ['src/engine/session.ts', '@huggingface/tokenizers', /Only src\/engine\/tokenizer/],
    ['src/engine/session.ts', '../hub/places', /src\/engine may not use src\/hub/],
    ['src/hub/places.ts', '../host/settings', /src\/hub may not use src\/host/],
    ['src/cli/main.ts', '@huggingface/hub', /Only src\/hub/],
    ['src/cli/main.ts', '../host/runs', /src\/cli may not use src\/host/],
    ['src/host/inspector.ts', '../cli/main', /src\/host may not use src\/cli/],
    ['src/host/inspector.ts', 'onnxruntime-node', /Only src\/engine/],
    ['src/cli/main.ts', 'vscode', /Only src\/host/],
    ['webview/main.ts', '../src/engine/client', /webview may not use src\/engine/],
    ['webview/main.ts', 'vis-network/esnext', /Only webview\/graph/],
    ['webview/graph/canvas.ts', '@vscode/webview-ui-toolkit', /Only webview\/controls/],
    ['test/unit/core/layout.test.ts', 'vscode', /Only src\/host/],
  ];
  for (const [file, specifier, message] of refused) {
    it(`keeps ${file} from importing ${specifier}`, () => {
      const found = objections(file, specifier);
      assert.equal(found.length, 1);
      assert.match(found[0], message);
    });
  }

  it('is checked in every TypeScript file of this repository', async function () {
    // the whole configuration is loaded
    this.timeout(60_000);
    const eslint = new ESLint();
    for (const file of ['src/core/problem.ts', 'webview/main.ts', 'test/unit/rooms.test.ts']) {
      const config = (await eslint.calculateConfigForFile(file)) as Linter.Config;
      assert.deepEqual(config.rules?.['visit/rooms'], [2]);
    }
  });
});
