/** Fitting a lens: texts are cut into parts that each run as a prompt, and the maps are written. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { FittedLens, FittedPiece } from '../runtime/fit-lens';
import { LOGIT_LENS } from '../../core/format/lens-worth';
import { Problem, type ProblemCode } from '../../core/problem';
import { cannotWrite } from '../../files/cannot-write';
import { deleteLens, keptLensFile } from '../../model/lens/kept-lenses';
import { LENS_KEY, type LensMetadata } from '../../model/lens/lens-file';
import type { NamedTensor } from '../runtime/trace';
import type { CurrentModel } from './current-model';
import type { EngineHandlers } from './engine-handlers';
import { readPrompt, requireTokenizer } from './prompt';
import type { OpenModel } from './runnable-model';
import { writeTraceFile } from './trace-file';

/** Characters of a part at most, less where they are more tokens than the model reads. Cut at a line or a word. */
const CHARACTERS = 800;

/** Of what is run, this part is fitted on; see `fitLens`. */
const FITTED_PART = 0.8;

/** What may be wrong with one part, while the others are used. */
const OF_ONE_PART: ReadonlySet<ProblemCode> = new Set(['empty-prompt', 'prompt-too-long', 'token-out-of-range', 'tokenizer-invalid']);

/** One function each; parameters have been checked. */
export function lensHandlers(current: CurrentModel): Pick<EngineHandlers, 'deleteLens' | 'fitLens' | 'lenses'> {
  return {
    async lenses({ model }, context) {
      await current.open({ ...model, lens: LOGIT_LENS }, context);
      return current.lenses.list();
    },

    async deleteLens({ model, name }, context) {
      const open = await current.open({ ...model, lens: LOGIT_LENS }, context);
      await open.model.forgetLenses();
      await deleteLens(await current.lenses.weights(), name);
      return current.lenses.list();
    },

    async fitLens({ model, texts, options }, context) {
      const { tokens, ridge, name } = options;
      // Whatever lens is chosen: a lens that cannot be read must not keep another from being fitted.
      const open = await current.open({ ...model, lens: LOGIT_LENS }, context);
      requireTokenizer(open);
      const weights = await current.lenses.weights();
      // A name that cannot be kept is refused before anything runs.
      const file = options.file === undefined ? keptLensFile(weights, name) : resolve(options.file);
      const { pieces, skipped } = piecesOf(texts, tokens / FITTED_PART, open);
      const lens = await open.model.fitLens(pieces, { ...(ridge !== undefined && { ridge }) }, context);
      const metadata: LensMetadata = {
        schema: 'visit.lens/1',
        kind: 'fitted',
        name,
        weights,
        ridge: lens.ridge,
        tokens: lens.tokens,
        texts: texts.map((text) => ({ name: text.name, sha256: createHash('sha256').update(text.text).digest('hex') })),
        figures: { logit: lens.logit, fitted: lens.fitted },
        baseline: lens.baseline,
      };
      await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
        throw cannotWrite(file, error);
      });
      // Its file may be that of a lens that was looked through.
      await open.model.forgetLenses();
      await writeTraceFile(file, tensorsOf(lens), open.model.info.nLayers, { [LENS_KEY]: JSON.stringify(metadata) }, context);
      const { maps: _maps, ...said } = lens;
      return { schema: 'visit.lens-report/1', model: open.model.info, name, weights, file, skipped, ...said };
    },
  };
}

/** @param wanted tokens; parts are taken from all texts in turn */
function piecesOf(
  texts: readonly { readonly name: string; readonly text: string; readonly lines?: boolean | undefined }[],
  wanted: number,
  open: OpenModel,
): { readonly pieces: readonly FittedPiece[]; readonly skipped: { readonly name: string; readonly reason: string }[] } {
  const waiting = texts.map(({ name, text, lines = false }) => ({ name, text, lines, from: 0, characters: CHARACTERS }));
  const pieces: FittedPiece[] = [];
  const skipped: { name: string; reason: string }[] = [];
  let tokens = 0;
  while (tokens < wanted && waiting.some(({ text, from }) => from < text.length)) {
    for (const entry of waiting) {
      if (entry.from >= entry.text.length || tokens >= wanted) continue;
      const part = entry.text.slice(entry.from, cutAfter(entry));
      try {
        const piece = readPrompt({ text: part.trim() }, open, 'A part of the text');
        entry.from += part.length;
        pieces.push(piece);
        tokens += piece.tokens.length;
      } catch (error) {
        const problem = Problem.from(error);
        if (problem.code === 'prompt-too-long' && part.length > 1) {
          // Read again, in shorter parts from here on.
          entry.characters = Math.floor(part.length / 2);
          continue;
        }
        entry.from += part.length;
        if (!OF_ONE_PART.has(problem.code)) throw problem;
        if (part.trim() !== '') skipped.push({ name: entry.name, reason: problem.message });
      }
    }
  }
  return { pieces, skipped };
}

/** Where a part that begins at `from` ends. @param place.lines no part goes beyond a line */
function cutAfter({ text, from, characters, lines }: { text: string; from: number; characters: number; lines: boolean }): number {
  const end = from + characters;
  const next = lines ? text.indexOf('\n', from) : -1;
  if (next >= 0 && next < end) return next + 1;
  if (end >= text.length) return text.length;
  const line = text.lastIndexOf('\n', end);
  const word = text.lastIndexOf(' ', end);
  const cut = line > from + characters / 2 ? line : word;
  return cut > from ? cut + 1 : end;
}

async function* tensorsOf({ maps }: FittedLens): AsyncGenerator<NamedTensor> {
  for (const [border, { map, offset }] of maps.entries()) {
    const d = offset.length;
    yield { name: `A.${border}`, tensor: { data: map, shape: [d, d] } };
    yield { name: `b.${border}`, tensor: { data: offset, shape: [d] } };
  }
}
