/** Layer norms as semantic filters: what is read before and after every norm, for this prompt and over all of its file. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { NormFilters, NormSummaries } from '#core/insight/norm-filters';
import { lensInWords, readThroughInWords } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { formatNumber } from '../../lib/format/number';
import { createAnswered, createWaiting, waitingBox } from '../../parts/answer';
import { insightScreen } from '../../parts/insight-screen';
import { createPromptHeader } from '../../parts/prompt-header';
import type { Screen } from '../../parts/screen';
import { headOfPass } from '../../parts/view-picture';
import { insightOf, type Asked, type Here } from '../../state/insight-state';
import type { Page } from '../../state/page';
import { filterTable, MARKS, summaryTable } from './norm-tables';

const NORMS = { of: 'norms' } as const;
const SUMMARY = { of: 'normSummary' } as const;

export function createNormsScreen(page: Page): Screen {
  const header = createPromptHeader(page, l10n.t('Layer norms as semantic filters'));
  const waiting = createWaiting(page, NORMS, l10n.t('Inspecting every norm'));
  const found = element('section', { attributes: { hidden: true } });
  const over = element('section');
  const answered = createAnswered<NormFilters>(found, waiting);

  return insightScreen({
    label: l10n.t('Norms'),
    header: header.element,
    content: [waiting.element, found, over],
    picture: { state: page.state, head: ({ shown }) => headOfPass(l10n.t('Norms'), shown) },
    update(state, before) {
      header.update(state, before);
      const norms = insightOf<'norms'>(state.insights, NORMS);
      const summary = insightOf<'normSummary'>(state.insights, SUMMARY);
      answered.update(norms, state);
      over.hidden = found.hidden || state.shown?.origin.name === undefined;
      if (norms.kind === 'here' && state.insights.norms !== before?.insights.norms) render(ofPrompt(norms.value), found);
      if (state.insights.normSummary !== before?.insights.normSummary) render(ofFile(page, summary), over);
    },
  });
}

/** What the norms do in this pass. */
function ofPrompt(filters: NormFilters): TemplateResult {
  const { tokens, position, norms, target } = filters;
  const at = tokens[position];
  if (norms.length === 0) return html`<p class="insight-note">${l10n.t('This model has no norms.')}</p>`;
  const hasPostNorms = norms.some(({ kind }) => kind === 'ln1_post' || kind === 'ln2_post');
  return html`<h2>${l10n.t`What the norms do after ‘${at ? showToken(at) : ''}’`}</h2>
    <p class="insight-note">
      ${l10n.t('The most likely tokens before and after each norm, read through {0}: which it keeps, brings in and suppresses. It shows what the norm does to a reading, not why, and a lens is least faithful in early layers. The final norm is part of the lens: before it, the unembedding alone is applied.', lensInWords(filters.model.lens))}
    </p>
    <p class="insight-note" ?hidden=${!hasPostNorms}>
      ${l10n.t('This model also has norms after attention and feed-forward layers. For those, “Before” is what the layer computes, and “After” is what is added to the stream. The lens ignores how long a vector is: see “Length”.')}
    </p>
    <p class="insight-note" ?hidden=${target.against === undefined}>
      ${l10n.t('This page tracks the target only; it ignores the second token.')}
    </p>
    <div class="insight-controls">
      ${MARKS.map(({ kind, sign, name }) => html`<span class="norm-token ${kind}"><span class="norm-sign">${sign}</span>${name}</span>`)}
    </div>
    ${filterTable(filters)}`;
}

/** What the norms do over all prompts of the file, or how to ask for it. */
function ofFile(page: Page, asked: Asked<NormSummaries>): TemplateResult {
  const begin = button({
    label: l10n.t('Over All Prompts of This File'),
    look: 'primary',
    testId: 'norm-summary',
    hidden: asked.kind !== 'absent',
    press: () => page.requestInsight(SUMMARY),
  });
  return html`${begin} ${waitingBox(page, SUMMARY, l10n.t('Running all prompts of the file'), asked)}
  ${asked.kind === 'here' ? summaryOf(asked) : nothing}`;
}

function summaryOf({ value: summaries, file }: Here<NormSummaries>): TemplateResult {
  const [skipped] = summaries.skipped;
  return html`<div>
    <h2>
      ${
        summaries.prompts === 1
          ? l10n.t`What the norms do over 1 prompt of ${file ?? ''}`
          : l10n.t`What the norms do over ${formatNumber(summaries.prompts)} prompts of ${file ?? ''}`
      }
    </h2>
    <p class="insight-note">
      ${readThroughInWords(summaries.model)}${' '}${l10n.t('Means over the prompts, each read at its last token and for the token that it predicts. A rank change of −1 means that the norm halves the rank. Each token is shown with the share of prompts in which the norm moved it out of the list, or into it, if there are at least two: this shows what is consistent, not what is strong.')}
    </p>
    <p class="insight-note">${skipped && leftOut(summaries.skipped.length, skipped.reason)}</p>
    ${summaryTable(summaries)}
  </div>`;
}

function leftOut(count: number, reason: string): string {
  return count === 1 ? l10n.t`1 prompt left out: ${reason}` : l10n.t`${formatNumber(count)} prompts left out: ${reason}`;
}
