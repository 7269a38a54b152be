/** The logit lens as a table for a terminal. */
import type { LensGrid } from '../../core/format/lens-grid';
import { showToken } from '../../core/text/token-text';
import { changedModel } from './changed-model';
import { percent } from './figures';
import { clip, columns as aligned, wrapped } from './table';

const MAX_CELL = 16;

/**
 * One row per layer, one column per prompt token; a cell is the most likely token and its probability. Above them, what was
 * changed of the model.
 *
 * @param columns terminal width; positions that do not fit continue in a further table. Absent: one table.
 */
export function lensTable(grid: LensGrid, columns: number | undefined): string {
  const rows = [
    ['', ...grid.tokens.map((token, p) => clip(`${p} ${showToken(token)}`, MAX_CELL))],
    ...grid.rows.map(({ layer, cells }) => [
      `layer ${layer}`,
      ...cells.map(({ top: [best] }) => (best ? `${clip(showToken(best), MAX_CELL - 5)} ${percent(best.probability)}` : '')),
    ]),
  ];
  const { interventions = [] } = grid;
  const changes = interventions.length === 0 ? '' : `${aligned([['changed', 'to'], ...changedModel(interventions)])}\n`;
  return changes + wrapped(rows, columns);
}
