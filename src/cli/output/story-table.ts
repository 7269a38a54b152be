/** A story for a terminal: the answer, what happened in words, and the map as a table with the last layer on top. */
import type { Story, StoryRead } from '../../core/insight/story';
import type { HeadsAlone } from '../../core/insight/heads-alone';
import { headsAloneInWords } from '../../core/present/alone-words';
import { headsOf, headsOfHop } from '../../core/insight/read-heads';
import { routesOf } from '../../core/insight/routes';
import { storyNotes, storyText } from '../../core/present/story-words';
import { showToken } from '../../core/text/token-text';
import { percent, signed } from './figures';
import { foldedRows, lastCells } from './folded-rows';
import { columns } from './table';
import { tokenAt } from './token-at';

/** Routes over several hops that are listed. */
const ROUTES = 5;

/** See the head of this file. */
export function storyTable(story: Story & { readonly alone?: HeadsAlone }): string {
  const { predictions, target, reads } = story;
  const others = predictions.filter(({ id }) => id !== target.id).slice(0, 4);
  const answer = `${showToken(target)} ${percent(target.probability)}   then ${others.map((token) => `${showToken(token)} ${percent(token.probability)}`).join('  ')}`;
  const labelled = reads.filter(({ writes }) => writes !== undefined);
  const alone = story.alone ? [headsAloneInWords(story.alone, story, labelled.length)] : [];
  const effect = story.by === 'effect' ? ' (effect)' : '';
  const head = ['layer', 'says', 'target', `attention${effect}`, `feed-forward${effect}`, `reads${effect}`];
  const rows = foldedRows(story, labelled).map((row) => [
    row.name,
    showToken(row.layer.says),
    percent(row.layer.target.probability),
    ...lastCells(row, labelled, (read) => readText(story, read)),
  ]);
  return `${answer}\n${[storyText(story), ...storyNotes(story), ...alone].join('\n')}\n\n${columns([head, ...rows])}${hopsTable(story)}`;
}

/** How what is read came to where it is read, a line for each route. */
function hopsTable({ tokens, hops = [], reads }: Story): string {
  const routes = routesOf(hops, reads).slice(0, ROUTES);
  if (routes.length === 0) return '';
  const headsIn = (layer: number, heads: readonly { readonly head: number }[]): string =>
    `layer ${layer} ${heads.map(({ head }) => `h${head}`).join('+')}`;
  const rows = routes.map(({ hops: passed, read }) => [
    [...passed.map(({ source }) => source), read.source].map((at) => tokenAt(tokens, at)).join(' → '),
    ...[[...passed.map((hop) => headsIn(hop.layer, headsOfHop(hop))), headsIn(read.layer, headsOf(read))].join(', then ')],
    signed(passed[0]?.effect ?? 0),
  ]);
  return `\n\n${columns([['route', 'read by', 'effect of its first read'], ...rows])}`;
}

/** "h4 ·Japan → ·Japanese +2.67" */
function readText({ tokens }: Story, read: StoryRead): string {
  const heads = headsOf(read).map(({ head }) => `h${head}`);
  const written = read.writes?.[0];
  return `${heads.join('+')} ${tokenAt(tokens, read.source)} → ${written ? showToken(written) : ''} ${signed(read.share)}`;
}
