/**
 * What if: on the card of a node, what can be changed of the model there. The smallest component first (one source of a head,
 * one neuron), then what contains it, up to the whole layer.
 */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { repeat } from 'lit-html/directives/repeat.js';
import {
  areRivals,
  componentInWords,
  everywhere,
  componentName,
  componentsOfNode,
  isActivation,
  parseComponent,
  type Component,
} from '#core/format/component';
import { positionsInWords } from '#core/format/positions';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import type { Intervention } from '#core/format/intervention';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import type { Page } from '../../state/page';
import type { PageState, PatchForm } from '../../state/page-state';
import { presentInterventions } from '../../state/selectors';

/** What an intervention is and what follows; docs/method.md, "What if". */
export const WHAT_IF_NOTE = l10n.t('Switching off sets the output to 0. Later layers are recomputed.');

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
export function whatIf(page: Page, id: string, state: PageState): TemplateResult | null {
  const place = placeOf(id, state);
  if (place === null || !canChange(page, id, state)) return null;
  const { compared, patchForm } = state;
  const components = componentsOfNode(place.node).map((component) => scoped(component, place.graph, state));
  const form =
    patchForm?.card === id && components.some((component) => componentName(component) === patchForm.component) ? patchForm : null;
  const title = compared === null || compared.whatIf ? l10n.t('What if') : l10n.t`What if, ${compared.words.right.there}`;
  return html`<div class="what-if" data-testid="what-if" role="group" aria-label=${title} data-card=${id}>
    <h3 class="what-if-title">${title} …</h3>
    ${components.some((component) => component.kind !== 'source' && isActivation(component)) ? scope(page, place.graph, state) : null}
    ${repeat(components, componentName, (component) => row(page, id, component, place.graph, state))}
    <p class="what-if-note">${WHAT_IF_NOTE}</p>
    ${form && patchFormOf(page, form, place.graph)}
  </div>`;
}

/** Where what is changed is changed: at every position, or at the one under study. A source is where that position reads it. */
function scoped(component: Component, { position }: FlowGraph, { changeHere }: PageState): Component {
  if (!changeHere || component.kind === 'source' || !isActivation(component)) return component;
  return { ...component, positions: [{ from: position, to: position }] };
}

function scope(page: Page, graph: FlowGraph, { changeHere }: PageState): TemplateResult {
  const choose = ({ currentTarget }: Event): void =>
    page.dispatch({ type: 'changeHere', here: currentTarget instanceof HTMLInputElement && currentTarget.checked });
  const { position, tokens } = graph;
  const where = positionsInWords([{ from: position, to: position }], tokens);
  return html`<label class="what-if-scope" title=${l10n.t('Otherwise at every position of the prompt')}>
    <input type="checkbox" data-testid="change-here" .checked=${live(changeHere)} @change=${choose} />
    ${l10n.t`Only ${where}`}
  </label>`;
}

/** The field of the form that is open. */
export function patchField(cards: Element): HTMLTextAreaElement | null {
  return cards.querySelector<HTMLTextAreaElement>('.what-if-form textarea');
}

/** The field of the form in which something has happened. */
function fieldBeside(target: EventTarget | null): HTMLTextAreaElement | null {
  return target instanceof HTMLTextAreaElement
    ? target
    : target instanceof Element
      ? patchField(target.closest('.what-if') ?? target)
      : null;
}

/** The button that opens a form. */
export function patchButtonOf(cards: HTMLElement, { card, component }: PatchForm): HTMLElement | null {
  const [one, row] = [`[data-card="${CSS.escape(card)}"]`, `[data-component="${CSS.escape(component)}"]`];
  return cards.querySelector<HTMLElement>(`${one} ${row} [data-testid=patch]`);
}

/** One component: its name, and what can be done with it. @param card id of the card's node */
function row(page: Page, card: string, component: Component, graph: FlowGraph, state: PageState): TemplateResult {
  const name = componentName(component);
  const words = componentInWords(component, graph);
  const { compared } = state;
  const change = (intervention: Intervention): void => page.post({ type: 'intervene', intervention });
  const present = presentOf(component, presentInterventions(state));
  const undo = present?.mode === 'zero' ? l10n.t('Switch on') : l10n.t('Undo');
  /** A button is called what it shows, and then what it does. */
  const action = (label: string, spoken: string, testId: string, press: () => void) => button({ label, spoken, testId, press });
  const replacements = (): TemplateResult =>
    html`${action(l10n.t('Replace…'), l10n.t`Replace ${words} with its value on another prompt`, 'patch', () =>
      page.dispatch({ type: 'patchForm', form: { card, component: name, text: graph.prompt } }),
    )}
    ${action(l10n.t('Mean…'), l10n.t`Set ${words} to its mean over prompts that you choose`, 'mean', () => page.post({ type: 'interveneWithMean', component: name }))}`;
  return html`<div class="what-if-row" role="group" aria-label=${words} data-component=${name}>
    <span class="what-if-name" title=${name}>${componentInWords(everywhere(component), graph)}</span>
    <span class="what-if-actions">
      ${
        present === undefined
          ? action(l10n.t('Switch off'), l10n.t`Switch off ${words}`, 'switch-off', () => change({ mode: 'zero', component: name }))
          : action(undo, `${undo} ${words}`, 'put-back', () => page.post({ type: 'takeBack', component: present.component }))
      }
      ${
        compared === null || compared.whatIf || !isActivation(component)
          ? null
          : action(
              l10n.t`As ${compared.words.left.there}`,
              l10n.t`As ${compared.words.left.there}: replace ${words} with its value there`,
              'patch-other',
              () => change({ mode: 'patch', component: name, from: { text: compared.comparison.left.prompt } }),
            )
      }
      ${isActivation(component) ? replacements() : null}
    </span>
  </div>`;
}

/** What is changed of a component already: where it is about to be changed, or at positions that contain it. */
function presentOf(component: Component, interventions: readonly Intervention[]): Intervention | undefined {
  const name = componentName(component);
  const same = interventions.find((intervention) => intervention.component === name);
  return same ?? interventions.find((intervention) => areRivals(intervention.component, name));
}

/** Where the prompt is typed from which a value is patched: it begins as the shown one, so that only a word need be changed. */
function patchFormOf(page: Page, form: PatchForm, graph: FlowGraph): TemplateResult {
  const words = componentInWords(parseComponent(form.component), graph);
  const close = (): void => page.dispatch({ type: 'patchForm', form: null });
  const submit = ({ currentTarget }: Event): void => {
    const field = fieldBeside(currentTarget);
    const text = field?.value ?? form.text;
    if (text.trim() === '') field?.focus();
    else page.post({ type: 'intervene', intervention: { mode: 'patch', component: form.component, from: { text } } });
  };
  const typed = ({ currentTarget }: Event): void =>
    page.dispatch({ type: 'patchForm', form: { ...form, text: fieldBeside(currentTarget)?.value ?? form.text } });
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit(event);
  };
  return html`<div class="what-if-form">
    <p class="what-if-note">${l10n.t`… ${words} had its value from this prompt:`}</p>
    <textarea
      class="prompt-text"
      data-testid="patch-prompt"
      rows="2"
      spellcheck="false"
      aria-label=${l10n.t`Prompt from which ${words} takes its value`}
      .value=${form.text}
      @input=${typed}
      @keydown=${pressed}
    ></textarea>
    <div class="what-if-actions">
      ${button({ label: l10n.t('Replace'), look: 'primary', testId: 'patch-confirm', press: submit })}
      ${button({ label: l10n.t('Cancel'), testId: 'patch-cancel', press: close })}
    </div>
  </div>`;
}
