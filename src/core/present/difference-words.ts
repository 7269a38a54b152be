/** The story of a comparison in words: for the page, the command line and pictures. */
import * as l10n from '@vscode/l10n';
import type { BriefSide, DifferenceCandidate, DifferenceCause, DifferenceExplanation } from '../insight/difference-causes';
import { NO_SHARES } from '../insight/overview';
import { headsOf } from '../insight/read-heads';
import type { DifferenceRead, OfSides, StoryDifference } from '../insight/story-difference';
import { showPrompt, showToken } from '../text/token-text';
import { capitalised, listed, MOVES, percentText, signedText } from './figures-in-words';
import { isWhatIf, sideWords, type SideWords } from './side-words';
import { CANCEL, inOneLine, link, phrases, type StoryPhrase } from './story-words';

type Sides = OfSides<BriefSide>;
type Named = Pick<StoryDifference['left'], 'tokens'>;

/** What happened, as phrases that make up one to three sentences. A read’s `source` is the place of its pair of tokens. */
export function differenceSentences(story: StoryDifference): readonly StoryPhrase[] {
  if (isSame(story)) return [{ text: l10n.t('Nothing differs: both passes say and add the same in every layer.') }];
  return inOneLine([parts(story), strongest(story), feedForward(story)]);
}

/** The same as plain text. */
export function differenceText(story: StoryDifference): string {
  return differenceSentences(story)
    .map(({ text }) => text)
    .join('');
}

/** Both answers, what parts them, and what has been measured of it, as lines of text. @param causes as `differenceCausesText`; null: none */
export function storyDifferenceText(story: StoryDifference, causes: string | null): string {
  const words = sideWords(story);
  const sides = (['left', 'right'] as const).map((side) => {
    const { prompt, target } = story[side];
    return `${words[side].name}: ${showPrompt(prompt)} → ${showToken(target)} ${percentText(target.probability)}`;
  });
  return [...sides, differenceText(story), ...differenceNotes(story), ...(causes === null ? [] : ['', causes])].join('\n');
}

/** What one should know before one trusts the map, a sentence each. */
export function differenceNotes({ attention }: Pick<StoryDifference, 'attention'>): readonly string[] {
  const net = attention.bySource.reduce((sum, share) => sum + share, 0);
  if (attention.count < 2 || attention.absolute <= CANCEL * Math.abs(net)) return [];
  return [
    l10n.t`What is read differently nearly cancels: the changes come to ${signedText(net)}, of ${attention.absolute.toFixed(1)} in all.`,
  ];
}

/** Whether the two passes are one and the same, down to the last figure. */
function isSame({ layers, attention, embedding, contrast }: StoryDifference): boolean {
  const figures = layers.flatMap(({ divergence, attention: read = 0, mlp = 0 }) => [divergence, read, mlp]);
  return [...figures, attention.absolute, embedding, contrast.right - contrast.left].every((figure) => figure === 0);
}

/** What the dots are for: what blue and orange mean. */
export function directions({ contrast, right }: Pick<StoryDifference, 'contrast' | 'right'>): {
  readonly up: string;
  readonly down: string;
} {
  if (contrast.of === 'targets') return { up: l10n.t('drives the answers apart'), down: l10n.t('pulls them together') };
  const token = `‘${showToken(right.target)}’`;
  return { up: l10n.t`adds to ${token}`, down: l10n.t`takes from ${token}` };
}

function parts(story: StoryDifference): StoryPhrase[] {
  const { differsFrom, left, right, layers } = story;
  const words = sideWords(story);
  const last = layers[layers.length - 1];
  const layerOf = (layer: number): StoryPhrase => link(l10n.t`layer ${layer}`, { layer });
  if (differsFrom === null) {
    const most = layers.reduce((best, layer) => (layer.divergence > best.divergence ? layer : best), last);
    return phrases(l10n.t('Both say {0} in the end; they are furthest apart after {1}, by {2} bits.'), [
      { text: `‘${showToken(last.sides.left.says)}’` },
      layerOf(most.layer),
      { text: most.divergence.toFixed(2) },
    ]);
  }
  const begin =
    differsFrom === 0
      ? [{ text: l10n.t('They say different tokens from the first layer on') }]
      : phrases(l10n.t('They say different tokens from {0} on'), [layerOf(differsFrom)]);
  const leads = (['left', 'right'] as const).flatMap((side) => {
    const { leadsFrom, target } = { left, right }[side];
    if (leadsFrom === null || leadsFrom === 0) return [];
    return [
      phrases(l10n.t('{0} leads {1} from {2} on'), [{ text: `‘${showToken(target)}’` }, { text: words[side].there }, layerOf(leadsFrom)]),
    ];
  });
  const [one, other] = leads;
  if (one === undefined) return [...begin, { text: '.' }];
  if (other === undefined) return [...begin, { text: ': ' }, ...one, { text: '.' }];
  return [...begin, { text: ': ' }, ...phrases(l10n.t('{0} and {1}'), [one, other]), { text: '.' }];
}

/** The read that differs most, and how much of the whole it is. */
function strongest(story: StoryDifference): StoryPhrase[] {
  const { reads, layers, contrast } = story;
  if (layers.every(({ attention }) => attention === undefined)) return [{ text: NO_SHARES }];
  const [read] = reads;
  if (read === undefined) return [{ text: l10n.t('Nothing is read differently.') }];
  const heads = headsOf(read).map(({ head }) => head);
  const [first] = heads;
  const here = { layer: read.layer, source: read.source, ...(first !== undefined && { head: first }) };
  return phrases(
    heads.length === 1
      ? l10n.t('The read that differs most: {0} reads {1}, {2} of {3} logits.')
      : l10n.t('The read that differs most: {0} read {1}, {2} of {3} logits.'),
    [
      link(headsInWords(read.layer, heads), here),
      link(tokensOf(story, story.tokens[read.source], sideWords(story)), here),
      { text: signedText(read.share) },
      { text: signedText(contrast.right - contrast.left) },
    ],
  );
}

/** The feed-forward layer that differs most, where that is by more than any read. */
function feedForward({ layers, reads }: StoryDifference): StoryPhrase[] {
  const most = layers.reduce((best, layer) => (Math.abs(layer.mlp ?? 0) > Math.abs(best.mlp ?? 0) ? layer : best));
  const { layer, mlp = 0 } = most;
  if (Math.abs(mlp) <= Math.abs(reads[0]?.share ?? 0)) return [];
  return phrases(l10n.t('{0} differs by more, {1}.'), [
    link(l10n.t`Feed-forward layer ${layer}`, { layer, mlp: true }),
    { text: signedText(mlp) },
  ]);
}

/** "layer 23 head 4 reads ‘·Japan’ in A and ‘·France’ in B" */
export function readInWords(story: StoryDifference, read: DifferenceRead): string {
  const pair = story.tokens[read.source];
  const heads = headsOf(read).map(({ head }) => head);
  return headsReading(read.layer, heads, tokensOf(story, pair, sideWords(story)));
}

function headsReading(layer: number, heads: readonly number[], tokens: string): string {
  const who = headsInWords(layer, heads);
  return heads.length === 1 ? l10n.t`${who} reads ${tokens}` : l10n.t`${who} read ${tokens}`;
}

function headsInWords(layer: number, heads: readonly number[]): string {
  const who = listed(heads.map(String));
  return heads.length === 1 ? l10n.t`layer ${layer} head ${who}` : l10n.t`layer ${layer} heads ${who}`;
}

/** One token where both sides have the same there, else each with its side. */
function tokensOf({ left, right }: OfSides<Named>, at: OfSides<number | null>, words: OfSides<SideWords>): string {
  const named = (side: Named, i: number | null): string | null => {
    const token = i === null ? undefined : side.tokens[i];
    return token === undefined ? null : `‘${showToken(token)}’`;
  };
  const [one, other] = [named(left, at.left), named(right, at.right)];
  if (one === other) return one ?? '';
  if (one === null) return l10n.t`${other ?? ''}, which is only ${words.right.there}`;
  if (other === null) return l10n.t`${one}, which is only ${words.left.there}`;
  return l10n.t`${one} ${words.left.there} and ${other} ${words.right.there}`;
}

/** "Layer 23 head 4 reads ‘·Japan’ in A and ‘·France’ in B." */
export function differenceCauseInWords(cause: DifferenceCandidate, explanation: Sides): string {
  const words = sideWords(explanation);
  const { left, right } = explanation;
  const isEarlier = cause.at.right !== right.position;
  const at = tokensOf({ left, right }, cause.at, words);
  if (cause.kind === 'mlp') {
    return isEarlier ? l10n.t`Feed-forward layer ${cause.layer} at ${at}.` : l10n.t`Feed-forward layer ${cause.layer}.`;
  }
  const read = cause.reads ?? cause.at;
  const said = headsReading(cause.layer, cause.heads, tokensOf({ left, right }, read, words));
  const sentence = capitalised(said);
  return isEarlier && read.right !== cause.at.right ? `${sentence} ${l10n.t`at ${at}.`}` : `${sentence}.`;
}

/** "‘·Paris’ 96 % → 7 %, and ‘·Tokyo’ leads at 81 %": what the right side says with its value from the left one. */
export function movedInWords({ moved }: DifferenceCause, { right: { target } }: Sides): string {
  const change = moved.probability.right - target.probability;
  const now = `‘${showToken(target)}’ ${percentText(target.probability)} → ${percentText(moved.probability.right)}`;
  if (moved.predicts.id !== target.id)
    return l10n.t`${now}, and ‘${showToken(moved.predicts)}’ leads at ${percentText(moved.predicts.probability)}.`;
  return Math.abs(change) < MOVES ? l10n.t('No change.') : `${now}.`;
}

/** How causes are measured. */
export function measuredHow(sides: Parameters<typeof isWhatIf>[0]): string {
  const { left, right } = sideWords(sides);
  return isWhatIf(sides)
    ? l10n.t('Each part is tried as it was before.')
    : l10n.t`Each part is tried in ${right.name} as it is in ${left.name}.`;
}

/** All causes as lines of text. */
export function differenceCausesText(explanation: DifferenceExplanation): string {
  const lines = explanation.causes.map(
    (cause, i) => `${i + 1}. ${differenceCauseInWords(cause, explanation)} ${movedInWords(cause, explanation)}`,
  );
  return [l10n.t`Why do they differ? ${measuredHow(explanation)}`, ...lines].join('\n');
}

/** Why nothing was measured. */
export function unmeasuredNote(): string {
  return l10n.t(
    'Causes can be measured only if both positions are equally far from the end of their prompts. Choose matching positions to see them.',
  );
}
