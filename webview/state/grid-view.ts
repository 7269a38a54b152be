/** What the overview's grid shows, and how its cells are coloured. */
import { GRID_STREAMS, type GridStream } from '#core/insight/overview';

export const GRID_COLOURS = ['rank', 'probability'] as const;
/** Rank of the target in a cell, or probability of the cell's own token. */
export type GridColour = (typeof GRID_COLOURS)[number];

export const HEAD_FIGURES = ['share', 'effect', 'positions'] as const;
/** What the grid of heads shows: each head's share or effect at the position under study, or its effect from every position. */
export type HeadFigure = (typeof HEAD_FIGURES)[number];

export const GRID_SIDES = ['change', 'left', 'right'] as const;
/** Of two passes: what changes from one to the other, or one of them. */
export type GridSide = (typeof GRID_SIDES)[number];

export interface GridView {
  readonly stream: GridStream;
  readonly colourBy: GridColour;
  readonly heads: HeadFigure;
  readonly side: GridSide;
}

/** Reads what an earlier page kept. */
export function readGridView(kept: unknown, otherwise: GridView): GridView {
  if (typeof kept !== 'object' || kept === null) return otherwise;
  const { stream, colourBy, heads, side } = kept as Readonly<Record<string, unknown>>;
  return {
    stream: GRID_STREAMS.find((known) => known === stream) ?? otherwise.stream,
    colourBy: GRID_COLOURS.find((known) => known === colourBy) ?? otherwise.colourBy,
    heads: HEAD_FIGURES.find((known) => known === heads) ?? otherwise.heads,
    side: GRID_SIDES.find((known) => known === side) ?? otherwise.side,
  };
}
