/**
 * What parts two passes: parts of the model whose value on the left side, put into the right one, would take the right answer back. The
 * candidates are guesses, by estimated effect and by share; each is then measured. docs/method.md, "Story of a comparison".
 */
import type { CallContext } from '../call-context';
import { answer, askOf, settledTargets, type ComparedPass } from '../compare/contrast';
import type { Contrast } from '../format/comparison';
import { areRivals, componentName, containing, parseComponent, partName, type Component } from '../format/component';
import type { ModelInfo, TokenScore } from '../format/flow-graph';
import type { InspectablePass } from '../pass/inspectable-pass';
import { writtenIn, type Target } from '../pass/lens';
import { readingAt, topAt } from '../pass/reading';
import { rowOf, sumRows } from '../pass/vector';
import { buildEffects } from './effects';
import { headsOf } from './read-heads';
import { buildStoryDifference, type DifferenceSide, type OfSides, type StoryDifference } from './story-difference';

/** Heads of one layer that read one token, or a feed-forward layer, at one position of either prompt. */
export interface DifferenceCandidate {
  readonly kind: 'heads' | 'mlp';
  readonly layer: number;
  /** where it acts in either prompt, as far from the ends */
  readonly at: OfSides<number>;
  /** strongest first; empty for a feed-forward layer */
  readonly heads: readonly number[];
  /** what the heads read in either prompt */
  readonly reads?: OfSides<number>;
  /** names of its components in the right prompt, with their positions: what takes its value from the left one */
  readonly components: readonly string[];
  /** what it writes on either side, as tokens */
  readonly writes: OfSides<readonly TokenScore[]>;
}

/** What is said again of either side. */
export type BriefSide = Pick<DifferenceSide, 'prompt' | 'tokens' | 'position' | 'target' | 'interventions'>;

/** The answer of the `differenceCauses` call: guesses, none of them measured. */
export interface DifferenceCandidates extends OfSides<BriefSide> {
  readonly schema: 'visit.difference-candidates/1';
  readonly model: ModelInfo;
  readonly contrast: Contrast;
  /** why nothing can be measured; absent where it can */
  readonly unmeasured?: 'positions';
  /** how many causes are wanted: fewer than candidates */
  readonly wanted: number;
  /** in the order in which they are best measured */
  readonly candidates: readonly DifferenceCandidate[];
}

/** The answer of the `checkDifference` call: how the right pass ends with values of the left one. */
export interface DifferenceCheck {
  readonly schema: 'visit.difference-check/1';
  /** as they were asked for */
  readonly components: readonly string[];
  /** the contrast that is left in the right pass */
  readonly contrast: number;
  /** probabilities of either side's target there */
  readonly probability: OfSides<number>;
  readonly predicts: TokenScore;
}

/** A candidate that has been measured. */
export interface DifferenceCause extends DifferenceCandidate {
  /** the right pass with its value from the left one */
  readonly moved: Pick<DifferenceCheck, 'contrast' | 'probability' | 'predicts'>;
}

/** What is known of the causes so far. */
export interface DifferenceExplanation extends Omit<DifferenceCandidates, 'schema' | 'wanted' | 'candidates'> {
  readonly schema: 'visit.difference-explanation/1';
  /** the largest change of the contrast first */
  readonly causes: readonly DifferenceCause[];
}

/** What decides the candidates besides the two passes. */
export interface DifferenceCauseOptions {
  /** how many causes are wanted */
  readonly causes: number;
  /** tokens of what each writes */
  readonly tokens: number;
}

/** For each cause that is wanted so many candidates are measured. */
const MEASURED = { byEffect: 1.2, byShare: 1 } as const;

/** Components that are ranked by estimated effect. */
const RANKED = 60;

/** A head belongs to a cause where its effect is at least this part of the strongest one's. */
const MATTERS = 0.15;

/** A candidate before it is known what it writes. */
type Found = Omit<DifferenceCandidate, 'writes' | 'components'>;

/**
 * Goes back through the right pass once, with the left one as its baseline, where the model is not changed there.
 *
 * @throws Problem `cancelled`, and as `buildEffects`
 */
export async function findDifferenceCauses(
  sides: OfSides<ComparedPass>,
  { causes: wanted, tokens }: DifferenceCauseOptions,
  context: CallContext,
): Promise<DifferenceCandidates> {
  const difference = await buildStoryDifference(sides, { tokens, labelled: 0 }, context);
  const { left, right, contrast, model } = difference;
  const brief = ({ prompt, tokens: all, position, target, interventions }: DifferenceSide): BriefSide => ({
    prompt,
    tokens: all,
    position,
    target,
    ...(interventions && { interventions }),
  });
  const said = {
    schema: 'visit.difference-candidates/1',
    model,
    left: brief(left),
    right: brief(right),
    contrast,
    wanted,
  } as const;
  // Patched values are aligned from the end: elsewhere they would be those of another token.
  const shift = left.tokens.length - right.tokens.length;
  if (left.position - right.position !== shift) return { ...said, unmeasured: 'positions', candidates: [] };
  const changed = (right.interventions ?? []).map(({ component }) => parseComponent(component));
  const found = distinct([
    ...(right.interventions ? [] : await byEffect(sides, shift, context)).slice(0, Math.ceil(MEASURED.byEffect * wanted)),
    ...byShare(difference).slice(0, Math.ceil(MEASURED.byShare * wanted)),
  ]).filter((each) => isFree(each, changed));
  const writes = {
    left: await writtenBy(found, sides.left, 'left', tokens),
    right: await writtenBy(found, sides.right, 'right', tokens),
  };
  const candidates = found.map((each, i): DifferenceCandidate => ({
    ...each,
    components: componentsOf(each).map(componentName),
    writes: { left: writes.left[i], right: writes.right[i] },
  }));
  return { ...said, candidates };
}

/** What is known of the causes so far. @param checks by candidate, in their order; undefined: not measured yet */
export function differenceExplained(
  { schema: _, wanted, candidates, ...found }: DifferenceCandidates,
  checks: readonly (DifferenceCheck | undefined)[],
): DifferenceExplanation {
  const causes = candidates.flatMap((candidate, i): DifferenceCause[] => {
    const check = checks[i];
    if (check === undefined) return [];
    const { contrast, probability, predicts } = check;
    return [{ ...candidate, moved: { contrast, probability, predicts } }];
  });
  const size = ({ moved }: DifferenceCause): number => Math.abs(found.contrast.right - moved.contrast);
  const strongest = causes.sort((a, b) => size(b) - size(a)).slice(0, wanted);
  return { ...found, schema: 'visit.difference-explanation/1', causes: strongest };
}

/** Whether it is not changed already: what is put into a part that an intervention sets would not be seen. */
function isFree(found: Found, changed: readonly Component[]): boolean {
  return componentsOf(found).every((component) => {
    const names = [component, ...containing(component)].map(partName);
    return changed.every((other) => !names.includes(partName(other)) && !areRivals(componentName(component), componentName(other)));
  });
}

/** The parts whose replacement by the left side's is estimated to do most. */
async function byEffect({ left, right }: OfSides<ComparedPass>, shift: number, context: CallContext): Promise<Found[]> {
  const { left: l, right: r } = await settledTargets({ left, right });
  const { position } = right.options;
  const against = l.id === r.id ? r.against : l.id;
  const { strongest } = await buildEffects(
    right.pass,
    {
      position,
      target: { id: r.id },
      ...(against !== undefined && { against }),
      ...(r.measure && { measure: r.measure }),
      baseline: { kind: 'twin', pass: left.pass },
      strongest: RANKED,
      kinds: ['head', 'mlp'],
    },
    context,
  );
  const groups = new Map<string, { readonly found: Found; readonly first: number; estimated: number; heads: number[] }>();
  for (const { kind, layer, head, position: at, estimated, reads } of strongest) {
    if (at + shift < 0 || Number.isNaN(estimated)) continue;
    const key = [kind, layer, at, kind === 'head' ? reads?.source : ''].join(' ');
    const group = groups.get(key);
    if (group === undefined) {
      const places = { left: at + shift, right: at };
      const source = reads?.source ?? at;
      const of = kind === 'head' ? { kind: 'heads' as const, reads: { left: source + shift, right: source } } : { kind: 'mlp' as const };
      const heads = head === undefined ? [] : [head];
      groups.set(key, { found: { ...of, layer, at: places, heads: [] }, first: estimated, estimated, heads });
    } else if (head !== undefined && estimated * group.first > 0 && Math.abs(estimated) >= MATTERS * Math.abs(group.first)) {
      group.heads.push(head);
      group.estimated += estimated;
    }
  }
  return [...groups.values()]
    .sort((a, b) => Math.abs(b.estimated) - Math.abs(a.estimated))
    .map(({ found, heads }) => ({ ...found, heads }));
}

/** The reads and feed-forward layers at the positions under study whose shares differ most. */
function byShare({ reads, layers, tokens, left, right }: StoryDifference): Found[] {
  const at = { left: left.position, right: right.position };
  const ofReads = reads.map((read) => {
    const pair = tokens[read.source];
    const found: Found = {
      kind: 'heads',
      layer: read.layer,
      at,
      heads: headsOf(read).map(({ head }) => head),
      ...(pair.left !== null && pair.right !== null && { reads: { left: pair.left, right: pair.right } }),
    };
    return { size: Math.abs(read.share), found };
  });
  const ofLayers = layers.map(({ layer, mlp = 0 }) => ({ size: Math.abs(mlp), found: { kind: 'mlp' as const, layer, at, heads: [] } }));
  return [...ofReads, ...ofLayers].sort((a, b) => b.size - a.size).map(({ found }) => found);
}

/** Of candidates with the same components the first, and of heads of one layer at one place those that are not in another. */
function distinct(all: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return all.filter(({ kind, layer, at, heads }) => {
    const names = kind === 'mlp' ? ['mlp'] : heads.map(String);
    const keys = names.map((name) => `${layer} ${at.right} ${name}`);
    const isNew = keys.some((key) => !seen.has(key));
    for (const key of keys) seen.add(key);
    return isNew;
  });
}

function componentsOf({ kind, layer, at, heads }: Found): Component[] {
  const positions = [{ from: at.right, to: at.right }];
  return kind === 'mlp' ? [{ kind, layer, positions }] : heads.map((head) => ({ kind: 'head', layer, head, positions }));
}

/** What each writes on one side, as tokens. */
async function writtenBy(
  all: readonly Found[],
  { pass, options: { position } }: ComparedPass,
  side: keyof OfSides<unknown>,
  tokens: number,
): Promise<TokenScore[][]> {
  const { dModel: d } = pass.model;
  if (all.length === 0) return [];
  const rows = new Float32Array(all.length * d);
  for (const [i, { kind, layer, at, heads }] of all.entries()) {
    const { attention, mlp } = await pass.block(layer, at[side]);
    rowOf(rows, i, d).set(kind === 'mlp' ? mlp.out : sumRows(attention.headOut, heads, d));
  }
  const batch = await pass.read(rows, { target: { id: 0 }, k: tokens, position, at: writtenIn(all) });
  return all.map((_, i) => topAt(batch, i, pass));
}

/** How the right pass ends with values of the left one. @param moved that pass */
export async function readDifferenceCheck(
  moved: InspectablePass,
  sides: OfSides<ComparedPass>,
  components: readonly string[],
): Promise<DifferenceCheck> {
  const targets = await settledTargets(sides);
  const { position } = sides.right.options;
  const final = rowOf(moved.stream[moved.model.nLayers], position, moved.model.dModel);
  const question = await askOf(moved, position, targets.left, targets.right);
  const read = async (target: Target) => readingAt(await moved.read(final, { target, k: 1, position }), 0, moved);
  const [l, r] = [await read(targets.left), await read(targets.right)];
  return {
    schema: 'visit.difference-check/1',
    components,
    contrast: answer(question, final) + question.bias,
    probability: { left: l.target.probability, right: r.target.probability },
    predicts: r.top[0],
  };
}
