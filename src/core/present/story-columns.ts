/** The columns of a story's map: the tokens of the prompt that something is read from, runs of others folded. */
import type { Hop } from '../insight/hops';
import { columnWidths } from './column-widths';
import { columnTokens, type AnyRead, type MappedStory } from './mapped-story';

/** A token of the prompt, or a run of tokens that are folded. */
export interface StoryColumn {
  readonly first: number;
  readonly last: number;
  /** middle */
  readonly x: number;
  readonly width: number;
  /** the first token, of which nothing is drawn because heads rest on it: as narrow as a run */
  readonly rests?: true;
}

/** A column for a single token is this wide at the least, unless its text is shorter, and that of a folded run, whose text is never cut. */
const COLUMN = { least: 36, folded: 28 } as const;
/** So many tokens that are read most are written out, if others have to be folded for it, and do not give way to the one under study. */
const ENOUGH = 2;
/** What is beside a token in its column, and beside the count of a folded run. */
const BESIDE = { token: 14, count: 1 } as const;

/** What is written of a folded run. */
export function foldedText({ first, last }: Pick<StoryColumn, 'first' | 'last'>): string {
  return `…${last - first + 1}…`;
}

/** The tokens that something is read from, those with the most of it first, each in a column while there is room; runs of others folded. */
export function columnsOf(
  story: Pick<MappedStory<AnyRead>, 'tokens' | 'position' | 'attention' | 'left' | 'right'>,
  reads: readonly AnyRead[],
  hops: readonly Hop[],
  { left, right }: { readonly left: number; readonly right: number },
  measure: (text: string, font: 'stream' | 'figure') => number,
): StoryColumn[] {
  const { tokens, position, attention } = story;
  const room = right - left;
  const seen = tokens.map((_, j) => j);
  const weight = seen.map((j) => Math.max(0, ...reads.map(({ source, share }) => (source === j ? Math.abs(share) : 0))));
  // Then what hops read, and those nearest to the token under study.
  const isHop = seen.map((j) => Number(hops.some(({ source }) => source === j)));
  const ranked = seen.toSorted(
    (a, b) => (weight[b] ?? 0) - (weight[a] ?? 0) || (isHop[b] ?? 0) - (isHop[a] ?? 0) || Math.abs(a - position) - Math.abs(b - position),
  );
  const rests = (run: Run): boolean => run.last === 0 && attention.resting !== undefined && weight[0] === 0;
  const isFolded = (run: Run): boolean => run.first !== run.last || rests(run);
  const textOf = (j: number): number => BESIDE.token + Math.max(0, ...columnTokens(story, j).map((token) => measure(token, 'stream')));
  const foldedWidth = (run: Run): number => Math.max(COLUMN.folded, rests(run) ? 0 : BESIDE.count + measure(foldedText(run), 'figure'));
  // Tokens that are read most are written out, if others have to be folded for it: two of them, or one where there is no room for two.
  const widthsWith =
    (written: readonly number[]) =>
    (all: readonly Run[]): number =>
      all.reduce((sum, run) => {
        if (isFolded(run)) return sum + foldedWidth(run);
        return sum + (written.includes(run.first) ? Math.min(room, Math.max(COLUMN.least, textOf(run.first))) : COLUMN.least);
      }, 0);
  const fitting = (most: number) => {
    const written = ranked.slice(0, most).filter((j, i) => i === 0 || (weight[j] ?? 0) > 0);
    const widthOf = widthsWith(written);
    let count = ranked.length;
    let runs = runsOf(seen, new Set(seen));
    while (widthOf(runs) > room && --count > 0) runs = runsOf(seen, new Set(ranked.slice(0, count)));
    return { widthOf, count, runs, all: count >= written.length };
  };
  const both = fitting(ENOUGH);
  const { widthOf, count, ...fit } = both.all ? both : fitting(1);
  let { runs } = fit;
  // The token under study is where the map leads: it takes the place of one that is read little, if not of those that are read most.
  for (const least of [count, count - 1]) {
    const withPosition = runsOf(seen, new Set([...ranked.slice(0, least), position]));
    if (least < ENOUGH || widthOf(withPosition) > room) continue;
    runs = withPosition;
    break;
  }
  const single = runs.filter((run) => !isFolded(run)).map(({ first }) => first);
  const wanted = single.map((j) => ({
    wanted: textOf(j),
    weight: (weight[j] ?? 0) + 1e-9 * (isHop[j] ?? 0),
  }));
  const widths = columnWidths(wanted, room - runs.filter(isFolded).reduce((sum, run) => sum + foldedWidth(run), 0), COLUMN.least);
  let x = left;
  return runs.map((run) => {
    const width = isFolded(run) ? foldedWidth(run) : (widths[single.indexOf(run.first)] ?? 0);
    x += width;
    return { ...run, width, x: x - width / 2, ...(rests(run) && { rests: true }) };
  });
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** Each chosen position by itself, what lies between two of them as one. A run of one needs no folding. */
function runsOf(positions: readonly number[], chosen: ReadonlySet<number>): Run[] {
  const runs: Run[] = [];
  for (const j of positions) {
    const before = runs[runs.length - 1];
    if (before === undefined || chosen.has(j) || chosen.has(before.last)) runs.push({ first: j, last: j });
    else runs[runs.length - 1] = { first: before.first, last: j };
  }
  return runs;
}
