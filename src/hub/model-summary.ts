/** What can be said of a checkpoint folder without loading its weights. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Problem, type ProblemData } from '../core/problem';
import type { ModelReport } from '../core/protocol/model-report';
import { partsOf } from '../model/checkpoint/gguf/parts';

/** See the head of this file. */
export interface ModelSummary {
  readonly folder: string;
  /** `model_type` of config.json; null where that cannot be read */
  readonly family: string | null;
  /** size of its files on the disk, each counted once */
  readonly bytes: number;
  /** why it cannot be run; null when it can */
  readonly problem: ProblemData | null;
  /** what of its files is honoured and what nothing reads; null when it cannot be run */
  readonly report: ModelReport | null;
}

/** Reads configuration and headers, and asks the engine's own check whether the model can be run. Never throws. */
export async function summarize(folder: string): Promise<ModelSummary> {
  const [family, bytes, outcome] = await Promise.all([familyOf(folder), bytesOf(folder), check(folder)]);
  return { folder, family, bytes, ...outcome };
}

/** Why a model that can be run reads no text; null where it does. A tokenizer may be large: this is asked of one model, not of all. Never throws. */
export async function tokenizerProblem(folder: string): Promise<ProblemData | null> {
  const { loadTokenizer } = await import('../model/tokenizer/load');
  const { openCheckpoint } = await import('../model/checkpoint/open');
  try {
    if ((await loadTokenizer((await openCheckpoint(folder)).tokenizer)) !== null) return null;
    return {
      code: 'tokenizer-missing',
      message: 'There is no tokenizer beside the weights, so that text cannot be read.',
      hint: NO_TOKENIZER,
    };
  } catch (thrown) {
    return Problem.from(thrown).toData();
  }
}

const NO_TOKENIZER = 'Token ids can be traced without it (visit trace --tokens).';

/** Whether a model can be run, and what of its files is then honoured. Never throws. */
async function check(folder: string): Promise<Pick<ModelSummary, 'problem' | 'report'>> {
  // Every family and format is read with it: most programs that list models start without asking for any.
  const { describeModel } = await import('../model/architecture/registry');
  const { openCheckpoint } = await import('../model/checkpoint/open');
  const { withCopies } = await import('../model/checkpoint/copies');
  try {
    return { problem: null, report: describeModel(await withCopies(await openCheckpoint(folder))).report };
  } catch (thrown) {
    return { problem: Problem.from(thrown).toData(), report: null };
  }
}

/** Read apart from the check, which says less of a model that it refuses. */
async function familyOf(folder: string): Promise<string | null> {
  const { readConfig } = await import('../model/checkpoint/open');
  try {
    const { model_type } = await readConfig(folder);
    return typeof model_type === 'string' ? model_type : null;
  } catch {
    return null;
  }
}

// A model in one file is that file itself, or that and the others that it is cut into.
async function bytesOf(folder: string): Promise<number> {
  const inFolder = await readdir(folder, { recursive: true }).catch(() => null);
  const paths = inFolder?.map((name) => join(folder, name)) ?? partsOf(basename(folder)).map((name) => join(dirname(folder), name));
  const files = await Promise.all(paths.map((path) => realpath(path).catch(() => null)));
  const sizes = await Promise.all(
    [...new Set(files)].map(async (file) => {
      const state = file === null ? null : await stat(file).catch(() => null);
      return state?.isFile() ? state.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
