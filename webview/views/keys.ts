/** Keys that work wherever the focus is, except where somebody is typing. */
import type { Canvas } from '../graph/canvas';
import type { Page } from './view';

const PAN_STEP = 60;

export function listenForKeys(page: Page, canvas: Canvas): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (event.key === 'Escape') return escape(page);
    if (page.state().view.mode !== 'graph') return;
    const act = actionOf(event.key, canvas, event.target === canvas.element);
    if (act === null) return;
    event.preventDefault();
    act();
  });
}

function actionOf(key: string, canvas: Canvas, onCanvas: boolean): (() => void) | null {
  switch (key) {
    case 'f': case 'F': return () => canvas.fit();
    case '+': case '=': return () => canvas.zoom(1);
    case '-': case '_': return () => canvas.zoom(-1);
  }
  if (!onCanvas) return null;
  switch (key) {
    case 'ArrowLeft': return () => canvas.pan(-PAN_STEP, 0);
    case 'ArrowRight': return () => canvas.pan(PAN_STEP, 0);
    case 'ArrowUp': return () => canvas.pan(0, -PAN_STEP);
    case 'ArrowDown': return () => canvas.pan(0, PAN_STEP);
    default: return null;
  }
}

/** Closes what was opened last: the hovering card, else the newest pin. */
function escape(page: Page): void {
  const { hovered, view } = page.state();
  const newest = view.pinned.at(-1);
  if (hovered !== null && view.mode === 'graph') page.dispatch({ type: 'hover', id: null });
  else if (newest !== undefined) page.dispatch({ type: 'togglePin', id: newest });
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
