/** Fits a lens: for every border the affine map from the stream there to the final stream, by ridge regression. docs/lenses.md */
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import type { ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { LensFigures } from '../../core/format/lens-info';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { Problem } from '../../core/problem';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats } from '../onnx/session-pool';
import { NormalEquations, type AffineMap } from './ridge';

/** A part of a text, run as one prompt. */
export interface FittedPiece {
  readonly text: string;
  readonly tokens: readonly PromptToken[];
}

/** What decides a fit. */
export interface LensFitOptions {
  /** as a part of the stream's mean variance; absent: the best of `STRENGTHS` on what is held back to choose it */
  readonly ridge?: number;
}

/** A lens in memory. */
export interface FittedLens {
  /** one for each border before the last */
  readonly maps: readonly AffineMap[];
  readonly ridge: number;
  readonly tokens: { readonly fitted: number; readonly chosen: number; readonly judged: number };
  readonly logit: LensFigures;
  readonly fitted: LensFigures;
  readonly baseline: { readonly agreement: number; readonly divergence: number };
  readonly note?: string;
}

/** Strengths that are tried, and at how many borders, spread over the depth. */
const STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1];
const TRIED_AT = 4;

/** Weakest strength where there are fewer tokens than features: the sums alone do not decide a map then. */
const FEW_TOKENS = 1e-2;

/** One piece in ten is held back to choose the strength, and one to judge: the fifth and the tenth of every ten. */
const partOf = (i: number): 'fitted' | 'chosen' | 'judged' => (i % 10 === 9 ? 'judged' : i % 10 === 4 ? 'chosen' : 'fitted');

/** Most tokens that are held back for each purpose: predictions over a vocabulary, at every border, take far longer than the passes. */
const MOST = { chosen: 500, judged: 1000 };

/** Fewest pieces that have one of each part. */
const FEWEST = 10;

/**
 * Runs every piece, keeps sums, solves. One pass in memory at a time.
 *
 * @throws Problem `empty-prompt` when there are too few pieces, `cancelled`, and what a pass throws
 */
export async function fitLens(
  graphs: ModelGraphs,
  { nLayers, dModel: d }: ModelInfo,
  forward: (piece: FittedPiece, context: CallContext) => Promise<InspectablePass>,
  pieces: readonly FittedPiece[],
  { ridge: asked }: LensFitOptions,
  context: CallContext,
): Promise<FittedLens> {
  if (pieces.length < FEWEST) {
    throw new Problem('empty-prompt', `The texts make ${pieces.length} parts; a lens needs ${FEWEST}.`, 'Give more text.');
  }
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  const parts = { fitted: [] as FittedPiece[], chosen: [] as FittedPiece[], judged: [] as FittedPiece[] };
  pieces.forEach((piece, i) => {
    const part = partOf(i);
    if (part === 'fitted' || count(parts[part]) < MOST[part]) parts[part].push(piece);
  });
  const total = parts.fitted.length + parts.chosen.length + parts.judged.length;
  let done = 0;
  const run = async (piece: FittedPiece): Promise<readonly Float32Array[]> => {
    stopIfCancelled(context, 'Fitting the lens');
    context.report({ message: `Fitting the lens: part ${done + 1} of ${total}`, done: done++, total });
    return (await forward(piece, quiet)).stream;
  };
  try {
    const equations = Array.from({ length: nLayers }, () => new NormalEquations(d));
    for (const piece of parts.fitted) {
      const stream = await run(piece);
      const y = stream[nLayers];
      await graphs.gram(async (product) => {
        for (const [border, sums] of equations.entries()) {
          const x = stream[border];
          const results = await product({ x: floats(x, [x.length / d, d]), y: floats(y, [y.length / d, d]) });
          sums.add({ x, y }, results.doubles('xx'), results.doubles('xy'));
        }
      });
    }
    const tokens = { fitted: count(parts.fitted), chosen: count(parts.chosen), judged: count(parts.judged) };
    const few = tokens.fitted < d;
    const least = few ? FEW_TOKENS : 0;
    const strengths = asked === undefined ? STRENGTHS.filter((strength) => strength >= least) : [Math.max(asked, least)];
    const chosen = await runAll(parts.chosen, run);
    const ridge = strengths.length === 1 ? strengths[0] : await best(strengths);
    const maps: AffineMap[] = [];
    for (const [border, sums] of equations.entries()) {
      stopIfCancelled(context, 'Fitting the lens');
      context.report({ message: `Fitting the lens: solving border ${border + 1} of ${nLayers}`, done: border, total: nLayers });
      maps.push(sums.solve(ridge));
    }
    const judged = await runAll(parts.judged, run);
    const identity = { map: new Float32Array(d * d).map((_, i) => (i % (d + 1) === 0 ? 1 : 0)), offset: new Float32Array(d) };
    const logit = await figures(
      judged,
      Array.from({ length: nLayers }, () => identity),
    );
    const fitted = await figures(judged, maps);
    const note = few
      ? `There are fewer tokens (${tokens.fitted}) than the stream is wide (${d}): the ridge strength is at least ${FEW_TOKENS}.`
      : undefined;
    return { maps, ridge, tokens, logit, fitted, baseline: await baseline(chosen, judged), ...(note !== undefined && { note }) };

    async function best(candidates: readonly number[]): Promise<number> {
      const borders = [...new Set(Array.from({ length: TRIED_AT }, (_, i) => Math.floor(((i + 0.5) * nLayers) / TRIED_AT)))];
      let found = { ridge: candidates[0], divergence: Infinity };
      for (const candidate of candidates) {
        stopIfCancelled(context, 'Fitting the lens');
        context.report({ message: `Fitting the lens: trying a ridge strength of ${candidate}`, done: 0 });
        let divergence = 0;
        for (const border of borders) divergence += (await judge(chosen, border, equations[border].solve(candidate))).divergence;
        if (divergence < found.divergence) found = { ridge: candidate, divergence };
      }
      return found.ridge;
    }
  } finally {
    await graphs.endFit();
  }

  async function figures(streams: readonly (readonly Float32Array[])[], maps: readonly AffineMap[]): Promise<LensFigures> {
    const agreement: number[] = [];
    const divergence: number[] = [];
    for (const [border, map] of maps.entries()) {
      stopIfCancelled(context, 'Fitting the lens');
      context.report({ message: `Fitting the lens: judging border ${border + 1} of ${nLayers}`, done: border, total: nLayers });
      const found = await judge(streams, border, map);
      agreement.push(found.agreement);
      divergence.push(found.divergence);
    }
    return { agreement: [...agreement, 1], divergence: [...divergence, 0] };
  }

  /** Means over all positions. */
  async function judge(streams: readonly (readonly Float32Array[])[], border: number, { map, offset }: AffineMap) {
    let [agreement, divergence, positions] = [0, 0, 0];
    await graphs.judge(async (compare) => {
      for (const stream of streams) {
        const n = stream[border].length / d;
        const feeds = {
          rows: floats(stream[border], [n, d]),
          map: floats(map, [d, d]),
          offset: floats(offset, [1, d]),
          final: floats(stream[nLayers], [n, d]),
        };
        const results = await compare(feeds, ['agrees', 'divergence']);
        results.floats('agrees').forEach((agrees) => (agreement += agrees));
        results.floats('divergence').forEach((bits) => (divergence += bits));
        positions += n;
      }
    });
    return { agreement: agreement / positions, divergence: divergence / positions };
  }

  /** What the mean prediction on one part says of another: a lens that knows only how frequent tokens are. */
  async function baseline(known: readonly (readonly Float32Array[])[], judged: readonly (readonly Float32Array[])[]) {
    const mean = new Float64Array(graphs.spec.vocabSize);
    const nothing = new Float32Array(d * d);
    const offset = floats(new Float32Array(d), [1, d]);
    const said = (stream: readonly Float32Array[]) =>
      graphs.judge((compare) => {
        const final = floats(stream[nLayers], [stream[nLayers].length / d, d]);
        return compare({ rows: final, map: floats(nothing, [d, d]), offset, final }, ['mean', 'first', 'entropy']);
      });
    let seen = 0;
    for (const stream of known) {
      const n = stream[nLayers].length / d;
      (await said(stream)).floats('mean').forEach((p, i) => (mean[i] += p * n));
      seen += n;
    }
    const guess = mean.map((p) => p / seen);
    const most = guess.indexOf(Math.max(...guess));
    let [agreement, divergence, positions] = [0, 0, 0];
    for (const stream of judged) {
      const results = await said(stream);
      const n = stream[nLayers].length / d;
      results.ints('first').forEach((id) => (agreement += id === most ? 1 : 0));
      // KL(p ‖ q) = −H(p) − Σ p log q, and the mean of p is enough for the second term.
      results.floats('entropy').forEach((bits) => (divergence -= bits));
      results.floats('mean').forEach((p, i) => (divergence -= n * p * Math.log2(Math.max(guess[i], 1e-12))));
      positions += n;
    }
    return { agreement: agreement / positions, divergence: divergence / positions };
  }
}

async function runAll(pieces: readonly FittedPiece[], run: (piece: FittedPiece) => Promise<readonly Float32Array[]>) {
  const streams: (readonly Float32Array[])[] = [];
  for (const piece of pieces) streams.push(await run(piece));
  return streams;
}

function count(pieces: readonly FittedPiece[]): number {
  return pieces.reduce((sum, { tokens }) => sum + tokens.length, 0);
}
