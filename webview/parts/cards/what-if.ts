/**
 * What if: on the card of a node, what can be changed of the model there. The smallest component first (one source of a head,
 * one neuron), then what contains it, up to the whole layer.
 */
import { componentInWords, componentName, componentsOfNode, parseComponent, type Component } from '#core/format/component';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import type { Intervention } from '#core/format/intervention';
import { button } from '../../lib/controls/toolkit';
import { element } from '../../lib/dom/element';
import type { PageState, PatchForm } from '../../state/page-state';
import type { Page } from '../../state/page';
import { presentInterventions } from '../../state/selectors';

/** What an intervention is and what follows; docs/method.md, "What if". */
export const WHAT_IF_NOTE = 'Off is zero, at every position; a source, at this one. Later layers are computed anew.';

/** Where a node is changed: itself, or in a comparison its twin in the pass on the right. */
interface Place {
  readonly node: FlowNode;
  readonly graph: FlowGraph;
}

function placeOf(id: string, { shown, compared }: PageState): Place | null {
  const changed = compared?.right ?? shown;
  const node = changed?.nodes.get(id);
  return changed === null || changed === undefined || node === undefined ? null : { node, graph: changed.graph };
}

/** Whether the card of a node offers to change something. */
export function canChange(page: Pick<Page, 'live'>, id: string, state: PageState): boolean {
  const place = placeOf(id, state);
  return page.live && place !== null && componentsOfNode(place.node).length > 0;
}

/** Switches a component of a node off, or replaces it; null where nothing can be changed. */
export function whatIfActions(page: Page, id: string): HTMLElement | null {
  const state = page.state();
  const place = placeOf(id, state);
  if (place === null || !canChange(page, id, state)) return null;
  const { compared, patchForm } = state;
  const components = componentsOfNode(place.node);
  const form =
    patchForm?.card === id && components.some((component) => componentName(component) === patchForm.component) ? patchForm : null;
  const title = compared === null || compared.whatIf ? 'What if' : `What if, ${compared.words.right.there}`;
  const actions = element(
    'div',
    { class: 'what-if', testId: 'what-if', attributes: { role: 'group', 'aria-label': title } },
    element('h3', { class: 'what-if-title', text: `${title} …` }),
    ...components.map((component) => row(page, id, component, place.graph)),
    element('p', { class: 'what-if-note', text: WHAT_IF_NOTE }),
    form === null ? null : createPatchForm(page, form, place.graph),
  );
  actions.dataset['card'] = id;
  return actions;
}

/** Where the focus goes in cards that were drawn again because the form was opened or closed; null: nowhere. */
export function focusAfterForm(cards: HTMLElement, form: PatchForm | null, before: PatchForm | null): HTMLElement | null {
  if (form !== null) return cards.querySelector('.what-if-form textarea');
  const card = [...cards.querySelectorAll<HTMLElement>('.what-if')].find(({ dataset }) => dataset['card'] === before?.card);
  const rows = [...(card?.querySelectorAll<HTMLElement>('.what-if-row') ?? [])];
  return rows.find(({ dataset }) => dataset['component'] === before?.component)?.querySelector<HTMLElement>('[data-testid=patch]') ?? null;
}

/** One component: its name, and what can be done with it. @param card id of the card's node */
function row(page: Page, card: string, component: Component, graph: FlowGraph): HTMLElement {
  const name = componentName(component);
  const words = componentInWords(component, graph);
  const state = page.state();
  const { compared } = state;
  const change = (intervention: Intervention): void => page.post({ type: 'intervene', intervention });
  const takeBack = (): void => page.post({ type: 'takeBack', component: name });
  const patch = (text: string): void => change({ mode: 'patch', component: name, from: { text } });

  const present = presentInterventions(state).find((intervention) => intervention.component === name);
  /** A button is called what it shows, and then what it does. */
  const action = (label: string, spoken: string, testId: string, press: () => void): HTMLElement => {
    const made = button({ label, testId, press });
    made.setAttribute('aria-label', spoken);
    return made;
  };
  const undo = present?.mode === 'zero' ? 'Switch on' : 'Put back';
  const made = element(
    'div',
    { class: 'what-if-row', attributes: { role: 'group', 'aria-label': words } },
    element('span', { class: 'what-if-name', text: words, attributes: { title: name } }),
    element(
      'span',
      { class: 'what-if-actions' },
      present === undefined
        ? action('Switch off', `Switch off ${words}`, 'switch-off', () => change({ mode: 'zero', component: name }))
        : action(undo, `${undo} ${words}`, 'put-back', takeBack),
      compared === null || compared.whatIf
        ? null
        : action(
            `As ${compared.words.left.there}`,
            `As ${compared.words.left.there}: ${words} replaced by what it is there`,
            'patch-other',
            () => patch(compared.comparison.left.prompt),
          ),
      action('Replace…', `Replace ${words} by what it is on another prompt`, 'patch', () =>
        page.dispatch({ type: 'patchForm', form: { card, component: name, text: graph.prompt } }),
      ),
    ),
  );
  made.dataset['component'] = name;
  return made;
}

/** Where the prompt is typed on which a component takes the value that is put in: it begins as the shown one, so that one word is changed. */
function createPatchForm(page: Page, form: PatchForm, graph: FlowGraph): HTMLElement {
  const words = componentInWords(parseComponent(form.component), graph);
  const field = element('textarea', {
    class: 'prompt-text',
    testId: 'patch-prompt',
    attributes: { rows: 2, spellcheck: 'false', 'aria-label': `Prompt on which ${words} takes its value` },
  });
  field.value = form.text;
  const close = (): void => page.dispatch({ type: 'patchForm', form: null });
  const submit = (): void => {
    if (field.value.trim() === '') field.focus();
    else page.post({ type: 'intervene', intervention: { mode: 'patch', component: form.component, from: { text: field.value } } });
  };
  field.addEventListener('input', () => page.dispatch({ type: 'patchForm', form: { ...form, text: field.value } }));
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  return element(
    'div',
    { class: 'what-if-form' },
    element('p', { class: 'what-if-note', text: `… ${words} were what it is on this prompt:` }),
    field,
    element(
      'div',
      { class: 'what-if-actions' },
      button({ label: 'Replace', look: 'primary', testId: 'patch-confirm', press: submit }),
      button({ label: 'Cancel', testId: 'patch-cancel', press: close }),
    ),
  );
}
