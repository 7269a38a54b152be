/** Text that is said as fully as its place allows. */
import { setAttributes } from './element';

/** What is written; see `createFittedText`. */
export interface FittedText {
  /** @param texts the longest first; @param note what it means, below the full text under the pointer */
  show(texts: readonly [full: string, ...shorter: string[]], note: string): void;
}

/** @param holder has a width of its own, and cuts what is too wide for it */
export function createFittedText(holder: HTMLElement): FittedText {
  let texts: readonly string[] = [];
  const fit = (): void => {
    if (holder.clientWidth === 0) return;
    for (const text of texts) {
      if (holder.textContent !== text) holder.textContent = text;
      if (holder.scrollWidth <= holder.clientWidth) return;
    }
  };
  new ResizeObserver(fit).observe(holder);
  let frame = 0;
  return {
    show(next, note) {
      texts = next;
      holder.textContent = next[0];
      setAttributes(holder, { title: `${next[0]}\n${note}` });
      // Before it is painted, and when all else of the page is in place: measured at once, the page would be laid out twice.
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(fit);
    },
  };
}
