/** A story in one or two sentences, for the page, the command line and screen readers. */
import * as l10n from '@vscode/l10n';
import { cancellingNote } from './cancelling-effects';
import { saturationNote } from './effect-notes';
import { NO_SHARES } from '../insight/overview';
import { headsOf } from '../insight/read-heads';
import type { Story, StoryRead } from '../insight/story';
import { assertNever } from '../problem';
import { showToken } from '../text/token-text';
import { agreementByDepth, lensInWords } from './lens-words';
import { tokenInWords } from './token-words';
import { figureText, listed, percentText, signedText } from './figures-in-words';

/** A stretch of a sentence; what names a part of the model or the prompt can be gone to. */
export interface StoryPhrase {
  readonly text: string;
  readonly of?: { readonly layer: number; readonly head?: number; readonly source?: number; readonly mlp?: boolean };
}

/** Parts cancel where their absolute sum is this many times what they come to. */
export const CANCEL = 4;

/** Mean attention on the first token from which on it is named as a sink. */
const SINK = 0.5;

/** What heads bring from where they rest is told of from this part of all that is read on. */
const RESTING = 0.02;

/** Shares add up to what is measured but for this part, which rounding of 32 bits does not reach; beyond it is a soft-cap. */
const CAPPED = 0.02;

/** What happened, as phrases that make up one to four sentences. The strongest read is the largest by |share|. */
export function storySentences(story: Story): readonly StoryPhrase[] {
  return inOneLine([lead(story), ...reading(story), ...cancelling(story).map((text) => [{ text }])]);
}

/** Sentences one after the other, without those that are empty. */
export function inOneLine(sentences: readonly (readonly StoryPhrase[])[]): readonly StoryPhrase[] {
  return sentences.filter((sentence) => sentence.length > 0).flatMap((sentence, i) => (i === 0 ? sentence : [{ text: ' ' }, ...sentence]));
}

/** The same as plain text. */
export function storyText(story: Story): string {
  return storySentences(story)
    .map(({ text }) => text)
    .join('');
}

/** What one should know before one trusts the map, a sentence each. */
export function storyNotes(story: Story): readonly string[] {
  const { layers, by, effects } = story;
  const notes: string[] = [];
  if (by === 'effect') {
    notes.push(
      l10n.t('Figures are estimated effects: how far the prediction would fall without a part, including what later layers do with it.'),
    );
    const ofBranches = layers.flatMap(({ attention: read = 0, mlp = 0 }) => [read, mlp]);
    notes.push(...[effects ? saturationNote(effects) : null, cancellingNote(ofBranches)].filter((note) => note !== null));
  }
  return [...notes, ...restingNote(story), ...windowNote(story), ...capNote(story), lensNote(story)];
}

/** That what is read for the target and against it nearly cancels: then a single read says little. */
function cancelling({ by, reads, attention }: Story): string[] {
  const net = reads.reduce((sum, { share }) => sum + share, 0);
  if (by === 'effect' || reads.length === 0 || attention.absolute <= CANCEL * Math.abs(net)) return [];
  return [l10n.t`Reads for and against nearly cancel: they come to ${signedText(net)}, out of ${figureText(attention.absolute)} in all.`];
}

/** Which lens says what layers say, and how far it can be trusted. */
function lensNote({ model }: Story): string {
  const agreement = agreementByDepth(model);
  return agreement === '' ? l10n.t('What layers say is read through {0}.', lensInWords(model.lens)) : agreement;
}

/** Where heads look when there is nothing to read. */
function restingNote({ tokens, position, attention, model }: Story): string[] {
  const { onFirst, resting } = attention;
  // The first token sees only itself: its heads do not rest.
  const [first] = tokens;
  if (first === undefined || position === 0) return [];
  const token = `‘${showToken(first)}’`;
  const part = percentText(onFirst);
  const matters = onFirst > SINK || Math.abs(resting?.share ?? 0) >= RESTING * attention.absolute;
  if (resting !== undefined && matters) {
    const share = signedText(resting.share);
    return [
      resting.layers === 1
        ? l10n.t`In one layer heads rest on the first token, ${token}: they look at it when there is nothing to read (${part} of all attention). What they bring from there, ${share}, depends on ${token} alone and is not drawn.`
        : l10n.t`In ${resting.layers} layers heads rest on the first token, ${token}: they look at it when there is nothing to read (${part} of all attention). What they bring from there, ${share} in all, depends on ${token} alone and is not drawn.`,
    ];
  }
  if (onFirst <= SINK) return [];
  return [
    model.nHeads === 1
      ? l10n.t`${part} of all attention rests on the first token, where the head looks when there is nothing to read.`
      : l10n.t`${part} of all attention rests on the first token, where heads look when there is nothing to read.`,
  ];
}

/** Layers that see the last tokens only. */
function windowNote({ layers, position }: Story): string[] {
  const windows = layers.flatMap(({ seesFrom }) => (seesFrom === undefined ? [] : [position - seesFrom + 1]));
  if (windows.length === 0) return [];
  const [least, most] = [Math.min(...windows), Math.max(...windows)];
  const seen = least === most ? String(least) : l10n.t`${least} to ${most}`;
  return [
    windows.length === layers.length
      ? l10n.t`Each layer sees only the last ${seen} tokens. Earlier ones reach it through tokens in between.`
      : l10n.t`${windows.length} of ${layers.length} layers see only the last ${seen} tokens. Earlier ones are read in the other layers, or through tokens in between.`,
  ];
}

/** A soft-cap is not linear: shares add up to what it is given. */
function capNote({ by, layers, embedding, normBias, target: { measured, measure } }: Story): string[] {
  if (by === 'effect' || layers.some(({ attention }) => attention === undefined)) return [];
  const sum = layers.reduce((total, { attention = 0, mlp = 0 }) => total + attention + mlp, embedding + normBias);
  if (Math.abs(sum - measured) <= CAPPED * Math.max(1, Math.abs(sum))) return [];
  const [before, after] = [figureText(sum), figureText(measured)];
  return [
    measure === 'difference'
      ? l10n.t`The model caps its logits. Shares add up to ${before}, the difference before the cap; ${after} is left of it.`
      : l10n.t`The model caps its logits. Shares add up to ${before}, the logit before the cap; ${after} is left of it.`,
  ];
}

function lead({ leadsFrom, layers, target }: Story): StoryPhrase[] {
  const token = `‘${showToken(target)}’`;
  if (leadsFrom === null) return [{ text: l10n.t`${token} is only ranked ${target.rank} here, at ${percentText(target.probability)}.` }];
  if (leadsFrom === 0) return [{ text: l10n.t`${token} leads from the first layer on.` }];
  const before = layers[leadsFrom - 1];
  const layer = link(l10n.t`layer ${leadsFrom}`, { layer: leadsFrom });
  return before === undefined
    ? phrases(l10n.t('{0} leads from {1} on.'), [{ text: token }, layer])
    : phrases(l10n.t('{0} leads from {1} on; before that it is {2}.'), [{ text: token }, layer, { text: `‘${showToken(before.says)}’` }]);
}

function reading(story: Story): StoryPhrase[][] {
  const { reads, position, layers, attention } = story;
  if (layers.every((layer) => layer.attention === undefined)) return [[{ text: NO_SHARES }]];
  const [first] = reads;
  if (position === 0) return [[{ text: l10n.t('The first token sees only itself: there is nothing before it to read.') }]];
  if (first === undefined && attention.resting !== undefined)
    return [[{ text: l10n.t('No head reads anything for this token: all rest on the first one.') }]];
  if (first === undefined) return [[{ text: l10n.t('No head adds anything to this token’s logit.') }]];
  return [strongestRead(story, first), feedForward(story, first)];
}

function strongestRead(story: Story, read: StoryRead): StoryPhrase[] {
  const { layer, source, share, writes } = read;
  const named = headsOf(read);
  const [only] = named;
  const here = { layer, source, ...(only && { head: only.head }) };
  const heads = listed(named.map(({ head }) => String(head)));
  const attention = listed(named.map((head) => percentText(head.attention)));
  const isEffect = story.by === 'effect';
  const figure = isEffect ? l10n.t`an effect of ${signedText(share)}` : signedText(share);
  const parts: StoryPhrase[] = [
    link(named.length === 1 ? l10n.t`layer ${layer} head ${heads}` : l10n.t`layer ${layer} heads ${heads}`, here),
    link(tokenInWords(story.tokens, source), here),
    { text: attention },
    { text: isEffect ? figure : l10n.t`${figure} of ${whole(story)}` },
    { text: writes?.[0] ? `‘${showToken(writes[0])}’` : '' },
  ];
  if (writes?.[0] === undefined) {
    return phrases(
      named.length === 1
        ? l10n.t('The strongest read: {0} looks at {1} ({2}), {3}.')
        : l10n.t('The strongest read: {0} look at {1} ({2}), {3}.'),
      parts,
    );
  }
  return phrases(
    named.length === 1
      ? l10n.t('The strongest read: {0} looks at {1} ({2}) and writes {4}, {3}.')
      : l10n.t('The strongest read: {0} look at {1} ({2}) and write {4}, {3}.'),
    parts,
  );
}

/** The feed-forward layer that adds the most, where that is more than the strongest read. */
function feedForward({ layers }: Story, read: StoryRead): StoryPhrase[] {
  const [most] = layers
    .flatMap(({ layer, mlp }) => (mlp === undefined ? [] : [{ layer, mlp }]))
    .sort((a, b) => Math.abs(b.mlp) - Math.abs(a.mlp));
  if (most === undefined || Math.abs(most.mlp) <= Math.abs(read.share)) return [];
  return phrases(l10n.t('The largest single part is {0}, {1}.'), [
    link(l10n.t`feed-forward layer ${most.layer}`, { layer: most.layer, mlp: true }),
    { text: signedText(most.mlp) },
  ]);
}

/** A phrase that can be gone to. */
export function link(text: string, of: NonNullable<StoryPhrase['of']>): StoryPhrase {
  return { text, of };
}

/** A sentence whose places `{0}`, `{1}` … are taken by a phrase each, or by several. */
export function phrases(sentence: string, parts: readonly (StoryPhrase | readonly StoryPhrase[])[]): StoryPhrase[] {
  return sentence
    .split(/(\{\d+\})/)
    .flatMap((piece) => (/^\{\d+\}$/.test(piece) ? (parts[Number(piece.slice(1, -1))] ?? []) : { text: piece }))
    .filter(({ text }) => text !== '');
}

/** What the shares sum to: the figure depends on the final norm's cap, if any, so it is the model's own. */
function whole({ target: { measure, measured } }: Story): string {
  const figure = figureText(measured);
  switch (measure) {
    case 'centred':
      return l10n.t`${figure} logits above the average token`;
    case 'raw':
      return l10n.t`a logit of ${figure}`;
    case 'difference':
      return l10n.t`a difference of ${figure} in the logits`;
    default:
      return assertNever(measure);
  }
}
