/** Fitting a lens, in one go or in shards, and taking one in that was published. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { CallContext } from '../../core/call-context';
import { LOGIT_LENS } from '../../core/format/lens-worth';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { cannotWrite } from '../../files/cannot-write';
import { fingerprintOf } from '../../model/checkpoint/fingerprint';
import { deleteLens, keptLensFile, keptSumsFile } from '../../model/lens/kept-lenses';
import { LENS_KEY, type LensMetadata } from '../../model/lens/lens-file';
import { openPublishedLens } from '../../model/lens/published-lens';
import type { FittedLens } from '../runtime/fitting/fit-lens';
import type { FitKind } from '../runtime/fitting/lens-sums';
import { unitsOf } from '../runtime/fitting/parts';
import type { CurrentModel } from './current-model';
import type { EngineHandlers, HandlerContext } from './engine-handlers';
import { checksum, forgetSums, mergedSums, noSums, sumsKey, sumsToResume, writeSums, type SumsOf } from './lens-sums-files';
import { readTexts, type LensText, type ReadTexts } from './lens-texts';
import { requireTokenizer } from './prompt';
import type { OpenModel } from './runnable-model';
import { writeTraceFile, type WrittenTensor } from './trace-file';

/** One function each; parameters have been checked. */
export function lensHandlers(current: CurrentModel): Pick<EngineHandlers, 'deleteLens' | 'fitLens' | 'sumLens' | 'adoptLens' | 'lenses'> {
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
      const { ridge, name, tokens, merge = [], kind = 'fitted' } = options;
      const { open, weights, requireUnchanged } = await opened(model, context);
      // A name that cannot be kept is refused before anything runs.
      const file = options.file === undefined ? keptLensFile(weights, name) : resolve(options.file);
      const left = options.file === undefined ? keptSumsFile(weights, name) : `${file}.sums`;
      const { read, of } = prepared(open, weights, texts, tokens, kind);
      const resumed = merge.length === 0 ? await sumsToResume(left, of) : null;
      const sums = resumed ?? (await mergedSums(merge, of));
      const known = sums.done.size;
      await makeFolder(file);
      const save = () => requireUnchanged().then(() => writeSums(left, sums, of, context));
      const lens = await open.model.fitLens(read.parts, { sums, save, ...(ridge !== undefined && { ridge }) }, context);
      await requireUnchanged();
      const report = await write(file, lens, { kind, name, weights, texts, open, read }, context);
      await forgetSums(left);
      return { ...report, ...(known > 0 && { known: { parts: known, of: of.units } }) };
    },

    async sumLens({ model, texts, options }, context) {
      const { tokens, kind = 'fitted', shard } = options;
      const { open, weights, requireUnchanged } = await opened(model, context);
      const file = resolve(options.file);
      const { read, of } = prepared(open, weights, texts, tokens, kind);
      const isWanted = (unit: number): boolean => unit % shard.of === shard.index - 1;
      await makeFolder(file);
      const sums = (await sumsToResume(file, of)) ?? noSums(of);
      const save = () => requireUnchanged().then(() => writeSums(file, sums, of, context));
      await open.model.sumTexts(read.parts, { sums, isWanted, save }, context);
      await save();
      return {
        schema: 'visit.lens-sums-report/1',
        file,
        parts: sums.done.size,
        of: of.units,
        tokens: sums.positions,
        skipped: read.skipped,
      };
    },

    async adoptLens({ model, texts, options }, context) {
      const { name, tokens, from } = options;
      const { open, weights, requireUnchanged } = await opened(model, context);
      const lens = await openPublishedLens(from, open.model.info);
      const file = options.file === undefined ? keptLensFile(weights, name ?? lens.kind) : resolve(options.file);
      const read = readTexts(texts, tokens, 'fitted', open);
      const found = await open.model.adoptLens(lens, read.parts, context);
      await requireUnchanged();
      await makeFolder(file);
      return write(file, found, { kind: lens.kind, name: name ?? lens.kind, weights, texts, open, read, source: basename(from) }, context);
    },
  };

  /** Whatever lens is chosen: a lens that cannot be read must not keep another from being fitted. */
  async function opened(model: ModelRef, context: HandlerContext) {
    const requireUnchanged = await unchangedFrom(resolve(model.folder));
    const open = await current.open({ ...model, lens: LOGIT_LENS }, context);
    requireTokenizer(open);
    return { open, weights: await current.lenses.weights(), requireUnchanged };
  }
}

/**
 * What makes sure that a model's files are those that they are now: weights are read from them while a fit runs, and a lens belongs to its weights.
 *
 * @returns what throws Problem `lens-invalid` where they are not
 */
async function unchangedFrom(folder: string): Promise<() => Promise<void>> {
  const now = await fingerprintOf(folder);
  return async () => {
    if ((await fingerprintOf(folder)) === now) return;
    throw new Problem(
      'lens-invalid',
      `The model in ${folder} changed while its lens was being made, so nothing was written.`,
      'Make the lens again once the model stays as it is.',
    );
  };
}

function prepared(open: OpenModel, weights: string, texts: readonly LensText[], tokens: number, kind: FitKind) {
  const read = readTexts(texts, tokens, kind, open);
  const units = unitsOf(read.parts.fitted, kind).length;
  const of: SumsOf = { kind, key: sumsKey(kind, weights, tokens, texts), size: open.model.info, units };
  return { read, of };
}

/** What is said of a lens, besides its figures. */
interface Said {
  readonly kind: LensMetadata['kind'];
  readonly name: string;
  readonly weights: string;
  readonly texts: readonly LensText[];
  readonly open: OpenModel;
  readonly read: ReadTexts;
  readonly source?: string;
}

async function write(file: string, lens: FittedLens, said: Said, context: CallContext) {
  const { kind, name, weights, texts, open, read, source } = said;
  const { mapAt, ...figures } = lens;
  const { info } = open.model;
  const metadata: LensMetadata = {
    schema: 'visit.lens/1',
    kind,
    name,
    weights,
    ...(source !== undefined && { source }),
    ...(lens.ridge !== undefined && { ridge: lens.ridge }),
    ...(lens.parts && { parts: lens.parts }),
    tokens: lens.tokens,
    texts: texts.map((text) => ({ name: text.name, sha256: checksum(text.text) })),
    figures: { logit: lens.logit, fitted: lens.fitted },
    baseline: lens.baseline,
  };
  // Its file may be that of a lens that was looked through.
  await open.model.forgetLenses();
  await writeTraceFile(file, tensorsOf(mapAt, info.nLayers), info.nLayers, { [LENS_KEY]: JSON.stringify(metadata) }, context);
  return { schema: 'visit.lens-report/1' as const, model: info, kind, name, weights, file, skipped: read.skipped, ...figures };
}

async function makeFolder(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
}

async function* tensorsOf(mapAt: FittedLens['mapAt'], nLayers: number): AsyncGenerator<WrittenTensor> {
  for (let border = 0; border < nLayers; border++) {
    const { map, offset } = await mapAt(border);
    const d = offset.length;
    yield { name: `A.${border}`, tensor: { data: map, shape: [d, d] } };
    yield { name: `b.${border}`, tensor: { data: offset, shape: [d] } };
  }
}
