/**
 * Compiles the kernel that dequantises blocks into `src/engine/blocks/kernel-bytes.ts`, a module that every bundler and test reads as any other.
 *   npm run kernel
 *   npm run kernel -- --check      ends with 1 when that file is out of date
 */
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../src/engine/blocks/', import.meta.url);
/** The compiler looks for .ts, which it is not: other tools would take it for TypeScript. */
const source = 'kernel.ts';
const file = fileURLToPath(new URL('kernel-bytes.ts', folder));

/** @type {Uint8Array | undefined} */
let compiled;
const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--outFile', 'kernel.wasm'];
const { error } = await asc.main([source, ...options], {
  stderr: process.stderr,
  readFile: (name) => (name === source ? readFileSync(new URL('kernel.as', folder), 'utf8') : null),
  writeFile: (_, contents) => {
    if (typeof contents !== 'string') compiled = contents;
  },
  listFiles: () => [],
});
if (error !== null || compiled === undefined) throw new Error(`kernel.as does not compile: ${error?.message}`);
const text = `/** What \`npm run kernel\` makes of kernel.as, in Base64. */
export const KERNEL =
  '${Buffer.from(compiled).toString('base64')}';
`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file} is out of date: npm run kernel`);
  process.exitCode = 1;
}
