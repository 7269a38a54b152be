/**
 * The lenses of one model: those that the user keeps for its weights, and the one that is published in its folder. The weights are
 * told apart once, and a lens is opened once for as long as its file stays as it is.
 */
import { isAbsolute, join } from 'node:path';
import { isBetterEverywhere, LOGIT_LENS, USUAL_LENS } from '../../core/format/lens-worth';
import type { LensEntry, LensListing } from '../../core/insight/lens-listing';
import { Problem } from '../../core/problem';
import { AT_ONCE } from '../../files/folder-states';
import { weightsFingerprint } from '../checkpoint/weights-fingerprint';
import { keepsAny, keptLenses, keptLensFile, unknownLens } from './kept-lenses';
import { openLens, PUBLISHED_LENS, type LensInUse } from './lens-file';
import type { LensSize } from './lens-size';

/** A lens that can be asked for by a name. */
interface NamedLens {
  readonly lens: LensInUse;
  readonly source: LensEntry['source'];
}

/** See the head of this file. For the engine alone: the disk is asked at once, at every call. */
export class LensShelf {
  private readonly opened = new Map<string, { readonly stamp: string; readonly lens: LensInUse }>();
  private known: Promise<string> | null = null;

  /** @param folder of the model, absolute, whose files do not change meanwhile */
  constructor(
    private readonly folder: string,
    private readonly size: LensSize,
  ) {}

  /** The fingerprint of the model's weights. @throws Problem as `openCheckpoint` */
  weights(): Promise<string> {
    return (this.known ??= weightsFingerprint(this.folder));
  }

  /**
   * The lens that is asked for.
   *
   * @param asked `logit`, a lens's name, or an absolute path; undefined: what is used where none is chosen
   * @returns null for the logit lens where nothing is known of it
   * @throws Problem `lens-invalid` when there is none, or it was made for other weights; and as `openLens`
   */
  async use(asked: string | undefined): Promise<LensInUse | null> {
    if (asked === undefined || asked === LOGIT_LENS) {
      if (!(await this.hasAny())) return null;
      const { usual } = await this.named().catch(() => ({ usual: undefined }));
      if (usual === undefined) return null;
      return asked === undefined && isUsed(usual.lens) ? usual.lens : logitLens(usual.lens);
    }
    if (isAbsolute(asked)) return this.open(asked);
    const { all } = await this.named();
    const found = all.get(asked);
    if (found) return found.lens;
    const weights = await this.weights();
    // A file that is there and cannot be used is refused for its own reason.
    if ((await keptLenses(weights, AT_ONCE)).includes(asked)) return this.open(keptLensFile(weights, asked));
    throw await unknownLens(asked, weights);
  }

  /** All lenses, and what is used where none is chosen. @throws Problem as `openCheckpoint` */
  async list(): Promise<LensListing> {
    const { all, usual, refused } = await this.named();
    const lenses = [...all].flatMap(([name, { lens, source }]): LensEntry[] => {
      if (lens.metadata === null) return [];
      const { kind, ridge, tokens, figures, baseline } = lens.metadata;
      return [{ kind, name, file: lens.file, source, ...(ridge !== undefined && { ridge }), tokens, ...figures, baseline }];
    });
    const unchosen = usual !== undefined && isUsed(usual.lens) ? usual.lens.info.name : LOGIT_LENS;
    return { schema: 'visit.lenses/1', weights: await this.weights(), unchosen, lenses, refused };
  }

  /** Every lens by its name; one that the user keeps takes the place of a published one. */
  private async named(): Promise<{ all: ReadonlyMap<string, NamedLens>; usual: NamedLens | undefined; refused: string[] }> {
    const weights = await this.weights();
    const all = new Map<string, NamedLens>();
    const refused: string[] = [];
    const add = async (file: string, source: NamedLens['source'], name?: string): Promise<void> => {
      try {
        const lens = await this.open(file, name);
        all.set(lens.info.name, { lens, source });
      } catch (error) {
        refused.push(Problem.from(error).message);
      }
    };
    if (await this.isPublished()) await add(this.published, 'published');
    for (const name of await keptLenses(weights, AT_ONCE)) await add(keptLensFile(weights, name), 'kept', name);
    // What is known of the logit lens is the same whichever lens was measured beside it.
    return { all, usual: all.get(USUAL_LENS) ?? [...all.values()][0], refused };
  }

  private get published(): string {
    return join(this.folder, PUBLISHED_LENS);
  }

  private async isPublished(): Promise<boolean> {
    return (await AT_ONCE.of(this.published)) !== null;
  }

  /** False: no lens can be found, so that a model without any is not read for its fingerprint when it is opened. */
  private async hasAny(): Promise<boolean> {
    return (await this.isPublished()) || (await keepsAny(AT_ONCE));
  }

  /** @param name by which it is asked for; absent: what it calls itself */
  private async open(file: string, name?: string): Promise<LensInUse> {
    const state = await AT_ONCE.of(file);
    const stamp = state ? `${state.ino} ${state.size} ${state.mtimeMs}` : '';
    const known = this.opened.get(file);
    if (known && known.stamp === stamp) return known.lens;
    const lens = await openLens(file, await this.weights(), this.size);
    const called = name === undefined ? lens : { ...lens, info: { ...lens.info, name } };
    this.opened.set(file, { stamp, lens: called });
    return called;
  }
}

/** Whether a lens is used where none is chosen. */
function isUsed({ info, metadata }: LensInUse): boolean {
  return info.name === USUAL_LENS && metadata !== null && isBetterEverywhere(metadata.figures.fitted, metadata.figures.logit);
}

/** The logit lens with the figures that were measured beside another's. */
function logitLens({ metadata }: LensInUse): LensInUse | null {
  if (metadata === null) return null;
  const info = { kind: 'logit', name: LOGIT_LENS, figures: metadata.figures.logit } as const;
  return { file: '', tensors: new Map(), metadata: null, info };
}
