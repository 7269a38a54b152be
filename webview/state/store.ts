/** One state, one way to change it, and everyone who wants to know. */
import { reduce } from './reduce';
import type { PageEvent } from './page-event';
import type { PageState } from './page-state';

/** Told of every new state and of the one before; of the first with null. */
export type Watcher = (state: PageState, before: PageState | null) => void;

export interface Store {
  state(): PageState;
  dispatch(event: PageEvent): void;
  /** Calls the watcher now, and after every change, in the order of watching. */
  watch(watcher: Watcher): void;
}

export function createStore(first: PageState): Store {
  let state = first;
  const watchers: Watcher[] = [];
  const pending: PageEvent[] = [];
  let reducing = false;
  return {
    state: () => state,
    dispatch(event) {
      pending.push(event);
      if (reducing) return; // a watcher dispatched: its event follows once all have seen this one
      reducing = true;
      try {
        for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
          const before = state;
          state = reduce(before, next);
          if (state !== before) for (const watcher of watchers) watcher(state, before);
        }
      } finally {
        reducing = false;
        pending.length = 0;
      }
    },
    watch(watcher) {
      watchers.push(watcher);
      watcher(state, null);
    },
  };
}
