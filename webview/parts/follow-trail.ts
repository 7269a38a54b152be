/** What going back and forward does besides changing the state: the host is asked for what is shown again, and cameras are kept. */
import type { Drawing } from '../graph/drawing';
import type { Camera } from '../state/camera';
import type { Page } from '../state/page';
import type { Watcher } from '../state/store';
import { stopKey } from '../state/trail';

/** See the head of this file. */
interface TrailFollower {
  /** Watches before the screen changes. */
  readonly leave: Watcher;
  /** Watches after it has changed. */
  readonly arrive: Watcher;
}

/** @param drawing what is drawn on the screen */
export function followTrail(page: Page, drawing: () => Drawing | null): TrailFollower {
  const cameras = new Map<string, Camera>();
  let last: Drawing | null = null;
  return {
    leave(state, before) {
      const key = before === null ? null : stopKey(before);
      const camera = key === null || key === stopKey(state) ? null : (last?.camera() ?? null);
      if (key !== null && camera !== null) cameras.set(key, camera);
    },
    arrive(state, before) {
      last = drawing();
      if (before === null) return;
      const { towards, arrivals } = state.trail;
      if (towards !== null && towards !== before.trail.towards) page.post({ type: 'showAgain', seen: towards.stop.seen });
      if (arrivals === before.trail.arrivals) return;
      const key = stopKey(state);
      const camera = key === null ? undefined : cameras.get(key);
      if (camera === undefined) return;
      // The drawing has its size once what is pinned has made room for itself.
      requestAnimationFrame(() => requestAnimationFrame(() => last?.follow(camera)));
    },
  };
}
