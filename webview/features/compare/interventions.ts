/** What is changed of the model, as chips that can be removed. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { componentInWords, parseComponent } from '#core/format/component';
import type { Intervention } from '#core/format/intervention';
import { promptsInWords } from '#core/present/effect-words';
import { assertNever } from '#core/problem';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { element, setAttributes } from '../../lib/dom/element';
import { WHAT_IF_NOTE } from '../../parts/cards/what-if';
import type { Page, Part } from '../../state/page';
import { presentInterventions } from '../../state/selectors';
import type { ShownComparison } from '../../state/shown-comparison';

/** An intervention in plain words: "head 3 of layer 2 off". */
export function interventionInWords(intervention: Intervention, { comparison }: Pick<ShownComparison, 'comparison'>): string {
  const what = componentInWords(parseComponent(intervention.component), comparison.right);
  switch (intervention.mode) {
    case 'zero':
      return l10n.t`${what} off`;
    case 'patch':
      return 'text' in intervention.from
        ? l10n.t`${what} patched from “${intervention.from.text}”`
        : l10n.t`${what} patched from another prompt`;
    case 'mean': {
      // A saved page does not hold the prompts; the graph says how many there were.
      const applied = comparison.right.interventions?.find(({ component }) => component === intervention.component);
      const count = applied?.mode === 'mean' ? applied.prompts : intervention.over.length;
      return l10n.t`${what} set to its mean over ${promptsInWords(count, intervention.name)}`;
    }
    default:
      return assertNever(intervention);
  }
}

/** The interventions of the right side. Each is taken back by its button, or by Delete or Backspace on it. */
export function createChips(page: Page): Part {
  const chips = element('div', { class: 'interventions', testId: 'interventions', attributes: { role: 'group', hidden: true } });

  const chip = (intervention: Intervention, compared: ShownComparison): TemplateResult => {
    const { component } = intervention;
    const words = interventionInWords(intervention, compared);
    const takeBack = (): void => page.post({ type: 'takeBack', component });
    const remove = button({
      label: l10n.t`Undo: ${words} (${component})`,
      icon: 'close',
      testId: 'take-back',
      press: takeBack,
      keydown: ({ key }) => {
        if (key === 'Delete' || key === 'Backspace') takeBack();
      },
    });
    return html`<span class="chip" data-testid="intervention" title=${component}
      ><span class="chip-text">${words}</span>${page.live ? remove : nothing}</span
    >`;
  };

  const chipsOf = (interventions: readonly Intervention[], compared: ShownComparison): TemplateResult => html`
    <span class="control-label" title=${WHAT_IF_NOTE}
      >${compared.whatIf ? l10n.t('What if') : l10n.t`${compared.words.right.name} runs with`}</span
    >
    ${repeat(
      interventions,
      ({ component }) => component,
      (intervention) => chip(intervention, compared),
    )}
    ${
      page.live
        ? button({ label: l10n.t('Undo all'), testId: 'take-all-back', press: () => page.post({ type: 'takeBack', component: null }) })
        : nothing
    }
    <span class="interventions-note">${WHAT_IF_NOTE}</span>
  `;

  return {
    element: chips,
    update(state, before) {
      const interventions = presentInterventions(state);
      if (before !== null && state.compared === before.compared && interventions === presentInterventions(before)) return;
      const { compared } = state;
      const removers = (): readonly HTMLElement[] => [...chips.querySelectorAll<HTMLElement>('[data-testid=take-back]')];
      const at = removers().findIndex((each) => each === document.activeElement);
      chips.hidden = compared === null || interventions.length === 0;
      if (compared !== null)
        setAttributes(chips, {
          'aria-label': compared.whatIf ? l10n.t('Changes to the model') : l10n.t`Changes to the model ${compared.words.right.there}`,
        });
      render(compared === null || chips.hidden ? nothing : chipsOf(interventions, compared), chips);
      // The button that was pressed is gone: the one in its place takes over.
      if (at >= 0 && !chips.contains(document.activeElement))
        removers()
          .at(Math.min(at, interventions.length - 1))
          ?.focus();
    },
  };
}
