/**
 * Builds every target into dist/: one call each, because each runs somewhere else.
 *   node esbuild.mjs            once
 *   node esbuild.mjs --watch    and again on every change
 */
import esbuild from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const watch = process.argv.includes('--watch');
if (!watch) await rm('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  sourcemap: true,
  minifyWhitespace: !watch,
  minifySyntax: !watch,
  // while watching, the lines are for the problem matcher in .vscode/tasks.json
  logLevel: watch ? 'silent' : 'warning',
  legalComments: 'linked',
};

/** Code that Node runs. onnxruntime-node is a native module: it stays outside the bundle. */
/** @type {import('esbuild').BuildOptions} */
const node = {
  ...shared,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'onnxruntime-node'],
  // zod asks it for Cloudflare's workers, and VS Code's extension host logs an error for every extension that asks
  define: { navigator: 'undefined' },
};

/**
 * What is imported when something is asked for is in files of its own, so that the start of the extension does not read it. esbuild
 * splits ES modules alone, and what VS Code starts from is CommonJS: every file is translated once more.
 * @type {import('esbuild').Plugin}
 */
const splitIntoCommonJs = {
  name: 'split-into-common-js',
  setup(build) {
    Object.assign(build.initialOptions, { format: 'esm', splitting: true, sourcemap: 'inline', write: false });
    build.onEnd(async ({ outputFiles = [] }) => {
      await Promise.all(
        outputFiles.map(async ({ path, text }) => {
          await mkdir(dirname(path), { recursive: true });
          if (!path.endsWith('.js')) return writeFile(path, text);
          const { code, map } = await esbuild.transform(withOneInterface(text), { ...translation, sourcefile: path });
          await writeFile(`${path}.map`, map);
          return writeFile(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
        }),
      );
    });
  },
};

/**
 * One import of VS Code's interface for all modules in a file. esbuild leaves each its own, and each would copy the whole interface. What
 * takes the place of an import is as long as it was, so that the source map holds.
 * @param {string} text
 */
function withOneInterface(text) {
  /** @type {string | undefined} */
  let first;
  return text.replace(/import\s*\*\s*as\s*([\w$]+)\s*from\s*"vscode";/g, (statement, name) => {
    if (first !== undefined) return `var ${name}=${first};`.padEnd(statement.length);
    first = name;
    return statement;
  });
}

/** @type {import('esbuild').TransformOptions} */
const translation = {
  format: 'cjs',
  platform: 'node',
  target: node.target,
  // what is imported later is required: Node would look through its text for what it exports, and VS Code’s older hosts know modules by their path
  supported: { 'dynamic-import': false },
  sourcemap: true,
  minifyWhitespace: !watch,
  minifySyntax: !watch,
  legalComments: 'inline',
};

/** @type {import('esbuild').BuildOptions[]} */
const targets = [
  {
    ...node,
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    chunkNames: 'extension/[name]-[hash]',
    plugins: [splitIntoCommonJs],
  },
  { ...node, entryPoints: { engine: 'src/engine/main.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...shared,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minifyIdentifiers: !watch,
    entryPoints: { inspector: 'webview/main.ts' },
    outdir: 'dist/webview',
  },
];

if (watch) {
  const watched = reporter(targets.length);
  await Promise.all(
    targets.map(async (target) => (await esbuild.context({ ...target, plugins: [...(target.plugins ?? []), watched] })).watch()),
  );
} else {
  await Promise.all(targets.map((target) => esbuild.build(target)));
}

/**
 * Says when builds begin and when all of them have ended, with one line for each thing that is wrong.
 * @param {number} building how many builds begin at once
 * @returns {import('esbuild').Plugin} the same for each of them
 */
function reporter(building) {
  let running = 0;
  let first = building;
  console.log('[watch] build started');
  return {
    name: 'reporter',
    setup(build) {
      build.onStart(() => {
        // the first build of each target is counted as one
        if (first === 0 && running === 0) console.log('[watch] build started');
        running++;
      });
      build.onEnd(({ errors, warnings }) => {
        for (const [severity, messages] of Object.entries({ error: errors, warning: warnings })) {
          for (const { location, text } of messages) {
            console.log(`${location?.file ?? 'esbuild.mjs'}:${location?.line ?? 1}:${(location?.column ?? 0) + 1}: ${severity}: ${text}`);
          }
        }
        running--;
        if (first > 0) first--;
        if (first === 0 && running === 0) console.log('[watch] build finished');
      });
    },
  };
}
