/** What survives a reload of the page: view state only, and only where it still makes sense. */
import { KEEP_BY } from '#core/analyse/attribution';
import { COMPARED_TABS, TABS } from '#core/protocol/insight';
import { readGridView } from './grid-view';
import { edgeKinds } from './edge-kinds';
import { COLOUR_BY } from '../lib/colour/scales';
import { MEASURES } from './measures';
import { FIRST_VIEW, type ViewState } from './view-state';

/** Reads a view that an earlier page kept. What is missing, or was written by another version, takes its default. */
export function readKeptView(kept: unknown): ViewState {
  if (typeof kept !== 'object' || kept === null) return FIRST_VIEW;
  const found = kept as Readonly<Record<string, unknown>>;
  const oneOf = <T extends string>(options: readonly T[], value: unknown, otherwise: T): T =>
    options.find((option) => option === value) ?? otherwise;
  const strings = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  const flag = <T>(value: unknown, otherwise: T): boolean | T => (typeof value === 'boolean' ? value : otherwise);
  const hidden = strings(found['hiddenEdges']);
  return {
    tab: oneOf(
      TABS.map(({ id }) => id),
      found['tab'],
      FIRST_VIEW.tab,
    ),
    grid: readGridView(found['grid'], FIRST_VIEW.grid),
    colourBy: oneOf(COLOUR_BY, found['colourBy'], FIRST_VIEW.colourBy),
    mode: oneOf(['graph', 'table'], found['mode'], FIRST_VIEW.mode),
    otherMode: readOtherMode(found['otherMode']),
    pinned: strings(found['pinned']),
    hiddenEdges: edgeKinds.filter((kind) => hidden.includes(kind)),
    detailOpen: flag(found['detailOpen'], FIRST_VIEW.detailOpen),
    againstOpen: found['againstOpen'] === 'left' || found['againstOpen'] === 'right' ? found['againstOpen'] : null,
    legendOpen: flag(found['legendOpen'], FIRST_VIEW.legendOpen),
    camera: readCamera(found['camera']),
    wholeCircuit: flag(found['wholeCircuit'], FIRST_VIEW.wholeCircuit),
    unfolded: strings(found['unfolded']),
    shareKept:
      typeof found['shareKept'] === 'number' && found['shareKept'] > 0 && found['shareKept'] <= 1
        ? found['shareKept']
        : FIRST_VIEW.shareKept,
    keepBy: oneOf(KEEP_BY, found['keepBy'], FIRST_VIEW.keepBy),
    storyKept:
      typeof found['storyKept'] === 'number' && found['storyKept'] > 0 && found['storyKept'] <= 1
        ? found['storyKept']
        : FIRST_VIEW.storyKept,
    causesOpen: flag(found['causesOpen'], FIRST_VIEW.causesOpen),
    compare: readCompareView(found['compare']),
  };

  function readOtherMode(kept: unknown): ViewState['otherMode'] {
    if (typeof kept !== 'object' || kept === null) return FIRST_VIEW.otherMode;
    const { of, mode } = kept as Readonly<Record<string, unknown>>;
    const first = FIRST_VIEW.otherMode;
    return { of: oneOf(['graph', 'comparison'], of, first.of), mode: oneOf(['graph', 'table'], mode, first.mode) };
  }

  function readCompareView(kept: unknown): ViewState['compare'] {
    if (typeof kept !== 'object' || kept === null) return FIRST_VIEW.compare;
    const { tab, drawing, listing, measure, gathered, linked } = kept as Readonly<Record<string, unknown>>;
    const first = FIRST_VIEW.compare;
    return {
      tab: COMPARED_TABS.find((each) => each === tab) ?? first.tab,
      drawing: oneOf(['sides', 'merged'], drawing, first.drawing),
      listing: oneOf(['changes', 'tree'], listing, first.listing),
      measure: oneOf(MEASURES, measure, first.measure),
      gathered: flag(gathered, first.gathered),
      linked: flag(linked, first.linked),
    };
  }
}

function readCamera(kept: unknown): ViewState['camera'] {
  if (typeof kept !== 'object' || kept === null) return null;
  const { x, y, scale, layout, fitted } = kept as Readonly<Record<string, unknown>>;
  const finite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  if (!finite(x) || !finite(y) || !finite(scale) || scale <= 0 || typeof layout !== 'string') return null;
  return { x, y, scale, layout, fitted: fitted === true };
}
