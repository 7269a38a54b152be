/**
 * What was seen before, and what was gone back from. A stop is a result under the name that the host gave it, and how it was looked at.
 * Another view of the same result (another tab) is a stop of its own.
 */
import type { Direction, SeenName } from '#core/protocol/inspector';
import type { PageState } from './page-state';
import { seenTab } from './selectors';
import { NO_TRAIL, type Stop, type StopView, type Trail } from './stops';
import type { ViewState } from './view-state';

/** Stops that are remembered in each direction. */
const REMEMBERED = 50;

/** Names what is seen now; null where it cannot be come back to. */
export function stopKey(state: Pick<PageState, 'seen' | 'shown' | 'compared' | 'view'>): string | null {
  return state.seen === null ? null : `${state.seen} ${seenTab(state)}`;
}

/** The next stop in a direction. */
export function nextStop({ past, future }: Trail, direction: Direction): Stop | undefined {
  return direction === 'back' ? past.at(-1) : future[0];
}

/** Sets out for the next stop in a direction; arrives at once where its result is shown already. */
export function setOut(state: PageState, direction: Direction): PageState {
  const stop = nextStop(state.trail, direction);
  if (stop === undefined || state.seen === null || state.trail.towards !== null) return state;
  if (stop.seen === state.seen) return arrive(state, stopOf(state, state.seen), { direction, stop });
  return { ...state, trail: { ...state.trail, towards: { direction, stop } } };
}

/** Stays: what was set out for does not come. @param lost the host does not know it any more */
export function stay(state: PageState, lost?: SeenName): PageState {
  const { past, future, towards } = state.trail;
  if (lost === undefined) return towards === null ? state : { ...state, trail: { ...state.trail, towards: null } };
  const known = ({ seen }: Stop): boolean => seen !== lost;
  return { ...state, trail: { ...state.trail, past: past.filter(known), future: future.filter(known), towards: null } };
}

/** The state after a change, with where it led from. */
export function withTrail(before: PageState, next: PageState): PageState {
  const { towards, past, arrivals } = next.trail;
  if (arrivals !== before.trail.arrivals) return next;
  if (towards !== null && next.seen === towards.stop.seen && before.seen !== next.seen)
    return before.seen === null ? stay(next) : arrive(next, stopOf(before, before.seen), towards);
  if (before.seen === null || next.seen === null || stopKey(before) === stopKey(next) || isCompletion(before, next)) return next;
  const left = [...past, stopOf(before, before.seen)].slice(-REMEMBERED);
  return { ...next, trail: { ...next.trail, past: left, future: [], towards: null } };
}

/** What an earlier page had left. */
export function readTrail(kept: unknown, readView: (kept: unknown) => ViewState): Trail {
  if (typeof kept !== 'object' || kept === null) return NO_TRAIL;
  const { trail } = kept as Readonly<Record<string, unknown>>;
  if (typeof trail !== 'object' || trail === null) return NO_TRAIL;
  const { past, future } = trail as Readonly<Record<string, unknown>>;
  const stops = (list: unknown): readonly Stop[] =>
    !Array.isArray(list)
      ? []
      : list.flatMap((item: unknown) => {
          if (typeof item !== 'object' || item === null) return [];
          const { seen, view } = item as Readonly<Record<string, unknown>>;
          return typeof seen === 'string' ? [{ seen, view: viewOf(readView(view)) }] : [];
        });
  return { ...NO_TRAIL, past: stops(past), future: stops(future) };
}

function arrive(state: PageState, left: Stop, { direction, stop }: NonNullable<Trail['towards']>): PageState {
  const { past, future, arrivals } = state.trail;
  const trail =
    direction === 'back'
      ? { past: past.slice(0, -1), future: [left, ...future].slice(0, REMEMBERED) }
      : { past: [...past, left].slice(-REMEMBERED), future: future.slice(1) };
  return { ...state, view: { ...state.view, ...stop.view }, trail: { ...trail, towards: null, arrivals: arrivals + 1 } };
}

function stopOf({ view }: PageState, seen: SeenName): Stop {
  return { seen, view: viewOf(view) };
}

function viewOf({ tab, mode, otherMode, pinned, camera, compare }: ViewState): StopView {
  return { tab, mode, otherMode, pinned, camera, compare };
}

/** Whether a graph is the one before with its effects, which are asked for when they are seen. */
function isCompletion(before: PageState, next: PageState): boolean {
  if (before.shown === null || next.shown === null || before.view.tab !== next.view.tab) return false;
  const known = ({ graph, fingerprint, request: { effects: _, ...request } }: NonNullable<PageState['shown']>): string =>
    JSON.stringify([graph.prompt, fingerprint, request]);
  return before.shown.request.effects !== next.shown.request.effects && known(before.shown) === known(next.shown);
}
