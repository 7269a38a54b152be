/**
 * Where a node is on the screen, for anything that drives the page from outside, such as an end-to-end test: dispatch
 * `new CustomEvent('visit:locate', { detail: { id, answer } })` on the document; `answer` is called immediately with the
 * node's box in client pixels, or with null when no such node is drawn. Reads only.
 */
import type { Rect } from '../lib/dom/place-card';

interface LocateQuestion {
  readonly id: string;
  readonly answer: (box: Rect | null) => void;
}

export function answerLocate(locate: (id: string) => Rect | null): void {
  document.addEventListener('visit:locate', (event) => {
    const { id, answer } = (event as CustomEvent<LocateQuestion>).detail;
    answer(locate(id));
  });
}
