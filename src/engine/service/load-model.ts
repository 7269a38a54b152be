import { Problem } from '../../core/problem';
import type { CallContext } from '../../core/call-context';
import { withCopies } from '../../model/checkpoint/copies';
import type { TokenizerSource } from '../../model/checkpoint/checkpoint';
import { openCheckpoint } from '../../model/checkpoint/open';
import type * as Session from '../runtime/loaded-model';
import { loadEndTokens } from '../../model/tokenizer/end-tokens';
import { loadTokenizer } from '../../model/tokenizer/load';
import { loadChatTemplate } from '../../model/tokenizer/chat/load';
import type { LoadOptions } from '../runtime/load-options';
import type { OpenModel } from './runnable-model';

/**
 * Reads a checkpoint folder and makes it ready to run.
 * @throws Problem `platform-unsupported`, `device-unavailable`, `out-of-memory`, `memory-low`, `io`, and whatever is wrong with the checkpoint
 */
export async function loadModel(folder: string, context: CallContext, options: LoadOptions): Promise<OpenModel> {
  const { LoadedModel } = await loadSession();
  context.report({ message: 'Reading the checkpoint', done: 0 });
  const checkpoint = await withCopies(await openCheckpoint(folder));
  const found = await readTokenizer(checkpoint.tokenizer);
  return {
    model: await LoadedModel.load(checkpoint, found.tokenizer, context, { ...options, log }),
    ...found,
    endTokens: await loadEndTokens(checkpoint),
    chatTemplate: () => loadChatTemplate(checkpoint.tokenizer),
  };
}

/** What the process prints as errors goes to the log of the process that started it. */
function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The tokenizer, or why it cannot be used: a model whose tokenizer is of another kind still runs token ids. @throws Problem `io` */
async function readTokenizer(source: TokenizerSource): Promise<Pick<OpenModel, 'tokenizer' | 'tokenizerProblem'>> {
  try {
    return { tokenizer: await loadTokenizer(source) };
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'tokenizer-invalid') throw error;
    return { tokenizer: null, tokenizerProblem: error };
  }
}

let session: Promise<typeof Session> | undefined;

/**
 * The part of the engine that needs onnxruntime. Imported when a model is first loaded, so that a missing native module
 * is the answer to a call and not the end of the process.
 */
function loadSession(): Promise<typeof Session> {
  session ??= importSession();
  return session;
}

async function importSession(): Promise<typeof Session> {
  if (process.platform === 'darwin' && process.arch === 'x64') {
    throw new Problem(
      'platform-unsupported',
      'Macs with Intel processors are not supported: onnxruntime, which runs the model, is no longer built for them.',
      'Open the folder on another machine, for example over SSH or in a container.',
    );
  }
  try {
    return await import('../runtime/loaded-model');
  } catch (error) {
    const [reason] = Problem.from(error).message.split('\n', 1);
    throw new Problem(
      'platform-unsupported',
      `onnxruntime, which runs the model, cannot be loaded on ${process.platform}-${process.arch}: ${reason}.`,
      'Install the package that was built for this platform.',
      { cause: error },
    );
  }
}
