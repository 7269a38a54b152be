/** Which token a pass is read for, and, where a difference of two logits is asked for, which second token it is compared with. */
import type { Side } from '#core/format/comparison';
import { logitInWords, targetInWords } from '#core/present/describe';
import type { FlowGraph } from '#core/format/flow-graph';
import type { TargetField } from '#core/protocol/inspector';
import { showToken, VISIBLE_SPACE, type TokenText } from '#core/text/token-text';
import { button, textField, type TextControl } from '../lib/controls/toolkit';
import { element, fill, unseen } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { formatProbability, formatRank, formatSigned } from '../lib/format/number';
import type { PageState } from '../state/page-state';
import type { Page, Part } from '../state/page';

/** A typed token may show its spaces as the page shows them. */
export function tokenFromText(text: string): string | null {
  const spaces = (dots: string) => ' '.repeat(dots.length);
  const edges = new RegExp(`^${VISIBLE_SPACE}+|${VISIBLE_SPACE}+$`, 'g');
  return text === '' ? null : text.replace(edges, spaces);
}

/** What stands in a field: what could not be taken as a token, or what was asked for. */
function typed({ targetProblem, request }: PageState, of: TargetField['of']): string | null {
  return (targetProblem?.field.of === of ? targetProblem.text : null) ?? request?.[of] ?? null;
}

function show(field: TextControl, text: string | null, placeholder: string): void {
  field.show(text === null ? '' : showToken({ text }), placeholder);
}

/**
 * The target, and behind a small button the second token.
 *
 * @param side in a comparison the side whose target it is
 */
export function createTarget(page: Page, side: Side = 'left'): Part {
  const field = textField({ label: 'Target token', testId: 'target-input', commit: (text) => page.ask({ target: tokenFromText(text) }) });
  const clear = button({
    label: 'Back to the predicted token',
    icon: 'close',
    testId: 'target-clear',
    press: () => page.ask({ target: null }),
  });
  const against = createAgainst(page, side);
  const figure = element('span', { class: 'target-figure', testId: 'target-figure' });
  const group = element(
    'div',
    { class: 'control target', attributes: { role: 'group', 'aria-label': 'Target' } },
    element('span', { class: 'control-label', text: 'Target' }),
    field.element,
    clear,
    against.element,
    figure,
  );
  return {
    element: group,
    update(state, before) {
      const graph = state.shown?.graph;
      const target = typed(state, 'target');
      show(field, target, graph ? `${graph.target.chosen === 'auto' ? showToken(graph.target) : 'predicted'} (auto)` : 'auto');
      clear.hidden = target === null;
      against.update(state, before);
      group.classList.toggle('versus-open', isAgainstOpen(state, side));
      figure.textContent = graph ? figureOf(graph) : '';
      figure.title = graph
        ? `Rank and probability of the target${graph.target.against === undefined ? '' : `; ${logitInWords(graph)}`}`
        : '';
      group.classList.toggle('unused', graph === undefined);
    },
  };
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
  const ask = (text: string): void => {
    const focused = document.activeElement === field.element;
    page.dispatch({ type: 'view', change: { againstOpen: null } }); // a token keeps the field open from now on
    page.ask({ against: tokenFromText(text) });
    if (text === '' && focused) open.focus();
  };
  const open = element(
    'button',
    {
      class: 'versus',
      testId: 'against-open',
      attributes: { type: 'button', title: 'Compare the target with a second token: shares are then of the difference of the two logits' },
      on: {
        click: () => {
          page.dispatch({ type: 'view', change: { againstOpen: side } });
          field.element.focus();
        },
      },
    },
    'vs.',
    unseen(' a second token'),
  );
  const field = textField({ label: 'Second token, whose logit is subtracted from the target’s', testId: 'against-input', commit: ask });
  const close = (): void => {
    page.dispatch({ type: 'view', change: { againstOpen: null } });
    if (typed(page.state(), 'against') !== null) page.ask({ against: null });
    open.focus();
  };
  const clear = button({ label: 'Without the second token', icon: 'close', testId: 'against-clear', press: close });
  field.element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && typed(page.state(), 'against') === null) close();
  });
  const asked = element('span', { class: 'against' }, element('span', { class: 'control-label', text: 'vs.' }), field.element, clear);
  return {
    element: element('span', { class: 'against-holder' }, open, asked),
    update(state) {
      const text = typed(state, 'against');
      asked.hidden = !isAgainstOpen(state, side);
      open.hidden = !asked.hidden || !isAgainstAsked(state);
      show(field, text, exampleOf(state.shown?.graph));
    },
  };
}

/** The likeliest token that is not the target: what one would compare with first. */
function exampleOf(graph: FlowGraph | undefined): string {
  const other = graph?.stream.at(-1)?.reading.top.find(({ id }) => id !== graph.target.id);
  return other === undefined ? 'second token' : `such as ${showToken(other)}`;
}

function figureOf({ target }: FlowGraph): string {
  const place = `${formatRank(target.rank)} · ${formatProbability(target.probability)}`;
  return target.against === undefined ? place : `${place} · difference ${formatSigned(target.logit)}`;
}

/** The target where it cannot be chosen. */
export function createTargetText(): Part {
  const text = element('span', { class: 'target-text', testId: 'target-text' });
  const group = element('div', { class: 'control target' }, element('span', { class: 'control-label', text: 'Target' }), text);
  return {
    element: group,
    update({ shown }) {
      const graph = shown?.graph;
      fill(text, ...(graph ? [element('b', { class: 'token-text', text: targetInWords(graph) }), ` ${figureOf(graph)}`] : []));
    },
  };
}

/** Below the controls: why a typed token is no single token, and what may have been meant. */
export function createTargetProblem(page: Page): Part {
  const box = element('div', { class: 'target-problem', testId: 'target-problem', attributes: { role: 'alert', hidden: true } });
  const chip = (token: TokenText) => element('span', { class: 'chip', text: showToken(token) });
  const suggestion = (token: TokenText, of: TargetField['of']) =>
    element('button', {
      class: 'chip suggestion',
      testId: `near-${token.id}`,
      text: showToken(token),
      attributes: { type: 'button' },
      on: { click: () => page.ask({ [of]: token.text }) },
    });
  return {
    element: box,
    update({ targetProblem }, before) {
      if (targetProblem === (before?.targetProblem ?? null)) return;
      box.hidden = targetProblem === null;
      if (targetProblem === null) return fill(box);
      const {
        text,
        pieces,
        near,
        field: { of },
      } = targetProblem;
      fill(
        box,
        icon('warning'),
        element('span', {
          text:
            pieces.length === 0
              ? `‘${showToken({ text })}’ is no token of this model.`
              : `‘${showToken({ text })}’ is ${pieces.length} tokens, the ${of === 'target' ? 'target' : 'second token'} must be one:`,
        }),
        ...pieces.map(chip),
        ...(near.length === 0
          ? []
          : [element('span', { text: 'Use' }), ...near.map((token) => suggestion(token, of)), element('span', { text: 'instead?' })]),
      );
    },
  };
}
