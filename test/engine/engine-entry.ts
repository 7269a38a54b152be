/** Where tests of the engine process find its program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** The built engine; built here, beside the caches, when nobody has built the package yet. */
export async function engineEntry(): Promise<string> {
  const built = join(ROOT, 'dist', 'engine.js');
  if (existsSync(built)) return built;
  const outfile = join(ROOT, '.cache', 'test', 'engine.js');
  await build({
    entryPoints: [join(ROOT, 'src', 'engine', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  return outfile;
}
