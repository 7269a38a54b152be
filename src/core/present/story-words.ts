/** A story in one or two sentences, for the page, the command line and screen readers. */
import { NO_SHARES } from '../insight/overview';
import type { Story, StoryHead, StoryRead } from '../insight/story';
import { showToken } from '../text/token-text';

/** A stretch of a sentence; what names a part of the model or the prompt can be gone to. */
export interface StoryPhrase {
  readonly text: string;
  readonly of?: { readonly layer: number; readonly head?: number; readonly source?: number };
}

/** A head brings most of a read from this part of |share| on; otherwise the read is that of several. */
const MOST = 0.6;

/** Parts cancel where their absolute sum is this many times what they come to. */
const CANCEL = 4;

/** Mean attention on the first token from which on it is named as a sink. */
const SINK = 0.5;

/** Heads that are named in one phrase. */
const HEADS_NAMED = 3;

/** What happened, as phrases that make up one to three sentences. The strongest read is the largest by |share|. */
export function storySentences(story: Story): readonly StoryPhrase[] {
  const sentences = [lead(story), ...reading(story)].filter((sentence) => sentence.length > 0);
  return sentences.flatMap((sentence, i) => (i === 0 ? sentence : [{ text: ' ' }, ...sentence]));
}

/** The same as plain text. */
export function storyText(story: Story): string {
  return storySentences(story)
    .map(({ text }) => text)
    .join('');
}

/** What one should know before one trusts the map, a sentence each. */
export function storyNotes({ reads, tokens, attention, model }: Story): readonly string[] {
  const net = reads.reduce((sum, { share }) => sum + share, 0);
  const notes: string[] = [];
  if (reads.length > 0 && attention.absolute > CANCEL * Math.abs(net))
    notes.push(`Reads for and against nearly cancel: they come to ${signedText(net)}, of ${attention.absolute.toFixed(1)} in all.`);
  if (tokens.length > 1 && attention.onFirst > SINK) {
    const who = model.nHeads === 1 ? 'the head looks' : 'heads look';
    notes.push(`${percentText(attention.onFirst)} of all attention rests on the first token, where ${who} when there is nothing to read.`);
  }
  return notes;
}

function lead({ leadsFrom, layers, target }: Story): StoryPhrase[] {
  const token = `‘${showToken(target)}’`;
  if (leadsFrom === null)
    return [{ text: `${token} is only ranked ${target.rank.toLocaleString('en')} here, at ${percentText(target.probability)}.` }];
  if (leadsFrom === 0) return [{ text: `${token} leads from the first layer on.` }];
  const before = layers[leadsFrom - 1];
  const instead = before ? `; before that it is ‘${showToken(before.says)}’` : '';
  return [{ text: `${token} leads from ` }, { text: `layer ${leadsFrom}`, of: { layer: leadsFrom } }, { text: ` on${instead}.` }];
}

function reading(story: Story): StoryPhrase[][] {
  const { reads, position, layers } = story;
  if (layers.every((layer) => layer.attention === undefined)) return [[{ text: NO_SHARES }]];
  const [first] = reads;
  if (position === 0) return [[{ text: 'There is nothing before the first token that could be read.' }]];
  if (first === undefined) return [[{ text: 'No head brings anything to this token’s logit.' }]];
  return [strongestRead(story, first), feedForward(story, first)];
}

function strongestRead(story: Story, read: StoryRead): StoryPhrase[] {
  const { heads, layer, source, share, writes } = read;
  const named = headsOf(read);
  const here = { layer, source };
  const only = named.length === 1 ? named[0] : undefined;
  const who = `layer ${layer} head${named.length === 1 ? '' : 's'} ${listed(named.map(({ head }) => String(head)))}`;
  const token = story.tokens[source];
  const attention = ` (${listed(named.map((head) => percentText(head.attention)))})`;
  return [
    { text: 'The strongest read: ' },
    { text: who, of: { ...here, head: (only ?? heads[0] ?? { head: 0 }).head } },
    { text: only ? ' looks at ' : ' look at ' },
    { text: token ? `‘${showToken(token)}’` : `position ${source}`, of: here },
    {
      text: `${attention}${writes?.[0] ? ` and ${only ? 'writes' : 'write'} ‘${showToken(writes[0])}’` : ''}, ${signedText(share)} of ${whole(story)}.`,
    },
  ];
}

/** The feed-forward layer that adds the most, where that is more than the strongest read. */
function feedForward({ layers }: Story, read: StoryRead): StoryPhrase[] {
  const [most] = layers
    .flatMap(({ layer, mlp }) => (mlp === undefined ? [] : [{ layer, mlp }]))
    .sort((a, b) => Math.abs(b.mlp) - Math.abs(a.mlp));
  if (most === undefined || Math.abs(most.mlp) <= Math.abs(read.share)) return [];
  return [
    { text: 'The largest single part is ' },
    { text: `feed-forward layer ${most.layer}`, of: { layer: most.layer } },
    { text: `, ${signedText(most.mlp)}.` },
  ];
}

/** The heads that bring most of a read: one, or as many as it takes. */
export function headsOf({ heads, share, otherHeads }: Pick<StoryRead, 'heads' | 'share' | 'otherHeads'>): readonly StoryHead[] {
  const absolute = heads.reduce((sum, head) => sum + Math.abs(head.share), Math.abs(otherHeads));
  const same = heads.filter((head) => Math.sign(head.share) === Math.sign(share));
  let reached = 0;
  const named: StoryHead[] = [];
  for (const head of same) {
    if (reached >= MOST * absolute || named.length === HEADS_NAMED) break;
    reached += Math.abs(head.share);
    named.push(head);
  }
  return named.length > 0 ? named : heads.slice(0, 1);
}

/** What the shares sum to. */
function whole({ target, layers, embedding, normBias }: Story): string {
  const sum = layers.reduce((total, { attention = 0, mlp = 0 }) => total + attention + mlp, embedding + normBias);
  const figure = sum.toFixed(1).replace('-', '−');
  return target.against ? `a difference of ${figure} in the logits` : `a logit of ${figure}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`;
}

function signedText(value: number): string {
  const digits = Math.abs(value).toFixed(1);
  return `${Number(digits) === 0 ? '' : value < 0 ? '−' : '+'}${digits}`;
}

/** A part of 1 as people say it: “92 %”, “0.3 %”. */
function percentText(part: number): string {
  const percent = 100 * part;
  if (percent >= 1 || percent === 0) return `${Math.round(percent)} %`;
  return percent < 0.01 ? 'less than 0.01 %' : `${percent.toPrecision(1)} %`;
}
