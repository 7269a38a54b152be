/** The first view: the answer, what happened in a sentence, and the map of the whole pass. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import type { Story } from '#core/insight/story';
import { storyNotes, type StoryPhrase } from '#core/present/story-words';
import { element } from '../../lib/dom/element';
import { createAnswered, createWaiting } from '../../parts/answer';
import { createContinuation, createContinueButton } from '../../parts/continuation';
import { createHeading } from '../../parts/heading';
import type { Screen } from '../../parts/screen';
import { passagesOf, withCauses } from '../../parts/view-picture';
import { createStoryBoard, type StoryChoice } from '../../parts/story-board';
import { createStoryBody } from '../../parts/story-body';
import { createStoryFooter } from '../../parts/story-footer';
import { createStoryHeads } from '../../parts/story-heads';
import { storyPicture } from '../../picture/story-picture';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import { createStoryAnswer, type CanGo } from './story-answer';
import { storyAlone } from './story-alone';
import { createStoryCauses } from './story-causes';
import { causesSoFar } from './causes-state';
import { itemText, storyCard } from './story-card';
import { storyTable } from './story-table';
import { createStoryTarget } from './story-target';

const STORY = { of: 'story' } as const;

export function createStoryScreen(page: Page): Screen {
  const [heading, heads, target] = [createHeading(), createStoryHeads(), createStoryTarget(page)];
  const [continuation, continuing] = [createContinuation(page), createContinueButton(page)];
  const waiting = createWaiting(page, STORY, l10n.t('Inspecting every layer'));
  /** what the engine has answered, and the same with the hops that came later */
  let told: Story | null = null;
  let story: Story | null = null;
  let drawn: Story | null = null;

  /** Whether the flow graph of a layer can be shown: a file does not hold every layer, nor every position. */
  const canGo: CanGo = (layer, position) => {
    const graph = page.state().shown?.graph;
    return page.live || (graph !== undefined && graph.layers.includes(layer) && (position ?? graph.position) === graph.position);
  };
  /** Opens the flow graph of a layer, with a head or what it reads pinned. */
  const go = (of: NonNullable<StoryPhrase['of']>, position?: number): void => {
    const { layer, head } = of;
    const { request, shown, view } = page.state();
    if (!canGo(layer, position)) return;
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    const pin = pinOf(of);
    if (!view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    // The head is drawn for certain where all are.
    const allHeads =
      head !== undefined && request !== null && shown !== null && request.counts.heads < shown.graph.model.nHeads
        ? { counts: { ...request.counts, heads: 0 } }
        : {};
    page.ask({ layers: { from: layer, to: layer }, ...allHeads, ...(position !== undefined && { position }) });
  };
  const open = (choice: StoryChoice<Story>): void => {
    if (choice.kind === 'token') return page.ask({ position: choice.position });
    if (choice.kind === 'layer') return go({ layer: choice.layer });
    const { item } = choice;
    const { layer, source, heads } = 'read' in item ? item.read : item.hop;
    go({ layer, source, ...(heads[0] && { head: heads[0].head }) }, 'hop' in item ? item.hop.position : undefined);
  };

  const board = createStoryBoard<Story>({
    label: l10n.t(
      'Map of the pass: layers from the last on top to the first, and what each reads. Arrow keys move between reads, Enter opens one.',
    ),
    card: storyCard,
    text: itemText,
    table: storyTable,
    lightUp: (token) => {
      if (page.state().hoveredToken !== token) page.dispatch({ type: 'hoverToken', token });
    },
    choose: open,
    opens: (target) => {
      if (target.kind === 'token') return page.live;
      if (target.kind === 'layer') return canGo(target.layer);
      const { item } = target;
      return 'read' in item ? canGo(item.read.layer) : canGo(item.hop.layer, item.hop.position);
    },
  });
  const answer = createStoryAnswer(page, go, canGo, ...(page.live ? [continuing.element, target.toggle] : []));
  const causes = createStoryCauses(page, go, canGo);
  const footer = createStoryFooter(page, heading.element);
  const alone = element('div', {});
  const notes = element('p', { class: 'story-notes', testId: 'story-notes' });

  const found = element(
    'div',
    { class: 'story', attributes: { hidden: true } },
    answer.element,
    ...createStoryBody(heads, board, causes.element, alone, notes),
    footer.element,
  );
  const stage = element('main', { class: 'main' }, element('div', { class: 'stage story-stage' }, waiting.element, found));
  const answered = createAnswered<Story>(found, waiting);

  return {
    element: element(
      'div',
      { class: 'screen' },
      element(
        'header',
        { class: 'header story-header' },
        element('h1', { class: 'unseen', text: l10n.t('Story of a forward pass') }),
        continuation.element,
        target.element,
      ),
      stage,
    ),
    stage,
    drawing: null,
    picture(theme, measure) {
      const layout = board.layout();
      const checked = passagesOf(withCauses(causes.element), theme, page.state(), () => undefined);
      return story && layout && storyPicture(story, layout, page.state().view.storyKept, theme, measure, checked);
    },
    update(state, before) {
      for (const part of [heading, target, continuation, continuing, causes]) part.update(state, before);
      const asked = insightOf<'story'>(state.insights, STORY);
      const value = answered.update(asked, state);
      if (value === null) return;
      if (value !== told) {
        told = value;
        story = value;
        answer.show(value);
        notes.textContent = storyNotes(value).join(' ');
      }
      // Hops come with the candidates for causes: both take the same way back through the pass.
      const hops = causesSoFar(state.insights)?.found.hops ?? value.hops;
      const shown: Story = story !== null && story.hops === hops ? story : { ...value, ...(hops && { hops }) };
      story = shown;
      const { view, theme } = state;
      footer.show(state);
      const isDrawn = before !== null && shown === drawn && theme === before.theme && view.storyKept === before.view.storyKept;
      drawn = shown;
      if (!isDrawn) board.show(shown, { kept: view.storyKept, theme });
      const layout = board.layout();
      const key = { up: l10n.t('for'), down: l10n.t('against'), hops: (shown.hops?.length ?? 0) > 0 };
      if (layout !== null) heads.show(theme, key, layout);
      render(layout === null ? nothing : storyAlone(page, shown, layout), alone);
    },
  };
}

/** The node that stands for what a phrase names. */
function pinOf({ layer, head, source, mlp }: NonNullable<StoryPhrase['of']>): string {
  if (mlp) return nodeId.mlpOut(layer);
  if (head === undefined) return nodeId.residPost(layer);
  return source === undefined ? nodeId.headOut(layer, head) : nodeId.headValue(layer, head, source);
}
