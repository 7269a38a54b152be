/** What the model says next: a button beside the target, and the tokens as they come, each of which can be looked into. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { ContinuationEnd, GeneratedToken } from '#core/format/continuation';
import { assertNever } from '#core/problem';
import type { ShownContinuation } from '#core/protocol/inspector';
import { showToken } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { formatProbability } from '../lib/format/number';
import type { PageState } from '../state/page-state';
import type { Page, Part } from '../state/page';

/** Lets the model continue, or stops it. In a narrow panel an icon. */
export function createContinueButton(page: Page): Part {
  const holder = element('span', { class: 'continue-holder' });
  return {
    element: holder,
    update(state, before) {
      if (state.continuation === before?.continuation && state.shown === before.shown) return;
      holder.hidden = !page.live || state.shown === null;
      render(holder.hidden ? nothing : control(page, state.continuation), holder);
    },
  };
}

/** The tokens that the model has said, and the way back to what was asked for. */
export function createContinuation(page: Page): Part {
  const row = element('div', {
    class: 'continuation',
    testId: 'continuation',
    attributes: { role: 'group', 'aria-label': l10n.t('Continuation') },
  });
  return {
    element: row,
    update(state, before) {
      if (state.continuation === before?.continuation && state.shown === before.shown && state.request === before.request) return;
      const isEmpty = (state.continuation?.tokens.length ?? 0) === 0 && (state.continuation?.ended ?? null) === null;
      row.hidden = !page.live || state.shown === null || (isEmpty && state.shown.graph.given === undefined);
      render(row.hidden ? nothing : content(page, state), row);
      if (state.continuation?.tokens.length !== before?.continuation?.tokens.length && state.continuation?.ended === null)
        row.scrollTo?.({ top: row.scrollHeight });
    },
  };
}

function content(page: Page, { continuation, shown, request }: PageState): TemplateResult {
  const given = shown?.graph.given;
  const isLong = (shown?.generated ?? 0) > 0;
  return html`${
    given === undefined
      ? nothing
      : html`<button
          class="continue-button"
          type="button"
          data-testid="show-plain"
          title=${isLong ? l10n.t('Show the prompt without what the model has said') : l10n.t('Show the text as it stands, without the chat template')}
          @click=${() => page.post({ type: 'showPlain' })}
        >
          ${isLong ? l10n.t('Prompt alone') : l10n.t('Plain text')}
        </button>`
  }
  ${continuation?.tokens.map((token, i) => chip(page, continuation, token, i, request?.position))}
  ${continuation?.ended ? html`<span class="continuation-end" data-testid="continuation-end">${endInWords(continuation.ended)}</span>` : nothing}`;
}

function control(page: Page, continuation: ShownContinuation | null): TemplateResult {
  const isRunning = continuation?.ended === null;
  const isOver = continuation?.ended === 'end-token' || continuation?.ended === 'context';
  const [label, picture, title] = isRunning
    ? [l10n.t('Stop'), icon('stop'), l10n.t('Stop here and keep what there is')]
    : [l10n.t('Continue'), icon('play'), isOver ? endInWords(continuation.ended) : l10n.t('Let the model continue, token by token')];
  return html`<button
    class="continue-button"
    type="button"
    data-testid="continue"
    aria-label=${label}
    title=${title}
    ?disabled=${isOver}
    @click=${() => page.post({ type: isRunning ? 'stopContinuing' : 'continue' })}
  >
    ${picture}<span class="continue-label">${label}</span>
  </button>`;
}

function chip(
  page: Page,
  { prompt }: ShownContinuation,
  token: GeneratedToken,
  index: number,
  position: number | undefined,
): TemplateResult {
  const others = token.top.filter(({ id }) => id !== token.id);
  const named = others.map((other) => `${showToken(other)} ${formatProbability(other.probability)}`).join('  ');
  const place = token.rank === 1 ? l10n.t('the most likely token') : l10n.t`number ${token.rank} of the most likely tokens`;
  const title = `${showToken(token)} ${formatProbability(token.probability)}, ${place}\n${l10n.t`Others: ${named}`}\n${l10n.t('Click to look into the pass that says it')}`;
  const isCurrent = position === prompt.length + index - 1;
  return html`<button
    class="generated ${token.rank === 1 ? '' : 'drawn'} ${token.ends ? 'special' : ''} ${isCurrent ? 'current' : ''}"
    type="button"
    data-testid="generated-${index}"
    title=${title}
    aria-current=${isCurrent ? 'true' : nothing}
    @click=${() => page.post({ type: 'openGenerated', index })}
  >
    <span class="token-text">${showToken(token)}</span> <span class="generated-probability">${formatProbability(token.probability)}</span>
  </button>`;
}

function endInWords(ended: ContinuationEnd): string {
  switch (ended) {
    case 'length':
      return '';
    case 'end-token':
      return l10n.t('ended by the model');
    case 'context':
      return l10n.t('the context is full');
    case 'cancelled':
      return l10n.t('stopped');
    default:
      return assertNever(ended);
  }
}
