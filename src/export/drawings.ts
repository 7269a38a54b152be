/** Pictures without a page: the drawings of the inspector, by the same painters, as SVG. */
import type { KeepBy } from '../core/analyse/attribution';
import type { FlowGraph } from '../core/format/flow-graph';
import type { Story } from '../core/insight/story';
import type { StoryDifference } from '../core/insight/story-difference';
import { heightOfMap, layoutStory } from '../core/present/story-layout';
import { scalePainter } from '../../webview/graph/painter';
import { fontOf } from '../../webview/graph/story-paint';
import { requestOf } from '../../webview/host/standalone';
import { differencePicture } from '../../webview/picture/difference-picture';
import { graphPicture } from '../../webview/picture/graph-picture';
import { NIGHT, PAPER } from '../../webview/picture/picture';
import { storyPicture } from '../../webview/picture/story-picture';
import { svgOf } from '../../webview/picture/svg';
import { firstState } from '../../webview/state/page-state';
import { prepareGraph } from '../../webview/state/shown-graph';
import { FIRST_VIEW } from '../../webview/state/view-state';
import { textWidth } from './text-width';

/** Colours of a picture: on white, as papers are printed, or on a dark ground. */
export type PictureColours = 'light' | 'dark';

const THEMES = { light: PAPER, dark: NIGHT } as const;

/** Width of a story's map, the height of a layer, and how high a map may get before layers in which nothing is drawn are folded; in pixels. */
const MAP = { width: 760, row: 24, most: 1000 } as const;

/** The flow graph as it first opens, as SVG. @param by what nodes are coloured by */
export function graphSvg(graph: FlowGraph, colours: PictureColours, by: KeepBy = 'share'): string {
  const shown = prepareGraph({ type: 'graph', graph, fingerprint: '', request: requestOf(graph), origin: {} });
  const state = { ...firstState(THEMES[colours], { ...FIRST_VIEW, colourBy: by }), shown };
  return svgOf(graphPicture(shown, scalePainter, state, textWidth), textWidth);
}

/** The map of a story with its sentence, as SVG. */
export function storySvg(story: Story, colours: PictureColours): string {
  const { storyKept } = FIRST_VIEW;
  const size = { width: MAP.width, height: Math.min(MAP.most, heightOfMap(story, MAP.row)) };
  const layout = layoutStory(story, size, storyKept, (text, font) => textWidth(text, fontOf(font)));
  return svgOf(storyPicture(story, layout, storyKept, THEMES[colours], textWidth), textWidth);
}

/** The map of the difference of two passes with its sentences, as SVG. */
export function storyDifferenceSvg(story: StoryDifference, colours: PictureColours): string {
  const { storyKept } = FIRST_VIEW;
  const size = { width: MAP.width, height: Math.min(MAP.most, heightOfMap(story, MAP.row)) };
  const layout = layoutStory(story, size, storyKept, (text, font) => textWidth(text, fontOf(font)));
  return svgOf(differencePicture(story, layout, storyKept, THEMES[colours], textWidth), textWidth);
}
