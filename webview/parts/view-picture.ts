/** A picture of a view of text and tables: what it says is read from the document, in the theme of the picture. */
import { readPassages } from '../lib/dom/read-passages';
import type { Passage } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { passagesPicture } from '../picture/passages-picture';
import type { Picture, MeasureFont } from '../picture/picture';
import type { Part } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import { graphLine } from '../picture/graph-picture';

/** What stands above a picture: a title, and lines that say what it is of. */
export interface PictureHead {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Of a view of one pass. @param name of the view */
export function headOfPass(name: string, shown: ShownGraph | null): PictureHead {
  return shown === null
    ? { title: name, lines: [] }
    : { title: `${name}: ${shown.graph.prompt}`, lines: [shown.graph.prompt, `${name} · ${graphLine(shown.graph)}`] };
}

/**
 * Reads elements of the page as they are on a ground. The page has that theme meanwhile: nothing is painted before it has its own
 * again.
 * @param update of what the elements belong to: colours that are not in stylesheets follow the state
 */
export function passagesOf(elements: readonly Element[], theme: Theme, state: PageState, update: Part['update']): readonly Passage[] {
  const { body } = document;
  const { className } = body;
  const lent = { ...state, theme };
  try {
    body.className = `visit-standalone vscode-${theme.kind}`;
    update(lent, state);
    return elements.flatMap(readPassages);
  } finally {
    body.className = className;
    update(state, lent);
  }
}

/** A list of causes, where it has any: before, there are only words about it. */
export function withCauses(list: Element): readonly Element[] {
  return list.querySelector('li') === null ? [] : [list];
}

/** The sections of a view that have a table: its grids have pictures of their own. */
export function withTables(view: Element): readonly Element[] {
  return [...view.querySelectorAll(':scope > section')].filter((section) => section.querySelector('[role=table]') !== null);
}

/** @returns null where there is no table and no drawing yet, only words about it */
export function viewPicture(
  { title, lines }: PictureHead,
  passages: readonly Passage[],
  theme: Theme,
  measure: MeasureFont,
): Picture | null {
  return passages.every(({ kind }) => kind === 'heading' || kind === 'text')
    ? null
    : passagesPicture({ title, head: lines, passages }, theme, measure);
}
