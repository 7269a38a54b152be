/** Fits a lens, or takes one in that was published, and says what it is worth. docs/lenses.md */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import type { LensFigures } from '../../../core/format/lens-info';
import { Problem } from '../../../core/problem';
import { LensJudge, type BorderFigures, type Reading, type Streams } from './lens-judge';
import type { LensSums } from './lens-sums';
import { countTokens, unitsOf, type FitParts, type FittedPiece } from './parts';
import { partOfTheWay, regression, solveRidge, type AffineMap, type Regression } from './ridge';
import { sumTexts, type SumWork } from './sum-texts';
import type { FittedModel } from './fitted-model';

/** What decides a fit. */
export interface LensFitWork extends Omit<SumWork, 'isWanted'> {
  /** of `fitted`: as a part of the stream's mean variance; absent: the best of `STRENGTHS` on what is held back to choose it */
  readonly ridge?: number;
}

/** A lens with its figures. */
export interface FittedLens {
  /** the map of a border before the last; nothing of it is kept */
  readonly mapAt: (border: number) => AffineMap | Promise<AffineMap>;
  /** absent: it has no ridge */
  readonly ridge?: number;
  /** of a fitted lens: what part of each border's map is the ridge solution's, the rest being the logit lens's */
  readonly parts?: readonly number[];
  readonly tokens: { readonly fitted: number; readonly chosen: number; readonly judged: number };
  readonly logit: LensFigures;
  readonly fitted: LensFigures;
  readonly baseline: BorderFigures;
  readonly note?: string;
}

/** Strengths that are tried, and at how many borders, spread over the depth. */
const STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1];
const TRIED_AT = 4;

/** Parts of the ridge solution that are tried, from the largest down for as long as the prediction becomes better. */
const PARTS = [1, 0.8, 0.6, 0.4, 0.2];

/** A part of a border's solution, and how many bits what it says is from what the model says. */
interface PartOfMap {
  readonly map: AffineMap;
  readonly part: number;
  readonly divergence: number;
}

/** Weakest strength where there are fewer tokens than features: the sums alone do not decide a map then. */
const FEW_TOKENS = 1e-2;

/**
 * Adds what is missing of the sums, and solves.
 *
 * @throws Problem `cancelled`, and what a pass throws
 */
export async function fitLens(model: FittedModel, parts: FitParts, work: LensFitWork, context: CallContext): Promise<FittedLens> {
  const { sums } = work;
  try {
    await sumTexts(model, unitsOf(parts.fitted, sums.kind), work, context);
    // What follows takes long too, and may be ended.
    await work.save?.(sums);
    return sums.kind === 'fitted' ? await ridgeLens(model, parts, work, context) : await jacobianLens(model, parts, sums, context);
  } finally {
    await model.graphs.endFit();
  }
}

async function ridgeLens(
  model: FittedModel,
  parts: FitParts,
  { sums, ridge: asked }: LensFitWork,
  context: CallContext,
): Promise<FittedLens> {
  const { d, nLayers, positions } = sums;
  const few = positions < d;
  const least = few ? FEW_TOKENS : 0;
  const strengths = asked === undefined ? STRENGTHS.filter((strength) => strength >= least) : [Math.max(asked, least)];
  const judge = new LensJudge(model.graphs, context);
  const chosen = await runAll(model, parts.chosen, context);
  const equations = (border: number): Regression => {
    const of = (name: string) => sums.total(`${name}.${border}`);
    return regression({ count: positions, xx: of('xx'), xy: of('xy'), x: of('x'), y: sums.total('y') });
  };
  const { strength: ridge, solved } = strengths.length === 1 ? { strength: strengths[0], solved: [] } : await best(strengths);
  const found: PartOfMap[] = [];
  for (let from = 0; from < nLayers; from += judge.together) {
    const borders = Array.from({ length: Math.min(judge.together, nLayers - from) }, (_, i) => from + i);
    const solutions: Reading[] = [];
    for (const border of borders) {
      stopIfCancelled(context, 'Fitting the lens');
      context.report({ message: `Fitting the lens: solving border ${border + 1} of ${nLayers}`, done: border, total: nLayers });
      solutions.push(solved.find((known) => known.border === border) ?? { border, map: solveRidge(equations(border), ridge) });
    }
    found.push(...(await shrunk(solutions)));
  }
  const note = few
    ? `There are fewer tokens (${positions}) than the stream is wide (${d}): the ridge strength is at least ${FEW_TOKENS}.`
    : undefined;
  const lens = await judged(model, parts, chosen, (border) => found[border].map, context);
  return { ...lens, ridge, parts: found.map(({ part }) => part), ...(note !== undefined && { note }) };

  /**
   * Least squares do not ask whether a prediction is too sure of itself, and KL divergence does: part of the way from the logit lens to the
   * solution is often nearer to what the model says than either.
   */
  async function shrunk(solutions: readonly Reading[]): Promise<PartOfMap[]> {
    const best = solutions.map(({ map }) => ({ map, part: 1, divergence: Infinity }));
    let falling = [...solutions.keys()];
    for (const part of PARTS) {
      const tried = falling.map((i) => ({ border: solutions[i].border, map: partOfTheWay(solutions[i].map, part) }));
      const figures = await judge.of(chosen, tried);
      falling = falling.filter((i, at) => {
        const { divergence } = figures[at];
        if (!(divergence < best[i].divergence)) return false;
        best[i] = { map: tried[at].map, part, divergence };
        return true;
      });
    }
    return best;
  }

  /** Tried from the weakest up for as long as the prediction becomes better. @returns with it what was solved to try it */
  async function best(candidates: readonly number[]): Promise<{ strength: number; solved: readonly Reading[] }> {
    const borders = [...new Set(Array.from({ length: TRIED_AT }, (_, i) => Math.floor(((i + 0.5) * nLayers) / TRIED_AT)))];
    let best = { strength: candidates[0], divergence: Infinity, solved: [] as readonly Reading[] };
    for (const strength of candidates) {
      context.report({ message: `Fitting the lens: trying a ridge strength of ${strength}`, done: 0 });
      const readings: Reading[] = [];
      for (const border of borders) {
        stopIfCancelled(context, 'Fitting the lens');
        readings.push({ border, map: solveRidge(equations(border), strength) });
      }
      const divergence = (await judge.of(chosen, readings)).reduce((sum, at) => sum + at.divergence, 0);
      if (!(divergence < best.divergence)) break;
      best = { strength, divergence, solved: readings };
    }
    return best;
  }
}

async function jacobianLens(model: FittedModel, parts: FitParts, sums: LensSums, context: CallContext): Promise<FittedLens> {
  if (sums.prompts === 0) {
    throw new Problem('empty-prompt', 'No part of the texts is long enough for a Jacobian: two tokens are needed.', 'Give longer texts.');
  }
  const mapAt = (border: number): AffineMap =>
    withMeans(
      Float32Array.from(sums.total(`J.${border}`), (sum) => sum / sums.prompts),
      sums,
      border,
    );
  return judged(model, parts, await runAll(model, parts.chosen, context), mapAt, context);
}

/** With the offset without which a Jacobian says nothing: mean_L + J·(x − mean_l). @param map [d,d] */
export function withMeans(map: Float32Array, sums: LensSums, border: number): AffineMap {
  const { d, positions } = sums;
  const [x, y] = [sums.total(`x.${border}`), sums.total('y')];
  const offset = new Float32Array(d);
  for (let j = 0; j < d; j++) {
    let value = y[j];
    for (let i = 0; i < d; i++) value -= x[i] * map[i * d + j];
    offset[j] = value / positions;
  }
  return { map, offset };
}

/** What a lens is worth. @param chosen streams by which the baseline knows how frequent tokens are */
export async function judged(
  model: FittedModel,
  parts: FitParts,
  chosen: readonly Streams[],
  mapAt: FittedLens['mapAt'],
  context: CallContext,
): Promise<FittedLens> {
  const judge = new LensJudge(model.graphs, context);
  const streams = await runAll(model, parts.judged, context);
  const { identity } = judge;
  const [logit, fitted] = await judge.figures(streams, [() => identity, mapAt]);
  const tokens = { fitted: countTokens(parts.fitted), chosen: countTokens(parts.chosen), judged: countTokens(parts.judged) };
  return { mapAt, tokens, logit, fitted, baseline: await judge.baseline(chosen, streams) };
}

/** The streams of pieces that are held back, all in memory. */
export async function runAll(model: FittedModel, pieces: readonly FittedPiece[], context: CallContext): Promise<Streams[]> {
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const streams: Streams[] = [];
  for (const [i, piece] of pieces.entries()) {
    stopIfCancelled(context, 'Fitting the lens');
    context.report({ message: `Fitting the lens: text held back, ${i + 1} of ${pieces.length}`, done: i, total: pieces.length });
    streams.push((await model.forward(piece, quiet)).stream);
  }
  return streams;
}
