/** Nothing has been asked yet, or the first answer is being computed. */
import { element } from '../../lib/dom/element';
import { createWelcome } from '../../parts/status';
import type { Screen } from '../../parts/screen';

export function createWelcomeScreen(): Screen {
  const welcome = createWelcome();
  const stage = element('div', { class: 'stage' }, welcome.element);
  return {
    element: element('div', { class: 'screen' }, element('main', { class: 'main' }, stage)),
    stage,
    drawing: null,
    update: (state, before) => welcome.update(state, before),
  };
}
