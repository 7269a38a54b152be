/** Which model read which text. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { adapterInWords } from '#core/present/adapter-words';
import { promptNotes } from '#core/text/prompt-notes';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import { formatNumber } from '../lib/format/number';
import type { Part } from '../state/page';
import type { ShownGraph } from '../state/shown-graph';

export function createHeading(): Part {
  const heading = element('div', { class: 'heading', testId: 'heading' });
  return {
    element: heading,
    update({ shown }, before) {
      if (shown !== (before?.shown ?? null)) render(shown && headingOf(shown), heading);
    },
  };
}

function headingOf({ graph, origin }: ShownGraph): TemplateResult {
  const { model, tokens, position } = graph;
  const dimensions = l10n.t`${model.family}, ${model.nLayers} layers, ${model.nHeads} heads, width ${model.dModel}, ${model.dtype}`;
  const place = l10n.t`token ${formatNumber(position + 1)} of ${formatNumber(tokens.length)}`;
  return html`<span class="heading-model" data-testid="model-name" title=${dimensions}>${model.name}</span>
    ${origin.name === undefined ? nothing : html`<span class="heading-origin" data-testid="origin">${origin.name}</span>`}
    <span class="heading-position" data-testid="position">${place}</span>
    ${promptNotes(tokens).map(({ kind, short, full }) => note(kind, short, full))}
    ${model.dequantised ? note('dequantised', l10n.t('dequantised'), l10n.t`${model.dtype}: weights dequantised, arithmetic in F32`) : nothing}
    ${model.adapter === undefined ? nothing : note('adapter', l10n.t('adapter'), adapterInWords(model.adapter))}
    ${model.warnings === undefined ? nothing : note('numbers-may-differ', l10n.t('numbers may differ'), model.warnings.join('\n'))}`;
}

/** A few words, and what they mean under the pointer and for screen readers. */
function note(testId: string, short: string, full: string): TemplateResult {
  return html`<span class="heading-note" data-testid=${testId} title=${full} role="note" aria-label=${`${short}. ${full}`}>${short}</span>`;
}
