/** What can be measured of how a page looks: sizes of text, what is cut, what lies on something else, what cannot be used without a reason. */
import type { Page } from 'playwright-core';

/** No text is smaller, in pixels. */
export const LEAST_TEXT = 11;

/** A text of a canvas with its box on the screen, in pixels. */
interface DrawnText {
  readonly text: string;
  readonly size: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** of which canvas, and which of its frames */
  readonly canvas: number;
  readonly frame: number;
}

/** Notes how large and where every text is that a canvas of the page writes. Before the page draws. */
export function watchCanvases(page: Page): Promise<void> {
  return page.evaluate(() => {
    const texts: DrawnText[] = [];
    Object.assign(window, { texts });
    // A frame begins with an empty canvas: what was written before is no longer there.
    const { clearRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...of) {
      canvases.set(this.canvas, { id: canvases.get(this.canvas)?.id ?? (last += 1), frame: (canvases.get(this.canvas)?.frame ?? 0) + 1 });
      clearRect.apply(this, of);
    };
    const canvases = new WeakMap<HTMLCanvasElement, { readonly id: number; readonly frame: number }>();
    let last = 0;
    // What is filled covers what was written there before: headings lie on a band of the ground.
    const { fillRect } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillRect = function (...of) {
      const { a, d, e, f } = this.getTransform();
      const box = this.canvas.getBoundingClientRect();
      const [x, y, width, height] = of;
      const left = box.left + (a * x + e) / devicePixelRatio;
      const top = box.top + (d * y + f) / devicePixelRatio;
      const [right, bottom] = [left + (a * width) / devicePixelRatio, top + (d * height) / devicePixelRatio];
      const frame = canvases.get(this.canvas);
      const isOpaque = this.globalAlpha === 1 && typeof this.fillStyle === 'string' && this.fillStyle.startsWith('#');
      if (frame !== undefined && isOpaque) {
        for (const [i, text] of texts.entries()) {
          if (text.canvas !== frame.id || text.frame !== frame.frame || text.top < top) continue;
          // What lies outside the canvas is not seen anyway.
          if (Math.max(text.left, box.left) < left || Math.min(text.right, box.right) > right) continue;
          if (text.top < bottom) texts[i] = { ...text, top: Math.min(text.bottom, bottom) };
        }
      }
      fillRect.apply(this, of);
    };
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (...of) {
      const { a, d, e, f } = this.getTransform();
      const size = (Number(/([\d.]+)px/.exec(this.font)?.[1]) * Math.abs(d)) / devicePixelRatio;
      if (this.canvas.isConnected) {
        const [text, x, y] = of;
        const width = (this.measureText(text).width * a) / devicePixelRatio;
        const box = this.canvas.getBoundingClientRect();
        const start = { center: -width / 2, right: -width, end: -width, left: 0, start: 0 }[this.textAlign];
        const left = box.left + (a * x + e) / devicePixelRatio + start;
        const middle = box.top + (d * y + f) / devicePixelRatio;
        const half = 0.36 * size; // of letters without descenders, about the middle line
        const { id: canvas, frame } = canvases.get(this.canvas) ?? { id: 0, frame: 0 };
        texts.push({ text, size, left, right: left + width, top: middle - half, bottom: middle + half, canvas, frame });
      }
      fillText.apply(this, of);
    };
  });
}

/** What is wrong with the texts of the page: too small, cut without a sign, or one drawn over another. */
export function textFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate((least) => {
    const { texts } = window as unknown as { texts: DrawnText[] };
    if (document.querySelector('canvas')?.checkVisibility() === true && texts.length === 0) return ['the drawing writes nothing'];
    const all = texts.splice(0).filter(({ text }) => text.trim() !== '');
    const last = new Map<number, number>();
    for (const { canvas, frame } of all) last.set(canvas, Math.max(frame, last.get(canvas) ?? 0));
    const seen = all.filter(({ canvas, frame }) => last.get(canvas) === frame);
    // Of what comes while a panel changes its size, no frame stays in sight but the last.
    const small = seen.flatMap(({ text, size }) => (size < least - 0.01 ? [`“${text}” is drawn ${size} px high`] : []));
    const covered = seen.flatMap((one, i) =>
      seen.slice(i + 1).flatMap((other) => {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        return one.canvas === other.canvas && across > 1 && down > 1 ? [`“${one.text}” and “${other.text}” are drawn over each other`] : [];
      }),
    );
    // For screen readers only: everywhere, or at some widths.
    const isUnseen = (element: Element): boolean =>
      element.closest('.unseen, [aria-hidden=true] svg, vscode-option, option') !== null ||
      getComputedStyle(element).clipPath === 'inset(50%)';
    const written = [...document.querySelectorAll<HTMLElement>('#app *')].flatMap((element) => {
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      if (own.length === 0 || !element.checkVisibility() || isUnseen(element)) return [];
      const style = getComputedStyle(element);
      const said = element.textContent?.trim().slice(0, 30);
      const isCut = style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1;
      return [
        ...(Number.parseFloat(style.fontSize) < least ? [`“${said}” is ${style.fontSize} high`] : []),
        ...(isCut ? [`“${said}” is cut`] : []),
      ];
    });
    const wide = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    return [...new Set([...small, ...covered, ...written, ...wide])];
  }, LEAST_TEXT);
}

/** Controls and texts that lie on each other, as far as either is in sight. A card over what it is about lies there on purpose. */
export function overlaps(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const CONTROLS = 'button, vscode-button, vscode-dropdown, vscode-text-field, input, textarea, select, [role=gridcell], .chip';
    const FLOATING = '[role=tooltip], [role=listbox], .search, .cells-card, .waiting.over';
    const clipped = (element: Element): DOMRect | null => {
      let { left, top, right, bottom } = element.getBoundingClientRect();
      for (let above = element.parentElement; above !== null; above = above.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(above);
        const box = above.getBoundingClientRect();
        if (overflowX !== 'visible') [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        if (overflowY !== 'visible') [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
      }
      [left, top, right, bottom] = [Math.max(0, left), Math.max(0, top), Math.min(innerWidth, right), Math.min(innerHeight, bottom)];
      return right - left < 1 || bottom - top < 1 ? null : new DOMRect(left, top, right - left, bottom - top);
    };
    const hasText = (element: Element): boolean =>
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '');
    const parts = [...document.querySelectorAll<HTMLElement>('#app *')]
      .filter(
        (element) =>
          (element.matches(CONTROLS) || hasText(element)) &&
          element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
          element.closest('.unseen, vscode-option, option, svg') === null &&
          element.closest(FLOATING) === null,
      )
      .flatMap((element) => {
        const box = clipped(element);
        return box === null ? [] : [{ element, box }];
      });
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}${element.getAttribute('data-testid') ? `#${element.getAttribute('data-testid')}` : `.${element.className}`} “${(element.textContent ?? '').trim().slice(0, 20)}”`;
    return parts.flatMap(({ element, box }, i) =>
      parts.slice(i + 1).flatMap((other) => {
        if (element.contains(other.element) || other.element.contains(element)) return [];
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (across <= 1.5 || down <= 1.5) return [];
        // What stays where it is while the rest of a table scrolls below it.
        const isStuck = [element, other.element].some((part) => {
          for (let at: Element | null = part; at !== null; at = at.parentElement)
            if (getComputedStyle(at).position === 'sticky') return true;
          return false;
        });
        return isStuck ? [] : [`${nameOf(element)} and ${nameOf(other.element)} by ${Math.round(across)} × ${Math.round(down)} px`];
      }),
    );
  });
}

/** Controls that cannot be used and do not say why. */
export function silentControls(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        '#app :is(button, vscode-button, vscode-dropdown, vscode-text-field, input, select, textarea)',
      ),
    ]
      .filter((element) => element.hasAttribute('disabled') || element.getAttribute('aria-disabled') === 'true')
      .filter((element) => element.checkVisibility() && (element.getAttribute('title') ?? '').trim() === '')
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

/** How far the page itself can be scrolled, as a focus that moves may do: its tabs would be gone, with nothing to bring them back. */
export async function scrolledAway(page: Page): Promise<string[]> {
  const pixels = await page.evaluate(() => {
    const all = [document.documentElement, document.body, document.querySelector('#app')];
    return all.reduce((sum, element) => {
      if (element === null) return sum;
      element.scrollTop = 10_000;
      const { scrollTop } = element;
      element.scrollTop = 0;
      return sum + scrollTop;
    }, 0);
  });
  return pixels === 0 ? [] : [`the page can be scrolled by ${pixels} pixels`];
}
