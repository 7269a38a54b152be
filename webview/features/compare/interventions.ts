/** What is changed of the model, as chips that can be removed. */
import { componentInWords, parseComponent } from '#core/format/component';
import type { Intervention } from '#core/format/intervention';
import { button } from '../../lib/controls/toolkit';
import { element, fill, setAttributes } from '../../lib/dom/element';
import type { PageState } from '../../state/page-state';
import type { Page, Part } from '../../state/page';
import { WHAT_IF_NOTE } from '../../parts/cards/what-if';
import { presentInterventions } from '../../state/selectors';
import type { ShownComparison } from '../../state/shown-comparison';

/** An intervention in plain words: "head 3 of layer 2 off". */
export function interventionInWords(intervention: Intervention, { comparison }: Pick<ShownComparison, 'comparison'>): string {
  const what = componentInWords(parseComponent(intervention.component), comparison.right);
  if (intervention.mode === 'zero') return `${what} off`;
  return `${what} as on ${'text' in intervention.from ? `“${intervention.from.text}”` : 'another prompt'}`;
}

/** The interventions of the right side. Each is taken back by its button, or by Delete or Backspace on it. */
export function createChips(page: Page): Part {
  const chips = element('div', { class: 'interventions', testId: 'interventions', attributes: { role: 'group', hidden: true } });

  const chip = (intervention: Intervention, compared: ShownComparison): HTMLElement => {
    const words = interventionInWords(intervention, compared);
    const made = element(
      'span',
      { class: 'chip', testId: 'intervention', attributes: { title: intervention.component } },
      element('span', { class: 'chip-text', text: words }),
    );
    if (!page.live) return made;
    const takeBack = (): void => page.post({ type: 'takeBack', component: intervention.component });
    const remove = button({
      label: `Take back: ${words} (${intervention.component})`,
      icon: 'close',
      testId: 'take-back',
      press: takeBack,
    });
    remove.addEventListener('keydown', (event) => {
      if (event.key === 'Delete' || event.key === 'Backspace') takeBack();
    });
    made.append(remove);
    return made;
  };

  const draw = (state: PageState): void => {
    const { compared } = state;
    const interventions = presentInterventions(state);
    const at = [...chips.querySelectorAll('vscode-button')].findIndex((each) => each === document.activeElement);
    chips.hidden = compared === null || interventions.length === 0;
    if (compared === null || chips.hidden) return fill(chips);
    const label = compared.whatIf ? 'What if' : `${compared.words.right.name} runs with`;
    setAttributes(chips, { 'aria-label': compared.whatIf ? 'What is changed' : `What is changed ${compared.words.right.there}` });
    fill(
      chips,
      element('span', { class: 'control-label', text: label, attributes: { title: WHAT_IF_NOTE } }),
      ...interventions.map((intervention) => chip(intervention, compared)),
      page.live
        ? button({ label: 'Take all back', testId: 'take-all-back', press: () => page.post({ type: 'takeBack', component: null }) })
        : null,
      element('span', { class: 'interventions-note', text: WHAT_IF_NOTE }),
    );
    // The button that was pressed is gone: the one in its place takes over.
    if (at >= 0) chips.querySelectorAll<HTMLElement>('vscode-button')[Math.min(at, interventions.length - 1)]?.focus();
  };

  return {
    element: chips,
    update(state, before) {
      if (before !== null && state.compared === before.compared && presentInterventions(state) === presentInterventions(before)) return;
      draw(state);
    },
  };
}
