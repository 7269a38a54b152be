import { resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import { componentName, type Component } from '../../core/format/component';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { Problem } from '../../core/problem';
import { DEFAULT_DEVICE } from '../../core/protocol/device';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { readThrough } from '../../core/protocol/model-fingerprint';
import type { CallContext } from '../../core/call-context';
import { AT_ONCE } from '../../files/folder-states';
import { fingerprintOf } from '../../model/checkpoint/fingerprint';
import type { LensInUse } from '../../model/lens/lens-file';
import { LensShelf } from '../../model/lens/lens-shelf';
import type { PassIntervention } from '../interventions/intervene';
import type { PromptMeans } from '../interventions/prompt-means';
import type { HandlerContext } from './engine-handlers';
import type { AskedIntervention, Changes, MeanPrompts } from './interventions';
import type { LoadOptions } from '../runtime/load-options';
import type { OpenModel, Prompt } from './runnable-model';

/**
 * Passes kept for a second look at another layer, position or target: two sides of a comparison, what-ifs of both, and the
 * prompts that these patch from. A pass holds `T·d·(L+1)` floats.
 */
const PASSES_KEPT = 6;

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
  private held: { readonly key: string; readonly open: OpenModel; readonly lenses: LensShelf; lens: LensInUse | null } | null = null;
  /** by prompt */
  private readonly passes = new LRUCache<string, KeptPass>({ max: PASSES_KEPT });

  /** @param load reads a model from an absolute folder */
  constructor(private readonly load: (folder: string, context: CallContext, options: LoadOptions) => Promise<OpenModel>) {}

  /** The model of a folder: at once when it is the one in memory and its files are unchanged. */
  async open({ folder, ignoreMemory = false, device = DEFAULT_DEVICE, lens }: ModelRef, context: HandlerContext): Promise<OpenModel> {
    const path = resolve(folder);
    const fingerprint = await fingerprintOf(path, AT_ONCE);
    const key = `${fingerprint} ${ignoreMemory} ${device}`;
    if (this.held?.key !== key) {
      await this.release();
      const loaded = await this.load(path, context, { ignoreMemory, device });
      this.held = { key, open: loaded, lenses: new LensShelf(path, loaded.model.info), lens: null };
    }
    const { open, lenses } = this.held;
    this.held.lens = await lenses.use(lens);
    await open.model.readThrough(this.held.lens);
    const { info, kept, device: running, report } = open.model;
    context.opened({
      info,
      fingerprint: readThrough(fingerprint, info.lens),
      ...(kept && { kept }),
      ...(running && { device: running }),
      ...(report && { report }),
    });
    return open;
  }

  /** The lenses of the model in memory. */
  get lenses(): LensShelf {
    if (this.held === null) throw new Problem('internal', 'No model is open.');
    return this.held.lenses;
  }

  /**
   * Does something while the model in memory is read through another lens, and then reads it as before.
   *
   * @throws Problem as `LensShelf.use`
   */
  async through<T>(lens: string, work: () => Promise<T>): Promise<T> {
    const { held } = this;
    if (held === null) throw new Problem('internal', 'No model is open.');
    try {
      await held.open.model.readThrough(await held.lenses.use(lens));
      return await work();
    } finally {
      await held.open.model.readThrough(held.lens);
    }
  }

  /** The pass of a prompt through the model in memory, from memory where the same was asked lately. */
  async forward(open: OpenModel, prompt: Prompt, context: CallContext, changes?: Changes): Promise<InspectablePass> {
    if (changes === undefined) return this.remember(keyOf(prompt), context, (audience) => open.model.forward(prompt, audience));
    const run = async (audience: CallContext): Promise<InspectablePass> => {
      const ordinary = await this.forward(open, prompt, context);
      const interventions = await this.values(open, prompt, changes, audience, context);
      return open.model.intervene(ordinary, interventions, changes.position, audience);
    };
    return this.remember(`${keyOf(prompt)} with ${changesKey(changes)}`, context, run);
  }

  /** What takes the place of components: passes of other prompts, which are kept, and means over lists of them, which are not. */
  async values(
    open: OpenModel,
    prompt: Prompt,
    changes: Changes,
    context: CallContext,
    keeper: CallContext = context,
  ): Promise<PassIntervention[]> {
    const means = await this.means(open, changes, prompt, context);
    const interventions: PassIntervention[] = [];
    for (const { component, from } of changes.interventions) {
      const value = from && ('prompts' in from ? means(from) : await this.forward(open, from, keeper));
      interventions.push({ component, from: value });
    }
    return interventions;
  }

  /** Of every list of prompts all that is wanted at once: its passes are many, and not kept. */
  private async means(
    { model }: OpenModel,
    { interventions, position }: Changes,
    { tokens }: Prompt,
    context: CallContext,
  ): Promise<(list: MeanPrompts) => PromptMeans> {
    const wanted = new Map<string, { readonly list: MeanPrompts; readonly components: readonly Component[] }>();
    for (const { component, from } of interventions) {
      if (from && 'prompts' in from)
        wanted.set(listKey(from), { list: from, components: [...(wanted.get(listKey(from))?.components ?? []), component] });
    }
    const means = new Map<string, PromptMeans>();
    const edited = { length: tokens.length, studied: position };
    for (const [key, { list, components }] of wanted) means.set(key, await model.means(list, components, edited, context));
    return (list) => {
      const found = means.get(listKey(list));
      if (found === undefined) throw new Problem('internal', 'A mean was not computed.');
      return found;
    };
  }

  private async remember(
    key: string,
    context: CallContext,
    run: (audience: CallContext) => Promise<InspectablePass>,
  ): Promise<InspectablePass> {
    const kept = this.passes.get(key) ?? (await forAudience(run, context));
    kept.audience.caller = context;
    this.passes.set(key, kept);
    return kept.pass;
  }

  /** One step that makes the model in memory faster; whether there was one. To be called while no call is served. */
  async packNext(): Promise<boolean> {
    return (await this.held?.open.model.packNext?.()) ?? false;
  }

  private async release(): Promise<void> {
    const { held } = this;
    this.held = null;
    this.passes.clear();
    await held?.open.model.release();
  }
}

/** Names a prompt. */
function keyOf({ text, tokens, given }: Prompt): string {
  return JSON.stringify([text, tokens.map(({ id }) => id), given ?? null]);
}

/** Names interventions, in whatever order they are asked for. The position matters where a source of a head names no readers. */
function changesKey({ interventions, position }: Changes): string {
  const names = interventions.map(({ component, from }) => `${componentName(component)} ${fromKey(from)}`).sort();
  const isStudied = ({ component }: AskedIntervention) => component.kind === 'source' && component.positions === undefined;
  return JSON.stringify(interventions.some(isStudied) ? [...names, position] : names);
}

function fromKey(from: AskedIntervention['from']): string {
  if (from === null) return '';
  return 'prompts' in from ? `mean ${listKey(from)}` : keyOf(from);
}

/** Names a list of prompts: an answer says what it was called, so that the same prompts of two files are two lists. */
function listKey({ fingerprint, name }: MeanPrompts): string {
  return `${fingerprint} ${name ?? ''}`;
}

async function forAudience(run: (audience: CallContext) => Promise<InspectablePass>, caller: CallContext): Promise<KeptPass> {
  const audience: Audience = {
    caller,
    signal: {
      get aborted() {
        return audience.caller.signal.aborted;
      },
    },
    report: (progress) => audience.caller.report(progress),
  };
  return { pass: await run(audience), audience };
}
