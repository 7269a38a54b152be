/** A run of layers that is folded on a story's map, in words. */
import * as l10n from '@vscode/l10n';
import { signedText } from './figures-in-words';
import type { AnyRead, MappedStory } from './mapped-story';
import { addedBy, type LayerRun, type StoryFold } from './story-rows';

type Folded = Pick<MappedStory<AnyRead>, 'layers'>;

/** Whether the layers are those of two passes, which differ, or of one. */
const isOfTwo = ({ layers }: Folded): boolean => layers.some((layer) => 'sides' in layer);

/** "15 layers that each add little", which stands alone beside the range. */
export function foldedInWords(story: Folded, { first, last }: LayerRun): string {
  const count = last - first + 1;
  return isOfTwo(story) ? l10n.t`${count} layers that each differ little` : l10n.t`${count} layers that each add little`;
}

/** "12–26" */
export function rangeInWords({ first, last }: LayerRun): string {
  return `${first}–${last}`;
}

/** What is written on the map, the longest first, for as much room as there is. */
export function foldLabels(story: Folded, fold: StoryFold): readonly string[] {
  const range = rangeInWords(fold);
  if (fold.open) return [l10n.t`layers ${range}`, range];
  return [l10n.t`${range}: ${foldedInWords(story, fold)}`, l10n.t`${range}: ${fold.last - fold.first + 1} layers`, range];
}

/** The title of its card. */
export function foldTitle(fold: LayerRun): string {
  return l10n.t`Layers ${rangeInWords(fold)}`;
}

/** What its card says, and what a click does. */
export function foldNotes(story: Folded, fold: StoryFold): readonly string[] {
  if (fold.open) return [l10n.t('Click or press Enter to fold them again.')];
  const { attention, mlp } = addedBy(story, fold);
  const sum = signedText(attention + mlp);
  return [
    isOfTwo(story)
      ? l10n.t`Nothing that they read differently is large enough to be drawn. Each differs by less than a tenth of what the largest change is; together by ${sum}.`
      : l10n.t`Nothing that they read is large enough to be drawn. Each adds less than a tenth of what the largest part adds; together ${sum}.`,
    l10n.t('Click or press Enter to show them.'),
  ];
}
