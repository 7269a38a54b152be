import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/repository';

/** Imports that the layers allow: importing file, imported module. */
const ALLOWED = [
  ['src/core/build/a.ts', '../format/b'],
  ['src/core/format/a.ts', 'zod'],
  ['src/model/checkpoint/a.ts', 'node:fs'],
  ['src/engine/onnx/a.ts', 'onnxruntime-node'],
  ['src/engine/runtime/a.ts', '../../model/checkpoint/b'],
  ['src/hub/remote/a.ts', '@huggingface/hub'],
  ['src/host/models/a.ts', '../../hub/cache/b'],
  ['src/host/panel/a.ts', 'vscode'],
  ['src/cli/a.ts', '../engine-client/b'],
  ['src/extension.ts', './host/commands'],
  ['webview/graph/a.ts', 'vis-network/esnext'],
  ['webview/state/a.ts', '../../src/core/format/b'],
] as const;

/** Imports that they forbid, and the rule that says so. */
const FORBIDDEN = [
  ['src/core/format/c.ts', '../build/b', 'src/core/format uses only what stands below it'],
  ['src/core/build/c.ts', '../../engine/onnx/b', 'src/core uses only what stands below it'],
  ['src/core/build/d.ts', 'node:fs', 'src/core runs where Node is not'],
  ['src/core/build/e.ts', 'commander', 'src/core imports no package but zod, @vscode/l10n, simple-statistics'],
  ['src/model/checkpoint/c.ts', '../../engine/onnx/b', 'src/model uses only what stands below it'],
  ['src/model/checkpoint/d.ts', 'onnxruntime-node', 'onnxruntime-node has one keeper, src/engine'],
  ['src/engine/onnx/c.ts', '../runtime/b', 'src/engine/onnx uses only what stands below it'],
  ['src/engine/onnx/d.ts', '../../hub/cache/b', 'src/engine uses only what stands below it'],
  ['src/engine/onnx/e.ts', '@huggingface/tokenizers', '@huggingface/tokenizers has one keeper, src/model/tokenizer'],
  ['src/hub/cache/c.ts', '../../engine/onnx/b', 'src/hub uses only what stands below it'],
  ['src/hub/cache/d.ts', '../../host/panel/b', 'src/hub uses only what stands below it'],
  ['src/host/ui/c.ts', '../panel/b', 'src/host/ui uses only what stands below it'],
  ['src/host/panel/c.ts', '../../cli/b', 'src/host uses only what stands below it'],
  ['src/host/panel/d.ts', '../../engine/onnx/b', 'src/host uses only what stands below it'],
  ['src/cli/c.ts', '../host/panel/b', 'src/cli uses only what stands below it'],
  ['src/cli/d.ts', 'vscode', 'only the host knows VS Code'],
  ['src/cli/e.ts', '@huggingface/hub', '@huggingface/hub has one keeper, src/hub'],
  ['webview/c.ts', '../src/engine/onnx/b', 'webview uses only what stands below it'],
  ['webview/features/c.ts', 'vis-network/esnext', 'vis-network has one keeper, webview/graph'],
  ['webview/lib/c.ts', '../state/b', 'webview/lib uses only what stands below it'],
  ['webview/graph/c.ts', '@vscode/webview-ui-toolkit', '@vscode/webview-ui-toolkit has one keeper, webview/lib/controls'],
  ['src/core/text/x.ts', './y', 'no cycles between files'],
] as const;

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('the import rules', () => {
  let found: readonly Violation[];

  before(async function () {
    this.timeout(0);
    const folder = await mkdtemp(join(tmpdir(), 'visit-imports-'));
    try {
      const write = async (file: string, text = 'export const b = 1;\n'): Promise<void> => {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), text);
      };
      for (const [file, imported] of [...ALLOWED, ...FORBIDDEN]) {
        if (imported.startsWith('.')) await write(`${join(dirname(file), imported)}.ts`);
      }
      await write('src/core/text/y.ts', `import './x';\n`);
      for (const [file, imported] of [...ALLOWED, ...FORBIDDEN]) await write(file, `import '${imported}';\n`);
      await write('tsconfig.base.json', '{}');
      await write('package.json', '{ "name": "imports", "dependencies": { "commander": "*", "zod": "*" } }');
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
      found = await violations(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const [file, imported] of ALLOWED) {
    it(`let ${file} import ${imported}`, () => {
      assert.deepEqual(rulesBrokenBy(file), []);
    });
  }

  for (const [file, imported, rule] of FORBIDDEN) {
    it(`keep ${file} from importing ${imported}`, () => {
      assert.ok(rulesBrokenBy(file).includes(rule), `broken: ${rulesBrokenBy(file).join('; ') || 'none'}`);
    });
  }

  function rulesBrokenBy(file: string): string[] {
    return found.filter(({ from }) => from === file).map(({ rule }) => rule.name);
  }
});

/** What the repository's rules object to in another folder. */
async function violations(folder: string): Promise<readonly Violation[]> {
  const program = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [program, '--config', join(ROOT, '.dependency-cruiser.mjs'), '--output-type', 'json', 'src', 'webview'];
  // It ends with the number of violations.
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }).catch((error: unknown) => ({
    stdout: (error as { stdout?: string }).stdout ?? '',
  }));
  const report = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  return report.summary.violations;
}
