import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { InspectablePass } from '../../core/graph/pass';
import type { ModelRef } from '../../core/protocol/engine';
import type { CallContext } from '../../core/protocol/rpc';
import type { OpenModel, Prompt, RunnableModel } from './runnable-model';

/** Passes kept for a second look at another layer, position or target. A pass holds `T·d·(L+1)` floats. */
const PASSES_KEPT = 4;

/** Files that decide what a checkpoint is; when one changes, the model is loaded anew. */
const WATCHED = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'model.safetensors.index.json'];

/** Where the progress of a pass goes, and who may cancel it: whichever call looks into it now. */
interface Audience extends CallContext {
  caller: CallContext;
}

/** A pass that outlives the call that made it. */
interface KeptPass {
  readonly pass: InspectablePass;
  readonly audience: Audience;
}

/**
 * The one model in memory, and its recent passes. Calls come one at a time, so no two of them load at once.
 */
export class CurrentModel {
  private held: { readonly key: string; readonly open: OpenModel } | null = null;
  /** by prompt, least recently used first */
  private readonly passes = new Map<string, KeptPass>();

  /** @param load reads a model from an absolute folder; `insist`: even where memory is short */
  constructor(private readonly load: (folder: string, context: CallContext, insist: boolean) => Promise<OpenModel>) {}

  /** The model of a folder: at once when it is the one in memory and its files are unchanged. */
  async open({ folder, ignoreMemory = false }: ModelRef, context: CallContext): Promise<OpenModel> {
    const path = resolve(folder);
    const key = `${await versionOf(path)} ${ignoreMemory}`;
    if (this.held?.key === key) return this.held.open;
    await this.release();
    const open = await this.load(path, context, ignoreMemory);
    this.held = { key, open };
    return open;
  }

  /** The pass of a prompt through the model in memory, from memory where the prompt is a recent one. */
  async forward({ model }: OpenModel, prompt: Prompt, context: CallContext): Promise<InspectablePass> {
    const key = JSON.stringify([prompt.text, prompt.tokens.map(({ id }) => id)]);
    const kept = this.passes.get(key) ?? (await run(model, prompt, context));
    kept.audience.caller = context;
    this.passes.delete(key);
    this.passes.set(key, kept);
    for (const oldest of this.passes.keys()) {
      if (this.passes.size <= PASSES_KEPT) break;
      this.passes.delete(oldest);
    }
    return kept.pass;
  }

  private async release(): Promise<void> {
    const { held } = this;
    this.held = null;
    this.passes.clear();
    await held?.open.model.release();
  }
}

async function run(model: RunnableModel, prompt: Prompt, caller: CallContext): Promise<KeptPass> {
  const audience: Audience = {
    caller,
    signal: {
      get aborted() {
        return audience.caller.signal.aborted;
      },
    },
    report: (progress) => audience.caller.report(progress),
  };
  return { pass: await model.forward(prompt, audience), audience };
}

/** Names a folder's present content: its path, and size and date of the files that matter. */
async function versionOf(folder: string): Promise<string> {
  const states = WATCHED.map(async (name) => {
    const state = await stat(join(folder, name)).catch(() => null);
    return state && `${state.size}@${state.mtimeMs}`;
  });
  return JSON.stringify([folder, ...(await Promise.all(states))]);
}
