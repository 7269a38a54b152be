/** Routes over several hops: how what a read of the story brings came to the token that is read. */
import type { Hop } from './hops';
import type { StoryRead } from './story';

/** A read of the story, and the hops that lead to it. */
export interface Route {
  /** from the one that begins the route to the one whose token is read in the end; at least one */
  readonly hops: readonly Hop[];
  readonly read: StoryRead;
}

/**
 * For every hop that begins a route the whole of it, in the order of the hops. A hop leads to the next above it that reads its token:
 * the strongest read of the story there, else the strongest hop. Hops on the way of another route begin none of their own.
 */
export function routesOf(hops: readonly Hop[], reads: readonly StoryRead[]): readonly Route[] {
  const next = new Map<Hop, Hop | StoryRead>();
  for (const hop of hops) {
    const leadsTo = ({ source, layer }: Hop | StoryRead): boolean => source === hop.position && layer > hop.layer;
    const reader = largest(reads.filter(leadsTo), ({ share }) => share) ?? largest(hops.filter(leadsTo), ({ effect }) => effect);
    if (reader !== undefined) next.set(hop, reader);
  }
  const onTheWay = new Set(next.values());
  return hops.flatMap((hop): Route[] => {
    if (onTheWay.has(hop)) return [];
    const passed: Hop[] = [hop];
    let reader = next.get(hop);
    while (reader !== undefined && 'effect' in reader) {
      passed.push(reader);
      reader = next.get(reader);
    }
    return reader === undefined ? [] : [{ hops: passed, read: reader }];
  });
}

function largest<T>(all: readonly T[], size: (one: T) => number): T | undefined {
  return all.reduce<T | undefined>(
    (best, one) => (best === undefined || Math.abs(size(one)) > Math.abs(size(best)) ? one : best),
    undefined,
  );
}
