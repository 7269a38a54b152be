/**
 * What if: on the card of a node, what can be changed of the model there. The smallest component first (one source of a head,
 * one neuron), then what contains it, up to the whole layer.
 */
import { componentInWords, componentName, componentsOfNode, type Component } from '../../src/core/graph/component';
import type { FlowGraph, FlowNode } from '../../src/core/graph/flow-graph';
import type { Intervention } from '../../src/core/graph/intervention';
import { button } from '../controls/toolkit';
import { element } from '../dom/element';
import type { PageState } from '../state/page-state';
import type { Page } from './view';

/** What an intervention is and what follows; docs/method.md, "What if". */
export const WHAT_IF_NOTE = 'Off is zero, at every position; a source, at this one. Later layers are computed anew.';

/** What is changed now: nothing where one graph is shown. */
export function presentInterventions({ compareRequest }: PageState): readonly Intervention[] {
  return compareRequest?.interventions ?? [];
}

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
  const { compared } = state;
  const holder = element('div', { class: 'what-if-form' });
  const rows = componentsOfNode(place.node).map((component) => row(page, component, place.graph, holder));
  const title = compared === null || compared.whatIf ? 'What if' : `What if, ${compared.words.right.there}`;
  return element('div', { class: 'what-if', testId: 'what-if', attributes: { role: 'group', 'aria-label': title } },
    element('h3', { class: 'what-if-title', text: `${title} …` }), ...rows, element('p', { class: 'what-if-note', text: WHAT_IF_NOTE }), holder);
}

/** One component: its name, and what can be done with it. */
function row(page: Page, component: Component, graph: FlowGraph, holder: HTMLElement): HTMLElement {
  const name = componentName(component);
  const words = componentInWords(component, graph);
  const state = page.state();
  const change = (intervention: Intervention): void => page.post({ type: 'intervene', intervention });
  const patch = (text: string): void => change({ mode: 'patch', component: name, from: { text } });

  const present = presentInterventions(state).find((intervention) => intervention.component === name);
  const { compared } = state;
  const action = (label: string, spoken: string, testId: string, press: () => void): HTMLElement => {
    const made = button({ label, testId, press });
    made.setAttribute('aria-label', spoken);
    return made;
  };
  return element('div', { class: 'what-if-row', attributes: { role: 'group', 'aria-label': words } },
    element('span', { class: 'what-if-name', text: words, attributes: { title: name } }),
    element('span', { class: 'what-if-actions' },
      present === undefined
        ? action('Switch off', `Switch off ${words}`, 'switch-off', () => change({ mode: 'zero', component: name }))
        : action(present.mode === 'zero' ? 'Switch on' : 'Put back', `${present.mode === 'zero' ? 'Switch on' : 'Put back'} ${words}`, 'put-back', () => page.post({ type: 'takeBack', component: name })),
      compared === null || compared.whatIf ? null
        : action(`As ${compared.words.left.there}`, `Replace ${words} by what it is ${compared.words.left.there}`, 'patch-other', () => patch(compared.comparison.left.prompt)),
      action('Replace…', `Replace ${words} by what it is on another prompt`, 'patch', () => openPromptForm(page, holder, words, patch))));
}

/** The prompt on which the component takes the value that is put in: it begins as the shown one, so that one word is changed. */
function openPromptForm(page: Page, holder: HTMLElement, words: string, patch: (text: string) => void): void {
  const { compared, shown } = page.state();
  const text = element('textarea', {
    class: 'prompt-text', testId: 'patch-prompt',
    attributes: { rows: 2, spellcheck: 'false', 'aria-label': `Prompt on which ${words} takes its value` },
  });
  text.value = (compared?.comparison.right ?? shown?.graph)?.prompt ?? '';
  const submit = (): void => (text.value.trim() === '' ? text.focus() : patch(text.value));
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') holder.replaceChildren();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  holder.replaceChildren(
    element('p', { class: 'what-if-note', text: `… ${words} were what it is on this prompt:` }),
    text,
    element('div', { class: 'what-if-actions' },
      button({ label: 'Replace', look: 'primary', testId: 'patch-confirm', press: submit }),
      button({ label: 'Cancel', testId: 'patch-cancel', press: () => holder.replaceChildren() })));
  text.focus();
  text.select();
}
