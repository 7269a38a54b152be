import { createHash } from 'node:crypto';
import {
  componentInWords,
  componentName,
  EXPERT_EXAMPLES,
  expertInWords,
  isActivation,
  parseComponent,
  partName,
  type Activation,
  type Component,
} from '../../core/format/component';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { Intervention } from '../../core/format/intervention';
import { positionsInWords } from '../../core/format/positions';
import { assertNever, Problem } from '../../core/problem';
import { countAt, hasCounterpart, placed, type PlacedComponent } from '../interventions/component-values';
import { checkAdapterPart } from './adapter-parts';
import { readPrompt } from './prompt';
import type { OpenModel, Prompt } from './runnable-model';

/** Prompts that a mean is taken over. */
export interface MeanPrompts {
  readonly prompts: readonly Prompt[];
  /** what they are called together */
  readonly name?: string | undefined;
  /** SHA-256 of their token ids */
  readonly fingerprint: string;
}

/** A component that this model has, and the prompt whose value, or the prompts whose mean, it is to have; null: it is switched off. */
export interface AskedIntervention {
  readonly component: Component;
  readonly from: Prompt | MeanPrompts | null;
}

/** What is changed of a model while a prompt runs. */
export interface Changes {
  readonly interventions: readonly AskedIntervention[];
  /** where sources of heads are changed that name no readers */
  readonly position: number;
}

/**
 * Checks interventions against the model, the prompt and the position under study; undefined where there are none.
 *
 * @throws Problem `no-such-component`, `position-out-of-range`, `bad-request` when a component is named twice at a position, and
 *   what is wrong with a prompt
 */
export function readInterventions(
  interventions: readonly Intervention[] | undefined,
  prompt: Prompt,
  position: number,
  open: OpenModel,
): Changes | undefined {
  if (interventions === undefined || interventions.length === 0) return undefined;
  const taken = new Map<string, Set<number>>();
  const lists = new PromptLists(open);
  const asked = interventions.map((intervention): AskedIntervention => {
    const component = parseComponent(intervention.component);
    if (!isActivation(component)) {
      checkAdapterPart(component, intervention.mode, open.model.info, taken);
      taken.set(partName(component), new Set());
      return { component, from: null };
    }
    checkExists(component, position, open);
    const place = placed(component, prompt.tokens.length, position);
    checkReaders(place);
    checkOnce(place, taken);
    switch (intervention.mode) {
      case 'zero':
        return { component, from: null };
      case 'patch': {
        const from = readPrompt(intervention.from, open, `The prompt that ${componentInWords(component)} is taken from`);
        checkCounterpart(place, from);
        return { component, from };
      }
      case 'mean': {
        const from = lists.read(intervention, component);
        checkMean(place, from);
        return { component, from };
      }
      default:
        return assertNever(intervention);
    }
  });
  return { interventions: asked, position };
}

/** Lists of prompts, of which several interventions may name the same. */
class PromptLists {
  private readonly known = new Map<string, MeanPrompts>();

  constructor(private readonly open: OpenModel) {}

  read({ over: inputs, name }: Extract<Intervention, { readonly mode: 'mean' }>, component: Component): MeanPrompts {
    const key = JSON.stringify([inputs, name]);
    const known = this.known.get(key);
    if (known) return known;
    const what = `the mean of ${componentInWords(component)}`;
    if (inputs.length === 0) throw new Problem('bad-request', `There are no prompts for ${what}.`, 'Give at least one prompt.');
    const prompts = inputs.map((input, i) => readPrompt(input, this.open, `Prompt ${i + 1} of ${inputs.length} for ${what}`));
    const ids = JSON.stringify(prompts.map(({ tokens }) => tokens.map(({ id }) => id)));
    const list = { prompts, name, fingerprint: createHash('sha256').update(ids).digest('hex') };
    this.known.set(key, list);
    return list;
  }
}

/** What components are counted in. */
type Counted = 'layer' | 'neuron' | 'expert' | 'head' | 'position';

/** @throws Problem `no-such-component` for a neuron, or an expert, that its layer does not have */
function checkNeuron(
  component: Component,
  { experts, dMlp }: ModelInfo,
  check: (value: number, count: number, what: Counted, has: string) => void,
): void {
  if (component.kind !== 'neuron' && component.kind !== 'expert') return;
  const { layer, expert } = component;
  const mixture = experts?.layers.includes(layer) ? experts : undefined;
  const named = componentInWords(component);
  if (expert === undefined) {
    if (component.kind !== 'neuron') return;
    if (mixture === undefined) return check(component.neuron, experts?.dense ?? dMlp, 'neuron', `layer ${layer} has`);
    throw new Problem(
      'no-such-component',
      `There is no ${named}: the layer is a mixture of experts, whose neurons are those of an expert.`,
      `Name its expert: ${EXPERT_EXAMPLES}.`,
    );
  }
  if (mixture === undefined || (expert === 'shared' && mixture.shared === undefined)) {
    throw new Problem(
      'no-such-component',
      `There is no ${named}: layer ${layer} has no ${mixture ? 'shared expert' : 'experts'}.`,
      mixture ? `Choose one of its ${mixture.count} experts.` : withExperts(experts?.layers),
    );
  }
  if (expert !== 'shared') check(expert, mixture.count, 'expert', `layer ${layer} has`);
  if (component.kind === 'neuron') {
    check(component.neuron, expert === 'shared' ? (mixture.shared ?? 0) : mixture.dMlp, 'neuron', `${expertInWords(expert)} has`);
  }
}

/** Where there are experts to choose. */
function withExperts(layers: readonly number[] = []): string {
  const [first] = layers;
  return first === undefined ? 'Choose a head, a layer or a neuron.' : `Choose a layer that has experts, such as ${first}.`;
}

function checkExists(component: Activation, position: number, { model: { info } }: OpenModel): void {
  const check = (value: number, count: number, what: Counted, has: string): void => {
    if (value < count) return;
    const those = count === 1 ? `${what} 0 only` : `${what}s 0 to ${count - 1}`;
    throw new Problem(
      'no-such-component',
      `There is no ${componentInWords(component)}: ${has} ${those}.`,
      count === 1 ? `Choose ${what} 0.` : `Choose one of these ${what}s.`,
    );
  };
  check(component.layer, info.nLayers, 'layer', `${info.name} has`);
  checkNeuron(component, info, check);
  if (component.kind === 'head' || component.kind === 'source') check(component.head, info.nHeads, 'head', `layer ${component.layer} has`);
  if (component.kind === 'source' && component.positions === undefined) {
    check(component.source, position + 1, 'position', `the token at position ${position} reads`);
  }
}

/** A head reads nothing that comes later. */
function checkReaders({ component, positions, length }: PlacedComponent): void {
  const [first] = positions;
  if (component.kind !== 'source' || component.source <= first) return;
  const { source } = component;
  const isThere = source < length;
  throw new Problem(
    'no-such-component',
    isThere
      ? `Position ${first} cannot read position ${source}, which comes later.`
      : `There is no position ${source} to read: the prompt has ${length} tokens, counted from 0.`,
    isThere ? `Name readers from ${source} on, such as @${source}--1 for all of them.` : undefined,
  );
}

/** The same component may be changed in several ways as long as each has positions of its own. */
function checkOnce({ component, positions, length }: PlacedComponent, taken: Map<string, Set<number>>): void {
  const name = partName(component);
  const before = taken.get(name) ?? new Set<number>();
  const twice = positions.filter((position) => before.has(position));
  if (twice.length > 0) {
    const where = twice.length === length ? '' : ` ${positionsInWords(twice.map((position) => ({ from: position, to: position })))}`;
    throw new Problem('bad-request', `${name} is changed twice${where}.`, 'Name each component only once, or at different positions.');
  }
  taken.set(name, new Set([...before, ...positions]));
}

/**
 * A position that is named, or a source, for which the other prompt is too short would be left as it is, without a word. Where all
 * positions are meant, those that the other prompt has are.
 */
function checkCounterpart(place: PlacedComponent, from: Prompt): void {
  const { component, positions } = place;
  if (component.kind !== 'source' && component.positions === undefined) return;
  const missing = positions.find((position) => !hasCounterpart(place, position, from.tokens.length));
  if (missing === undefined) return;
  const position = component.kind === 'source' ? component.source : missing;
  throw new Problem(
    'no-such-component',
    `The prompt that ${componentInWords(component)} is taken from is too short: aligned from the end, none of its tokens (${from.tokens.length}) corresponds to position ${position}.`,
    'Use a longer prompt.',
  );
}

/** A mean over no prompt is none. */
function checkMean(place: PlacedComponent, list: MeanPrompts): void {
  const { component, positions, length } = place;
  const missing = positions.find((position) => countAt(list, place, position) === 0);
  if (missing === undefined) return;
  const longest = Math.max(...list.prompts.map(({ tokens }) => tokens.length));
  const position = component.kind === 'source' ? component.source : missing;
  const all = component.kind !== 'source' && component.positions === undefined;
  throw new Problem(
    'no-such-component',
    `The prompts for the mean of ${componentInWords(component)} are too short: aligned from the end, none of them (the longest has ${longest} token${longest === 1 ? '' : 's'}) has a token that corresponds to position ${position}.`,
    all
      ? `Use longer prompts, or change only the last positions: ${componentName(component)}@${length - longest}-${length - 1}.`
      : 'Use longer prompts.',
  );
}
