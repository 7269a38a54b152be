/** The WebAssembly of the engine, from its source. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(__dirname, '../../src/engine/blocks');

/** The file that holds what is compiled. */
export const KERNEL_BYTES = path.join(FOLDER, 'kernel-bytes.ts');

/** What that file has to hold. */
export async function compiledKernel(): Promise<string> {
  const source = 'kernel.as.ts';
  const { default: asc } = await import('assemblyscript/asc');
  let compiled: Uint8Array | undefined;
  const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--outFile', 'kernel.wasm'];
  const { error, stderr } = await asc.main([source, ...options], {
    readFile: (name) => (name === source ? readFileSync(path.join(FOLDER, name), 'utf8') : null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') compiled = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || compiled === undefined) throw new Error(`${source} does not compile: ${error?.message}\n${stderr.toString()}`);
  return `/** What \`npm run kernel\` makes of kernel.as.ts, in Base64: the only copy there is at run time. */
export const KERNEL =
  '${Buffer.from(compiled).toString('base64')}';
`;
}
