import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parseDocument } from 'yaml';
import { STAGES } from '../../../scripts/test/stages.mjs';
import { ROOT } from '../../support/repository';

const WORKFLOWS = ['.github/workflows/ci.yml', '.github/workflows/release.yml'];
const FORMS = ['model-fails', 'number-looks-wrong', 'idea'].map((name) => `.github/ISSUE_TEMPLATE/${name}.yml`);

describe('what runs by itself', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  for (const file of [...WORKFLOWS, ...FORMS, '.github/ISSUE_TEMPLATE/config.yml', 'lefthook.yml']) {
    it(`is valid YAML in ${file}`, () => {
      const { errors, warnings } = parseDocument(read(file));
      assert.deepEqual([...errors, ...warnings].map(String), []);
    });
  }

  for (const file of [...WORKFLOWS, 'lefthook.yml', '.vscode/tasks.json', '.devcontainer/devcontainer.json']) {
    it(`calls only scripts and stages that exist in ${file}`, () => {
      const text = read(file);
      const called = [...text.matchAll(/npm run ([\w:-]+)/g), ...text.matchAll(/"script": "([\w:-]+)"/g)].map(([, name = '']) => name);
      const stages = [...text.matchAll(/--only ([\w,]+)/g)].flatMap(([, names = '']) => names.split(','));
      assert.deepEqual(
        called.filter((name) => !Object.hasOwn(scripts, name)),
        [],
      );
      assert.deepEqual(
        stages.filter((name) => !Object.hasOwn(STAGES, name)),
        [],
      );
    });
  }

  for (const file of WORKFLOWS) {
    it(`uses actions by their major versions in ${file}`, () => {
      const uses = [...read(file).matchAll(/uses: (.*)/g)].map(([, action = '']) => action);
      assert.ok(uses.length > 0);
      for (const action of uses) assert.match(action, /^actions\/[\w-]+@v\d+$/);
    });
  }

  it('starts files that exist, as npm scripts', () => {
    const files = Object.values(scripts).flatMap((command) => command.match(/\bscripts\/[\w./-]+/g) ?? []);
    assert.ok(files.length > 0);
    for (const file of files) assert.ok(read(file));
  });
});

describe('an issue form', () => {
  for (const file of FORMS) {
    it(`asks for what is needed, each question once, in ${file}`, () => {
      const form = parseDocument(read(file)).toJS() as Form;
      assert.ok(form.name && form.description);
      const questions = form.body.filter(({ type }) => type !== 'markdown');
      for (const { type, id, attributes } of questions) {
        assert.ok(['input', 'textarea', 'dropdown', 'checkboxes'].includes(type), type);
        assert.ok(id && attributes.label);
      }
      assert.equal(new Set(questions.map(({ id }) => id)).size, questions.length);
      assert.ok(questions.some(({ validations }) => validations?.required));
    });
  }
});

describe('F5', () => {
  const tasks = jsonc('.vscode/tasks.json').tasks as Task[];
  const configurations = jsonc('.vscode/launch.json').configurations as { preLaunchTask?: string; program?: string }[];

  it('starts tasks and programs that exist', () => {
    for (const { preLaunchTask } of configurations) {
      assert.ok(preLaunchTask === undefined || tasks.some(({ label }) => label === preLaunchTask), preLaunchTask);
    }
  });

  it('waits for the lines that a watching build prints', () => {
    const printed = [...read('esbuild.mjs').matchAll(/console\.log\('(.*?)'\)/g)].map(([, line = '']) => line);
    const watch = tasks.find(({ label }) => label === 'watch');
    const { beginsPattern, endsPattern } = watch?.problemMatcher.background ?? {};
    for (const pattern of [beginsPattern, endsPattern]) {
      const matching = printed.filter((line) => new RegExp(pattern ?? '$never').test(line));
      assert.equal(new Set(matching).size, 1, pattern);
    }
  });

  it('finds the file, line and message of what is wrong', () => {
    const { pattern } = tasks.find(({ label }) => label === 'watch')!.problemMatcher;
    const found = new RegExp(pattern.regexp).exec('src/core/problem.ts:92:17: error: Unexpected "="') ?? [];
    const { file, line, column, severity, message } = pattern;
    assert.deepEqual(
      [file, line, column, severity, message].map((group) => found[group]),
      ['src/core/problem.ts', '92', '17', 'error', 'Unexpected "="'],
    );
  });
});

interface Form {
  readonly name?: string;
  readonly description?: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string };
    readonly validations?: { readonly required?: boolean };
  }[];
}

interface Task {
  readonly label: string;
  readonly problemMatcher: {
    readonly background: { readonly beginsPattern: string; readonly endsPattern: string };
    readonly pattern: { regexp: string; file: number; line: number; column: number; severity: number; message: number };
  };
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** JSON with comments, as the editor's files are. */
function jsonc(file: string): Record<string, unknown> {
  const { config, error } = ts.parseConfigFileTextToJson(file, read(file));
  assert.equal(error, undefined);
  return config as Record<string, unknown>;
}
