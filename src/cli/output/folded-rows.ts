/** The layers of a story as rows of text: where there are many, runs in which nothing is to be told are one row each. */
import type { AnyRead, AnyStory } from '../../core/present/mapped-story';
import { foldedInWords, rangeInWords } from '../../core/present/fold-words';
import { addedBy, quietRuns } from '../../core/present/story-rows';
import { signed } from './figures';

/** A layer, or a run of layers. */
export interface TextRow<Layer> {
  /** its number, or the first and the last */
  readonly name: string;
  /** the layer, or the last of the run */
  readonly layer: Layer;
  /** what its branches add, or those of the whole run */
  readonly added: { readonly attention: number; readonly mlp: number };
  /** instead of reads: what was folded; null for a layer */
  readonly note: string | null;
}

/** Reads that a row names. */
const NAMED = 3;

/** More layers than a screen has lines. */
const MANY = 40;

/** The last layer first. @param reads of which layers with one are not folded */
export function foldedRows<S extends AnyStory>(story: S, reads: readonly AnyRead[]): readonly TextRow<S['layers'][number]>[] {
  const layers: readonly S['layers'][number][] = story.layers;
  const runs = layers.length <= MANY ? [] : quietRuns(story, new Set(reads.map(({ layer }) => layer)));
  return layers.toReversed().flatMap((layer) => {
    const run = runs.find(({ first, last }) => first <= layer.layer && layer.layer <= last) ?? { first: layer.layer, last: layer.layer };
    if (run.last !== layer.layer) return [];
    const isRun = run.first !== run.last;
    const name = isRun ? rangeInWords(run) : String(layer.layer);
    return [{ name, layer, added: addedBy(story, run), note: isRun ? foldedInWords(story, run) : null }];
  });
}

/** The last cells of a row: what attention and the feed-forward layer add, and the strongest reads. @param text a read in words */
export function lastCells<Read extends AnyRead>(
  { layer, added, note }: TextRow<AnyStory['layers'][number]>,
  reads: readonly Read[],
  text: (read: Read) => string,
): string[] {
  const named = reads.filter((read) => read.layer === layer.layer).slice(0, NAMED);
  return [
    layer.attention === undefined ? '' : signed(added.attention),
    layer.mlp === undefined ? '' : signed(added.mlp),
    note ?? named.map(text).join('  '),
  ];
}
