/** What belongs together on a story's map: a read or a hop, what brought there what it reads, and what it leads to. */
import type { AnyRead } from './mapped-story';
import { layerOf, type StoryItem } from './story-layout';

/** The places among the items of all that is on a way through one of them, itself included. */
export function routeThrough(items: readonly StoryItem<AnyRead>[], index: number): ReadonlySet<number> {
  const route = new Set([index]);
  const follow = (from: number, isNext: (from: StoryItem<AnyRead>, to: StoryItem<AnyRead>) => boolean): void => {
    items.forEach((item, i) => {
      const at = items[from];
      // What was come to before was followed then: ways that part and meet again are many.
      if (at === undefined || route.has(i) || !isNext(at, item)) return;
      route.add(i);
      follow(i, isNext);
    });
  };
  follow(index, (at, item) => brings(item, at));
  follow(index, brings);
  return route;
}

/** Whether a hop brings something to the token that another item reads, before that reads it. */
function brings(hop: StoryItem<AnyRead>, item: StoryItem<AnyRead>): boolean {
  if (!('hop' in hop)) return false;
  const source = 'hop' in item ? item.hop.source : item.read.source;
  return hop.hop.position === source && hop.hop.layer < (layerOf(item) ?? -1);
}
