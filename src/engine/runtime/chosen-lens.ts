import { LRUCache } from 'lru-cache';
import type { LensInUse } from '../../model/lens/lens-file';
import type { LensSize } from '../../model/lens/lens-size';
import { LensMaps } from '../onnx/lens-maps';

/** Lenses whose maps stay ready. Their sessions map the lens's file, as a model's map its weights, and hold no copy of it. */
const KEPT = 4;

/** What a model's vectors are read through, and the maps of lenses that were chosen lately. */
export class ChosenLens {
  private chosen: LensInUse | null = null;
  private readonly ready = new LRUCache<LensInUse, LensMaps>({
    max: KEPT,
    dispose: (maps) => {
      this.releasing.push(maps.release());
    },
  });
  /** maps that nobody will use again */
  private releasing: Promise<void>[] = [];

  constructor(private readonly size: LensSize) {}

  /** The lens that is chosen; null: the logit lens, of which nothing is known. */
  get lens(): LensInUse | null {
    return this.chosen;
  }

  /** Its maps; null: the logit lens. */
  get maps(): LensMaps | null {
    return (this.chosen && this.ready.get(this.chosen)) ?? null;
  }

  /** Chooses a lens. Maps that are ready are used again. */
  async choose(lens: LensInUse | null): Promise<void> {
    this.chosen = lens;
    if (lens && lens.info.kind !== 'logit' && !this.ready.has(lens)) this.ready.set(lens, new LensMaps(lens.tensors, this.size));
    await this.settle();
  }

  /** Chooses the logit lens, and lets go of the files of all others: some systems neither replace nor delete one that is mapped. */
  async forget(): Promise<void> {
    this.chosen = null;
    this.ready.clear();
    await this.settle();
  }

  private async settle(): Promise<void> {
    const { releasing } = this;
    this.releasing = [];
    await Promise.all(releasing);
  }
}
