/** What the overview's grid shows, and how its cells are coloured. */
import { GRID_STREAMS, type GridStream } from '#core/insight/overview';

export const GRID_COLOURS = ['rank', 'probability'] as const;
/** Rank of the target in a cell, or probability of the cell's own token. */
export type GridColour = (typeof GRID_COLOURS)[number];

export interface GridView {
  readonly stream: GridStream;
  readonly colourBy: GridColour;
}

/** Reads what an earlier page kept. */
export function readGridView(kept: unknown, otherwise: GridView): GridView {
  if (typeof kept !== 'object' || kept === null) return otherwise;
  const { stream, colourBy } = kept as Readonly<Record<string, unknown>>;
  return {
    stream: GRID_STREAMS.find((known) => known === stream) ?? otherwise.stream,
    colourBy: GRID_COLOURS.find((known) => known === colourBy) ?? otherwise.colourBy,
  };
}
