/**
 * What is pressed stays where it is until it is let go. A browser clicks only what was under the pointer at both ends of a press:
 * were a list above a button to grow in between, as it does with every message of the host, the press would come to nothing.
 */

/** What a press can do something to. Scrollbars, fields of text and sliders are not among it: some are never let go of. */
const PRESSED =
  'button, summary, label, a, canvas, input:is([type=checkbox], [type=radio]), vscode-button, vscode-checkbox, vscode-option,' +
  '[role=button], [role=tab], [role=option], [role=gridcell], [role=treeitem], [role=menuitem]';

/**
 * @param hear hears each message, in order
 * @returns what hears them in its place, and keeps them back from a press until after its click
 */
export function heldWhilePressed<Message>(hear: (message: Message) => void): (message: Message) => void {
  const waiting: Message[] = [];
  let pressed = false;
  let ending: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    ending = undefined;
    if (pressed) return;
    // each by itself, so that one that fails keeps no other back
    for (const message of waiting.splice(0)) queueMicrotask(() => hear(message));
  };
  const letGo = (): void => {
    if (!pressed) return;
    pressed = false;
    // The click belongs to the same turn as the end of the press, and comes after it.
    ending ??= setTimeout(end);
  };
  const listen = (type: 'pointerdown' | 'pointermove' | 'pointerup' | 'pointercancel', act: (event: PointerEvent) => void): void =>
    window.addEventListener(type, act, { capture: true, passive: true });
  listen('pointerdown', ({ button, target }) => {
    if (button === 0 && target instanceof Element && target.closest(PRESSED) !== null) pressed = true;
  });
  listen('pointerup', letGo);
  listen('pointercancel', letGo);
  // Where the page has not heard of the end, as over a dialogue of the browser's.
  listen('pointermove', ({ buttons }) => {
    if (buttons === 0) letGo();
  });
  window.addEventListener('blur', letGo);
  return (message) => {
    if (pressed || ending !== undefined) waiting.push(message);
    else hear(message);
  };
}
