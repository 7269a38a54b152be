/** The story of a comparison: both answers, what parts them in words, and the map of what differs. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { idOfPair, nodeId } from '#core/format/node-id';
import type { OfSides, StoryDifference } from '#core/insight/story-difference';
import { differenceNotes, directions } from '#core/present/difference-words';
import type { StoryPhrase } from '#core/present/story-words';
import { element } from '../../../lib/dom/element';
import { createAnswered, createWaiting } from '../../../parts/answer';
import { createPromptForm } from '../../../parts/prompt-form';
import type { Screen } from '../../../parts/screen';
import { passagesOf, withCauses } from '../../../parts/view-picture';
import { createStoryBoard, type StoryChoice } from '../../../parts/story-board';
import { createStoryBody } from '../../../parts/story-body';
import { createStoryFooter } from '../../../parts/story-footer';
import { createStoryHeads } from '../../../parts/story-heads';
import { differencePicture } from '../../../picture/difference-picture';
import { insightOf } from '../../../state/insight-state';
import type { Page } from '../../../state/page';
import { panePage } from '../../../state/pane';
import { compareActions } from '../compare-toolbar';
import { createChips } from '../interventions';
import { createDifferenceAnswer } from './difference-answer';
import { differenceCard, differenceReadText } from './difference-card';
import { createDifferenceCauses, differenceCausesSoFar } from './difference-causes';
import { differenceTable } from './difference-table';

const DIFFERENCE = { of: 'storyDifference' } as const;

export function createDifferenceScreen(page: Page): Screen {
  const pages = { left: panePage(page, 'left'), right: panePage(page, 'right') };
  const waiting = createWaiting(page, DIFFERENCE, l10n.t('Inspecting every layer of both passes'));
  let story: StoryDifference | null = null;

  /** Opens the flow graphs of a layer, with a head or what it reads pinned. @param at positions under study, where others */
  const go = (of: NonNullable<StoryPhrase['of']>, at?: OfSides<number>): void => {
    const { layer, head } = of;
    const { compareRequest, compared, view } = page.state();
    if (compared === null || compareRequest === null || story === null) return;
    const { layers, model } = compared.comparison.left;
    if (!page.live && !layers.includes(layer)) return; // a file does not hold every layer
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    const pin = pinOf(of, story);
    if (!view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    const { counts, left, right } = compareRequest;
    page.askComparison({
      layers: { from: layer, to: layer },
      // The head is drawn for certain where all are.
      ...(head !== undefined && counts.heads < model.nHeads && { counts: { ...counts, heads: 0 } }),
      ...(at && { left: { ...left, position: at.left }, right: { ...right, position: at.right } }),
    });
  };
  /** The token of a column, on the side that has it. */
  const tokenAt = (source: number): { readonly side: 'left' | 'right'; readonly token: number } | null => {
    const pair = story?.tokens[source];
    if (pair === undefined) return null;
    if (pair.left !== null) return { side: 'left', token: pair.left };
    return pair.right === null ? null : { side: 'right', token: pair.right };
  };
  const open = (choice: StoryChoice<StoryDifference>): void => {
    if (choice.kind === 'layer') return go({ layer: choice.layer });
    if (choice.kind === 'token') {
      const at = tokenAt(choice.position);
      return at === null ? undefined : pages[at.side].ask({ position: at.token });
    }
    if (!('read' in choice.item)) return;
    const { layer, source, heads } = choice.item.read;
    go({ layer, source, ...(heads[0] && { head: heads[0].head }) });
  };

  const board = createStoryBoard<StoryDifference>({
    label: l10n.t(
      'Map of the difference: layers from the last on top to the first, and what each reads differently. Arrow keys move between reads, Enter opens one.',
    ),
    card: differenceCard,
    text: differenceReadText,
    table: differenceTable,
    lightUp: (source) => {
      const at = source === null ? null : tokenAt(source);
      const { hoveredToken, hoveredSide } = page.state();
      if (hoveredToken === (at?.token ?? null) && (at === null || hoveredSide === at.side)) return;
      page.dispatch({ type: 'hoverToken', token: at?.token ?? null, ...(at && { side: at.side }) });
    },
    choose: open,
  });
  const answer = createDifferenceAnswer(pages, go, () => differenceCausesSoFar(page.state().insights));
  const causes = createDifferenceCauses(page, go);
  const [heads, footer] = [createStoryHeads(), createStoryFooter(page)];
  const notes = element('p', { class: 'story-notes', testId: 'story-notes' });
  const [chips, form] = [createChips(page), createPromptForm(page)];
  const actions = element('div', { class: 'difference-actions' });

  const found = element(
    'div',
    { class: 'story difference', attributes: { hidden: true } },
    answer.element,
    ...createStoryBody(heads, board, causes.element, notes),
    footer.element,
  );
  const stage = element('main', { class: 'main' }, element('div', { class: 'stage story-stage' }, waiting.element, found));
  const answered = createAnswered<StoryDifference>(found, waiting);

  return {
    element: element(
      'div',
      { class: 'screen' },
      element(
        'header',
        { class: 'header difference-header' },
        element('h1', { text: l10n.t('Story of the difference') }),
        actions,
        chips.element,
        form.element,
      ),
      stage,
    ),
    stage,
    drawing: null,
    picture(theme, measure) {
      const layout = board.layout();
      const checked = passagesOf(withCauses(causes.element), theme, page.state(), () => undefined);
      return story && layout && differencePicture(story, layout, page.state().view.storyKept, theme, measure, checked);
    },
    update(state, before) {
      for (const part of [chips, form, causes]) part.update(state, before);
      render(page.live && state.compared !== null ? compareActions(page, state.compared.whatIf) : nothing, actions);
      const value = answered.update(insightOf<'storyDifference'>(state.insights, DIFFERENCE), state);
      if (value === null) return;
      const isNew = value !== story;
      story = value;
      if (isNew) {
        answer.show(value);
        notes.textContent = differenceNotes(value).join(' ');
      }
      const { view, theme } = state;
      footer.show(state);
      if (isNew || before === null || theme !== before.theme || view.storyKept !== before.view.storyKept)
        board.show(value, { kept: view.storyKept, theme });
      const layout = board.layout();
      if (layout !== null) heads.show(theme, { ...directions(value), hops: false }, layout);
    },
  };
}

/** The comparison's node that stands for what a phrase names; where nothing is read on the left side, the right side's own. */
function pinOf({ layer, head, source, mlp }: NonNullable<StoryPhrase['of']>, { tokens }: StoryDifference): string {
  if (mlp) return nodeId.mlpOut(layer);
  if (head === undefined) return nodeId.residPost(layer);
  const pair = source === undefined ? undefined : tokens[source];
  if (pair === undefined) return nodeId.headOut(layer, head);
  const at = (token: number | null): string | null => (token === null ? null : nodeId.headValue(layer, head, token));
  return idOfPair(at(pair.left), at(pair.right));
}
