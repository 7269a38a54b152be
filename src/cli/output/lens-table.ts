/** The logit lens as a table for a terminal. */
import type { LensGrid } from '../../core/format/lens-grid';
import { showToken } from '../../core/text/token-text';
import { changedModel } from './changed-model';
import { percent } from './figures';
import { clip, columns as aligned, width } from './table';

const GAP = '  ';
const MAX_CELL = 16;

/**
 * One row per layer, one column per prompt token; a cell is the most likely token and its probability. Above them, what was
 * changed of the model.
 *
 * @param columns terminal width; positions that do not fit continue in a further table. Absent: one table.
 */
export function lensTable(grid: LensGrid, columns: number | undefined): string {
  const header = ['', ...grid.tokens.map((token, p) => clip(`${p} ${showToken(token)}`, MAX_CELL))];
  const rows = [
    header,
    ...grid.rows.map(({ layer, cells }) => [
      `layer ${layer}`,
      ...cells.map(({ top: [best] }) => (best ? `${clip(showToken(best), MAX_CELL - 5)} ${percent(best.probability)}` : '')),
    ]),
  ];
  const widths = header.map((_, c) => Math.max(...rows.map((row) => width(row[c] ?? ''))));
  const { interventions = [] } = grid;
  const changes = interventions.length === 0 ? '' : `${aligned([['changed', 'to'], ...changedModel(interventions)])}\n`;
  return (
    changes +
    split(widths, columns ?? Infinity)
      .map(
        (group) =>
          rows
            .map((row) =>
              [0, ...group]
                .map((c) => pad(row[c] ?? '', widths[c] ?? 0))
                .join(GAP)
                .trimEnd(),
            )
            .join('\n') + '\n',
      )
      .join('\n')
  );
}

/** Groups columns 1… so that each group fits beside column 0. */
function split(widths: readonly number[], limit: number): number[][] {
  const [first = 0, ...others] = widths;
  const groups: number[][] = [];
  let used = Infinity;
  for (const [i, needed] of others.map((width) => GAP.length + width).entries()) {
    let group = groups.at(-1);
    if (group === undefined || used + needed > limit) {
      group = [];
      groups.push(group);
      used = first;
    }
    group.push(i + 1);
    used += needed;
  }
  return groups;
}

function pad(text: string, to: number): string {
  return text + ' '.repeat(to - width(text));
}
