/** The map of a story as a table, for screen readers: a row for each layer, the last first, also for those that the map folds. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { AnyStory } from '#core/present/mapped-story';
import { itemsOf, layerOf, type StoryItem, type StoryLayout } from '#core/present/story-layout';
import { html } from '../lib/dom/html';

/** What a table says, beside the number of the layer and its reads. */
export interface StoryTableOptions<Read extends AnyStory['reads'][number]> {
  readonly caption: string;
  readonly columns: readonly string[];
  /** a text for each column; null: nothing is known of the layer */
  readonly cells: (layer: number) => readonly string[] | null;
  readonly read: (item: StoryItem<Read>) => string;
}

export function storyLayersTable<Read extends AnyStory['reads'][number]>(
  { layers }: Pick<AnyStory, 'layers'>,
  layout: StoryLayout<Read>,
  { caption, columns, cells, read }: StoryTableOptions<Read>,
): TemplateResult {
  const headings = [l10n.t('Layer'), ...columns, l10n.t('Reads')];
  return html`<table class="unseen" data-testid="story-table">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${layers
        .map(({ layer }) => layer)
        .toReversed()
        .map((layer) => {
          const row = cells(layer);
          const reads = itemsOf<Read>(layout).filter((item) => layerOf(item) === layer);
          return (
            row &&
            html`<tr>
              <th scope="row">${layer}</th>
              ${row.map((cell) => html`<td>${cell}</td>`)}
              <td>${reads.map((item) => html`${read(item)}${' '}`)}</td>
            </tr>`
          );
        })}
    </tbody>
  </table>`;
}
