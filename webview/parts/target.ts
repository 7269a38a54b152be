/** Which token a pass is read for, and, where a difference of two logits is asked for, which second token it is compared with. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Side } from '#core/format/comparison';
import { logitInWords, targetInWords } from '#core/present/describe';
import type { FlowGraph } from '#core/format/flow-graph';
import type { TargetField } from '#core/protocol/inspector';
import { showToken, VISIBLE_SPACE } from '#core/text/token-text';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { textField, type TextControl } from '../lib/controls/toolkit';
import { element } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { unseen } from '../lib/dom/unseen';
import { formatProbability, formatRank, formatSigned } from '../lib/format/number';
import type { PageState, TargetProblem } from '../state/page-state';
import type { Page, Part } from '../state/page';

/** A typed token may show its spaces as the page shows them. */
export function tokenFromText(text: string): string | null {
  const spaces = (dots: string) => ' '.repeat(dots.length);
  const edges = new RegExp(`^${VISIBLE_SPACE}+|${VISIBLE_SPACE}+$`, 'g');
  return text === '' ? null : text.replace(edges, spaces);
}

/** The text of a field: what could not be taken as a token, or what was requested. */
function typed({ targetProblem, request }: PageState, of: TargetField['of']): string | null {
  return (targetProblem?.field.of === of ? targetProblem.text : null) ?? request?.[of] ?? null;
}

function show(field: TextControl, text: string | null, placeholder: string): void {
  field.show(text === null ? '' : showToken({ text }), placeholder);
}

/**
 * The target, and the second token, which a small button opens.
 *
 * @param side in a comparison the side whose target it is
 * @param control what else can be done with the prediction
 */
export function createTarget(page: Page, side: Side = 'left', control?: Part): Part {
  const field = textField({
    label: l10n.t('Target token'),
    testId: 'target-input',
    commit: (text) => page.ask({ target: tokenFromText(text) }),
  });
  const against = createAgainst(page, side);
  const group = element('div', { class: 'control target', attributes: { role: 'group', 'aria-label': l10n.t('Target') } });
  return {
    element: group,
    update(state, before) {
      const graph = state.shown?.graph;
      const target = typed(state, 'target');
      against.update(state, before);
      control?.update(state, before);
      group.classList.toggle('versus-open', isAgainstOpen(state, side));
      group.classList.toggle('unused', graph === undefined);
      const clear = { label: l10n.t('Back to the predicted token'), icon: 'close', testId: 'target-clear' } as const;
      render(
        html`<span class="control-label">${l10n.t('Target')}</span>${field.element}
          ${button({ ...clear, hidden: target === null, press: () => page.ask({ target: null }) })} ${against.element}
          <span class="target-figure" data-testid="target-figure" title=${graph ? figureMeaning(graph) : ''}
            >${graph && figureOf(graph)}</span
          >
          ${control?.element} ${graph && runnersUp(page, graph)}`,
        group,
      );
      show(
        field,
        target,
        graph ? l10n.t`${graph.target.chosen === 'auto' ? showToken(graph.target) : l10n.t('predicted')} (auto)` : l10n.t('auto'),
      );
    },
  };
}

/** Tokens that are named beside the target. */
const RUNNERS_UP = 4;

/** What else the model considers: each can be made the target. Those that do not fit are not shown. */
function runnersUp(page: Page, { stream, target }: FlowGraph): TemplateResult {
  const others = stream.at(-1)?.reading.top.filter(({ id }) => id !== target.id && id !== target.against?.id) ?? [];
  return html`<span class="runners-up" data-testid="runners-up"
    >${others
      .slice(0, RUNNERS_UP)
      .map(
        (token) =>
          html`<button
            class="runner-up"
            type="button"
            title=${l10n.t`Make ${showToken(token)} the target`}
            @click=${() => page.ask({ target: token.text })}
          >
            <span class="token-text">${showToken(token)}</span>${' '}${formatProbability(token.probability)}
          </button>`,
      )}</span
  >`;
}

function figureMeaning(graph: FlowGraph): string {
  const meaning = l10n.t('Rank and probability of the target');
  return graph.target.against === undefined ? meaning : `${meaning}; ${logitInWords(graph)}`;
}

function isAgainstOpen(state: PageState, side: Side): boolean {
  return isAgainstAsked(state) && (state.view.againstOpen === side || typed(state, 'against') !== null);
}

/** Where both passes are asked for the difference of their two targets, a second token has no place. */
function isAgainstAsked({ compareRequest }: PageState): boolean {
  return compareRequest?.targets !== 'difference';
}

/** The second token: a button until it is wanted, then a field. Taking the token away closes the field. */
function createAgainst(page: Page, side: Side): Part {
  const holder = element('span', { class: 'against-holder' });
  const focusOpener = (): void => holder.querySelector<HTMLElement>('.versus')?.focus();
  const ask = (text: string): void => {
    const focused = document.activeElement === field.element;
    page.dispatch({ type: 'view', change: { againstOpen: null } }); // a token keeps the field open from now on
    page.ask({ against: tokenFromText(text) });
    if (text === '' && focused) focusOpener();
  };
  const field = textField({
    label: l10n.t('Second token, whose logit is subtracted from the target’s'),
    testId: 'against-input',
    commit: ask,
  });
  const open = (): void => {
    page.dispatch({ type: 'view', change: { againstOpen: side } });
    field.element.focus();
  };
  const close = (): void => {
    page.dispatch({ type: 'view', change: { againstOpen: null } });
    if (typed(page.state(), 'against') !== null) page.ask({ against: null });
    focusOpener();
  };
  field.element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && typed(page.state(), 'against') === null) close();
  });
  const hint = l10n.t('Compare the target with a second token: shares then add up to the difference between the two logits');
  return {
    element: holder,
    update(state) {
      const isOpen = isAgainstOpen(state, side);
      render(
        html`<button
            class="versus"
            data-testid="against-open"
            type="button"
            title=${hint}
            ?hidden=${isOpen || !isAgainstAsked(state)}
            @click=${open}
          >
            ${l10n.t('vs.')}${unseen(` ${l10n.t('a second token')}`)}
          </button>
          <span class="against" ?hidden=${!isOpen}
            ><span class="control-label">${l10n.t('vs.')}</span>${field.element}${button({
              label: l10n.t('Remove the second token'),
              icon: 'close',
              testId: 'against-clear',
              press: close,
            })}</span
          >`,
        holder,
      );
      show(field, typed(state, 'against'), exampleOf(state.shown?.graph));
    },
  };
}

/** The likeliest token that is not the target: what one would compare with first. */
function exampleOf(graph: FlowGraph | undefined): string {
  const other = graph?.stream.at(-1)?.reading.top.find(({ id }) => id !== graph.target.id);
  return other === undefined ? l10n.t('second token') : l10n.t`such as ${showToken(other)}`;
}

function figureOf({ target }: FlowGraph): string {
  const place = `${formatRank(target.rank)} · ${formatProbability(target.probability)}`;
  return target.against === undefined ? place : l10n.t`${place} · difference ${formatSigned(target.logit)}`;
}

/** The target where it cannot be chosen. */
export function createTargetText(): Part {
  const group = element('div', { class: 'control target' });
  return {
    element: group,
    update({ shown }) {
      const text = shown && html`<b class="token-text">${targetInWords(shown.graph)}</b>${' '}${figureOf(shown.graph)}`;
      render(
        html`<span class="control-label">${l10n.t('Target')}</span><span class="target-text" data-testid="target-text">${text}</span>`,
        group,
      );
    },
  };
}

/** Below the controls: why a typed token is not a single token, and what may have been meant. */
export function createTargetProblem(page: Page): Part {
  const box = element('div', { class: 'target-problem', testId: 'target-problem', attributes: { role: 'alert', hidden: true } });
  const problemOf = ({ text, pieces, near, field: { of } }: TargetProblem): TemplateResult => {
    const typedText = `‘${showToken({ text })}’`;
    const why =
      pieces.length === 0
        ? l10n.t`${typedText} is not a token of this model.`
        : of === 'target'
          ? l10n.t`${typedText} is ${pieces.length} tokens; the target must be a single token:`
          : l10n.t`${typedText} is ${pieces.length} tokens; the second token must be a single token:`;
    const [useBefore, useAfter] = l10n.t('Use {0} instead?').split('{0}');
    const suggestions = near.map(
      (token) =>
        html`<button class="chip suggestion" data-testid="near-${token.id}" type="button" @click=${() => page.ask({ [of]: token.text })}>
          ${showToken(token)}
        </button>`,
    );
    return html`${icon('warning')}<span>${why}</span> ${pieces.map((token) => html`<span class="chip">${showToken(token)}</span>`)}
      ${near.length === 0 ? nothing : html`<span>${useBefore}</span>${suggestions}<span>${useAfter}</span>`}`;
  };
  return {
    element: box,
    update({ targetProblem }, before) {
      if (targetProblem === (before?.targetProblem ?? null)) return;
      box.hidden = targetProblem === null;
      render(targetProblem && problemOf(targetProblem), box);
    },
  };
}
