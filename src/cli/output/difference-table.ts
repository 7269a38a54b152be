/** The story of a comparison for a terminal: both answers, what parts them in words, and the map as a table with the last layer on top. */
import type { DifferenceExplanation } from '../../core/insight/difference-causes';
import { headsOf } from '../../core/insight/read-heads';
import type { DifferenceRead, StoryDifference } from '../../core/insight/story-difference';
import { differenceCausesText, differenceText, unmeasuredNote } from '../../core/present/difference-words';
import { columnTokens, writtenLabel } from '../../core/present/mapped-story';
import { sideWords } from '../../core/present/side-words';
import { showPrompt, showToken } from '../../core/text/token-text';
import { percent, signed } from './figures';
import { foldedRows, lastCells } from './folded-rows';
import { columns } from './table';

/** See the head of this file. */
export function differenceTable(story: StoryDifference, explanation: DifferenceExplanation): string {
  const { left, right, reads } = story;
  const words = sideWords(story);
  const sides = columns([
    ['', 'prompt', 'says', 'then'],
    ...[
      { name: words.left.name, ...left },
      { name: words.right.name, ...right },
    ].map(({ name, prompt, predictions: [first, ...then] }) => [
      name,
      showPrompt(prompt),
      first === undefined ? '' : `${showToken(first)} ${percent(first.probability)}`,
      then.map((token) => `${showToken(token)} ${percent(token.probability)}`).join('  '),
    ]),
  ]);
  const causes = explanation.unmeasured ? unmeasuredNote() : explanation.causes.length > 0 ? differenceCausesText(explanation) : '';
  const labelled = reads.filter(({ writes }) => writes !== undefined);
  const rows = foldedRows(story, labelled).map((row) => [
    row.name,
    showToken(row.layer.sides.left.says),
    showToken(row.layer.sides.right.says),
    row.layer.divergence.toFixed(2),
    ...lastCells(row, labelled, (read) => readText(story, read)),
  ]);
  const head = ['layer', words.left.name, words.right.name, 'bits apart', 'attention', 'feed-forward', 'reads'];
  return `${[sides, differenceText(story), causes].filter((block) => block !== '').join('\n\n')}\n\n${columns([head, ...rows])}`;
}

/** "h4 ·Japan|·France → ·Japanese | ·French +7.56" */
function readText(story: StoryDifference, read: DifferenceRead): string {
  const heads = headsOf(read).map(({ head }) => `h${head}`);
  return `${heads.join('+')} ${columnTokens(story, read.source).join('|')} → ${writtenLabel(read) ?? ''} ${signed(read.share)}`;
}
