/** What lies under the answer of a story: the map, all of it in view where that can be, and below it what is said of it, by scrolling. */
import { element } from '../lib/dom/element';
import type { StoryBoard } from './story-board';
import type { StoryHeads } from './story-heads';
import type { AnyStory } from '#core/present/mapped-story';

/** @param below from top to bottom; the first is seen a little, so that it is found */
export function createStoryBody<S extends AnyStory>(
  heads: StoryHeads,
  { map, beside }: Pick<StoryBoard<S>, 'map' | 'beside'>,
  ...below: readonly HTMLElement[]
): readonly HTMLElement[] {
  return [heads.element, element('div', { class: 'story-scroll', testId: 'story-scroll' }, map, ...below), ...beside];
}
