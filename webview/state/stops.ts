/** The stops that can be gone back to. `trail.ts` says how they come about. */
import type { Direction, SeenName } from '#core/protocol/inspector';
import type { ViewState } from './view-state';

/** What of a view belongs to a stop. */
export type StopView = Pick<ViewState, 'tab' | 'mode' | 'otherMode' | 'pinned' | 'camera' | 'compare'>;

/** A result under the name that the host gave it, and how it was looked at. */
export interface Stop {
  readonly seen: SeenName;
  readonly view: StopView;
}

/** What was seen before, and what was gone back from. */
export interface Trail {
  /** newest last */
  readonly past: readonly Stop[];
  /** nearest first */
  readonly future: readonly Stop[];
  /** where it is being gone: the host has been asked for it */
  readonly towards: { readonly direction: Direction; readonly stop: Stop } | null;
  /** how often a stop has been come back to */
  readonly arrivals: number;
}

export const NO_TRAIL: Trail = { past: [], future: [], towards: null, arrivals: 0 };
