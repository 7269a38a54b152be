/**
 * An ESLint rule for the direction of the rooms: core <- engine <- hub, core <- export, all of these <- host and cli, host <-
 * extension.ts, and core <- webview. A room uses only what it is given below, and a package that has one keeper is imported by
 * nobody else.
 */
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * What each room may use besides itself: other rooms, Node's own modules, other packages. A path belongs to the first room here
 * that it lies in; what lies in none, such as the tests, may use everything but kept packages.
 */
const ROOMS = {
  'src/core': { rooms: [], node: false, packages: ['zod'] },
  'src/engine': { rooms: ['src/core'], node: true },
  'src/hub': { rooms: ['src/core', 'src/engine'], node: true },
  'src/export': { rooms: ['src/core'], node: true },
  'src/host': { rooms: ['src/core', 'src/engine', 'src/hub', 'src/export'], node: true },
  'src/cli': { rooms: ['src/core', 'src/engine', 'src/hub', 'src/export'], node: true },
  src: { rooms: ['src/core', 'src/engine', 'src/hub', 'src/export', 'src/host'], node: true },
  webview: { rooms: ['src/core'], node: false },
};

/** Packages with one keeper: on the day that they are exchanged, one folder changes. */
const KEEPERS = {
  'onnxruntime-node': ['src/engine'],
  '@huggingface/hub': ['src/hub'],
  '@huggingface/tokenizers': ['src/engine/tokenizer'],
  'vis-network': ['webview/graph'],
  'vis-data': ['webview/graph'],
  '@vscode/webview-ui-toolkit': ['webview/controls'],
  vscode: ['src/host', 'src/extension.ts', 'test/vscode'],
};

/** @type {import('eslint').Rule.RuleModule} */
export const rooms = {
  meta: { type: 'problem', docs: { description: 'imports follow the direction of the rooms' }, schema: [] },
  create(context) {
    const file = inRepository(context.cwd, context.filename);
    const check = (/** @type {any} */ { source }) => {
      if (typeof source?.value !== 'string') return;
      const message = objection(file, source.value);
      if (message) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

/**
 * @param {string} file path within the repository of the file that imports
 * @param {string} specifier what it imports
 * @returns {string | undefined} what is wrong with that
 */
function objection(file, specifier) {
  const from = roomOf(file);
  if (specifier.startsWith('.')) {
    const to = roomOf(inRepository('/', resolve('/', dirname(file), specifier)));
    if (from === undefined || to === undefined || to === from || ROOMS[from].rooms.includes(to)) return undefined;
    return `${from} may not use ${to}.`;
  }
  if (specifier.startsWith('node:')) {
    return from === undefined || ROOMS[from].node ? undefined : `${from} runs where Node is not.`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const keepers = KEEPERS[name];
  if (keepers) return keepers.some((keeper) => within(file, keeper)) ? undefined : `Only ${keepers.join(', ')} may import ${name}.`;
  const packages = from === undefined ? undefined : ROOMS[from].packages;
  return packages === undefined || packages.includes(name) ? undefined : `${from} may import no package but ${packages.join(', ')}.`;
}

function roomOf(/** @type {string} */ path) {
  return Object.keys(ROOMS).find((room) => within(path, room));
}

function within(/** @type {string} */ path, /** @type {string} */ place) {
  return path === place || path.startsWith(`${place}/`);
}

function inRepository(/** @type {string} */ root, /** @type {string} */ path) {
  return relative(root, path).split(sep).join('/');
}
