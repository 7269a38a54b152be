/** Keys that work wherever the focus is, except where somebody is typing. */
import type { Drawing } from '../graph/drawing';
import type { Page } from '../state/page';

const PAN_STEP = 60;

/** @param current the drawing that is on the screen, if any */
export function listenForKeys(page: Page, current: () => Drawing | null): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (event.key === 'Escape') return escape(page);
    if (page.live && (event.key === 'm' || event.key === 'M')) return page.post({ type: 'command', command: 'toggleMaximized' });
    const drawing = current();
    if (drawing === null || page.state().view.mode !== 'graph') return;
    const act = actionOf(event.key, drawing, drawing.is(event.target));
    if (act === null) return;
    event.preventDefault();
    act();
  });
}

function actionOf(key: string, drawing: Drawing, onDrawing: boolean): (() => void) | null {
  switch (key) {
    case 'f':
    case 'F':
      return () => drawing.fit();
    case '+':
    case '=':
      return () => drawing.zoom(1);
    case '-':
    case '_':
      return () => drawing.zoom(-1);
  }
  if (!onDrawing) return null;
  switch (key) {
    case 'ArrowLeft':
      return () => drawing.pan(-PAN_STEP, 0);
    case 'ArrowRight':
      return () => drawing.pan(PAN_STEP, 0);
    case 'ArrowUp':
      return () => drawing.pan(0, -PAN_STEP);
    case 'ArrowDown':
      return () => drawing.pan(0, PAN_STEP);
    default:
      return null;
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
