/** The token under study: given, or what the model predicts; alone, or against another one. */
import { Problem } from '../problem';
import { rowOf } from './vector';
import type { FlowGraph, Reading, TokenScore } from '../format/flow-graph';
import type { InspectablePass } from './inspectable-pass';
import { measureOf, type LensBatch, type LensRequest, type Target } from './lens';
import { DEFAULT_MEASURE } from '../format/default-measure';
import type { TokenMeasure } from '../format/share-measure';

/** Which position is studied, and for which token. */
export interface ResolvedTargetOptions {
  /** index of the token under study, from 0 */
  readonly position: number;
  /** null: the token that the model predicts at the position */
  readonly target: Pick<Target, 'id'> | null;
  /** token whose logit is subtracted from the target's */
  readonly against?: number;
  /** what is shared out; absent: `centred`. With `against` only what concerns single tokens follows it. */
  readonly measure?: TokenMeasure;
}

/** The target with the model's prediction in the place of one that was not given. */
export async function settledTarget(pass: InspectablePass, options: ResolvedTargetOptions): Promise<Target> {
  return settled(pass, options, options.target?.id ?? (await predictedAt(pass, options.position)));
}

/** Whether the target is given, or the lens has said already what is predicted. */
export function isTargetKnown(pass: InspectablePass, { position, target }: ResolvedTargetOptions): boolean {
  return target !== null || knownAt(pass).has(position);
}

/**
 * Reads rows for a target. If that is what the model predicts, and it is not known yet, it is learnt on the way.
 *
 * @param final which of the rows is the final stream at the position
 * @throws Problem `against-itself`
 */
export async function readForTarget(
  pass: InspectablePass,
  options: ResolvedTargetOptions,
  rows: Float32Array,
  { final, ...request }: Pick<LensRequest, 'k' | 'at'> & { readonly final: number },
): Promise<{ readonly batch: LensBatch; readonly target: Target }> {
  const { position, against, measure } = options;
  if (isTargetKnown(pass, options)) {
    const target = await settledTarget(pass, options);
    return { target, batch: await pass.read(rows, { ...request, position, target }) };
  }
  const predicted = { predictedBy: final, ...(against !== undefined && { against }), ...(measure && { measure }) };
  const batch = await pass.read(rows, { ...request, position, target: predicted });
  knownAt(pass).set(position, batch.target);
  return { target: settled(pass, options, batch.target), batch };
}

/** @throws Problem `against-itself` */
function settled(pass: InspectablePass, { target, against, measure }: Omit<ResolvedTargetOptions, 'position'>, id: number): Target {
  if (id === against) {
    throw new Problem(
      'against-itself',
      `The target ${JSON.stringify(pass.tokenText(id).text)}${target ? '' : ', which the model predicts here,'} cannot be compared with itself.`,
      'Choose two different tokens.',
    );
  }
  return { id, ...(against !== undefined && { against }), ...(measure && { measure }) };
}

/** The target as a graph names it. @param figures what the model says of it at the position */
export async function shownTarget(
  pass: InspectablePass,
  { position, target: asked }: ResolvedTargetOptions,
  target: Target,
  figures: Reading['target'],
): Promise<FlowGraph['target']> {
  const { id, against } = target;
  const measure = measureOf(target);
  return {
    ...pass.tokenText(id),
    ...figures,
    measure,
    measured: figures.logit - (measure === 'centred' ? await pass.meanLogit(position) : 0),
    chosen: asked ? 'user' : 'auto',
    ...(against !== undefined && { against: await scoreOf(pass, position, against) }),
  };
}

/**
 * [d] A summand's inner product with it is the summand's share of what the target's measure names, the final norm's scale frozen at
 * the position.
 */
export async function shareDirection(pass: InspectablePass, position: number, target: Target): Promise<Float32Array> {
  const { id, against, measure = DEFAULT_MEASURE } = target;
  if (against === undefined) return pass.directions(position, [id], measure);
  const both = await pass.directions(position, [id, against], 'raw');
  const d = both.length / 2;
  return both.slice(0, d).map((x, i) => x - both[d + i]);
}

/** What the model says of one token at a position. */
async function scoreOf(pass: InspectablePass, position: number, id: number): Promise<TokenScore> {
  const {
    targetLogits: [logit],
    targetProbabilities: [probability],
  } = await readFinal(pass, position, id);
  return { ...pass.tokenText(id), logit, probability };
}

/** What passes predict, by position: a pass is looked into again and again, and each look would read the whole vocabulary to learn it. */
const predictions = new WeakMap<InspectablePass, Map<number, number>>();

/** The token that a pass predicts at a position, which is read once. */
async function predictedAt(pass: InspectablePass, position: number): Promise<number> {
  const known = knownAt(pass);
  const id = known.get(position) ?? (await readFinal(pass, position, 0)).topIds[0];
  known.set(position, id);
  return id;
}

function knownAt(pass: InspectablePass): Map<number, number> {
  const known = predictions.get(pass) ?? new Map<number, number>();
  predictions.set(pass, known);
  return known;
}

/** The lens on the final stream at a position. */
function readFinal(pass: InspectablePass, position: number, id: number): Promise<LensBatch> {
  const final = rowOf(pass.stream[pass.stream.length - 1], position, pass.model.dModel);
  return pass.read(final, { target: { id }, k: 1, position });
}
