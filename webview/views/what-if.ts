/** What can be changed of the model, on the card of a node; and what has been changed, as chips that can be removed. */
import { componentInWords, componentName, componentOfNode, parseComponent } from '../../src/core/graph/component';
import type { FlowNode } from '../../src/core/graph/flow-graph';
import type { Intervention } from '../../src/core/graph/intervention';
import { button } from '../controls/toolkit';
import { element, fill } from '../dom/element';
import type { PageState } from '../state/page-state';
import type { Page, View } from './view';

/** What is changed now: nothing where one graph is shown. */
function presentInterventions({ compareRequest }: PageState): readonly Intervention[] {
  return compareRequest?.interventions ?? [];
}

/** Switching a node's component off, or replacing it; null for what cannot be changed. */
export function whatIfActions(page: Page, node: FlowNode): HTMLElement | null {
  // In a comparison it is the right side that is changed, so a source is counted in the right prompt.
  const { compared } = page.state();
  const changed = compared === null ? node : compared.right.nodes.get(node.id);
  const component = changed === undefined ? null : componentOfNode(changed);
  if (!page.live || component === null) return null;
  const name = componentName(component);
  const intervene = (intervention: Intervention): void =>
    page.post({ type: 'intervene', interventions: [...presentInterventions(page.state()).filter((other) => other.component !== name), intervention] });
  const other = element('input', {
    class: 'number what-if-prompt', testId: 'patch-prompt', attributes: { type: 'text', placeholder: 'value on another prompt', 'aria-label': `Prompt whose value replaces ${componentInWords(component)}; Enter replaces` },
    on: { keydown: (event) => { if (event.key === 'Enter' && other.value.trim() !== '') intervene({ mode: 'patch', component: name, from: { text: other.value } }); } },
  });
  return element('div', { class: 'what-if', attributes: { role: 'group', 'aria-label': `What if: ${componentInWords(component)}` } },
    button({ label: 'Switch off', testId: 'switch-off', press: () => intervene({ mode: 'zero', component: name }) }), other);
}

/** The interventions of the right side, each with a way to take it back. */
export function createChips(page: Page): View {
  const chips = element('div', { class: 'interventions', testId: 'interventions', attributes: { role: 'group', 'aria-label': 'Changed in B', hidden: true } });
  return {
    element: chips,
    update(state, before) {
      const interventions = presentInterventions(state);
      if (before !== null && interventions === presentInterventions(before)) return;
      chips.hidden = interventions.length === 0;
      fill(chips, element('span', { class: 'control-label', text: 'B runs with' }), ...interventions.map((intervention) => {
        const what = componentInWords(parseComponent(intervention.component));
        const text = intervention.mode === 'zero' ? `${what} off` : `${what} as on ${'text' in intervention.from ? `“${intervention.from.text}”` : 'another prompt'}`;
        const chip = element('span', { class: 'chip', testId: 'intervention', text });
        chip.append(button({ label: `Take back: ${text}`, icon: 'close', testId: 'take-back', press: () => page.post({ type: 'intervene', interventions: interventions.filter((other) => other !== intervention) }) }));
        return chip;
      }));
    },
  };
}
