/** Causes in words: what does it, and what is left without it. */
import * as l10n from '@vscode/l10n';
import { expertInWords } from '../format/component';
import type { CauseCandidate } from '../insight/cause-candidates';
import type { CauseStep } from '../insight/cause-groups';
import type { Cause, Explanation } from '../insight/explanation';
import type { Hop } from '../insight/hops';
import { headsOfHop } from '../insight/read-heads';
import { showToken } from '../text/token-text';
import { assertNever } from '../problem';
import { tokenInWords } from './token-words';
import { capitalised, figureText, listed, MOVES, percentText, signedText } from './figures-in-words';

/** Tokens of what a cause writes. */
const WRITTEN = 2;

/** "Layer 23 heads 4 and 5 and layer 25 head 2 read ‘·Japan’ (41 % to 92 %) and write ‘·Japanese’." */
export function causeInWords(cause: CauseCandidate, { tokens, position }: Pick<Explanation, 'tokens' | 'position'>): string {
  const { kind, layer, heads, source, neurons, writes } = cause;
  const named = (index: number): string => tokenInWords(tokens, index);
  const written = listed(writes.slice(0, WRITTEN).map((token) => `‘${showToken(token)}’`));
  // What acts at another position prepares what is read there later.
  const at = cause.position === position ? '' : ` ${l10n.t`at ${named(cause.position)}`}`;
  switch (kind) {
    case 'mlp': {
      const through = listed(neurons.map(({ neuron }) => String(neuron)));
      if (neurons.length === 0) return l10n.t`Feed-forward layer ${layer}${at} writes ${written}.`;
      return neurons.length === 1
        ? l10n.t`Feed-forward layer ${layer}${at} writes ${written}, with neuron ${through} first.`
        : l10n.t`Feed-forward layer ${layer}${at} writes ${written}, with neurons ${through} first.`;
    }
    case 'expert': {
      const who = capitalised(l10n.t`${expertInWords(cause.expert ?? 'shared')} of layer ${layer}`);
      const through = listed(neurons.map(({ neuron }) => String(neuron)));
      if (neurons.length === 0) return l10n.t`${who}${at} writes ${written}.`;
      return neurons.length === 1
        ? l10n.t`${who}${at} writes ${written}, with its neuron ${through} first.`
        : l10n.t`${who}${at} writes ${written}, with its neurons ${through} first.`;
    }
    case 'neurons': {
      const who = capitalised(neuronsInWords(neurons));
      return neurons.length === 1 ? l10n.t`${who}${at} writes ${written}.` : l10n.t`${who}${at} together write ${written}.`;
    }
    case 'heads': {
      const who = capitalised(listed(byLayer(heads).map(([of, ofLayer]) => headsInWords(of, ofLayer))));
      const read = named(source ?? cause.position);
      const attention = attentionInWords(heads.map((head) => head.attention));
      return heads.length === 1
        ? l10n.t`${who}${at} reads ${read} (${attention}) and writes ${written}.`
        : l10n.t`${who}${at} read ${read} (${attention}) and write ${written}.`;
    }
    case 'route':
      return routeInWords(cause.steps ?? [], named, written);
    default:
      return assertNever(kind);
  }
}

/** From the first layer to the last. */
function byLayer(heads: CauseCandidate['heads']): readonly (readonly [layer: number, heads: readonly number[]])[] {
  const layers = [...new Set(heads.map(({ layer }) => layer))].sort((a, b) => a - b);
  return layers.map((layer) => [layer, heads.filter((one) => one.layer === layer).map(({ head }) => head)]);
}

/** "layer 0 neurons 42 and 106 and layer 3 neuron 720", from the first layer to the last; of an expert "layer 1 expert 5 neuron 7". */
function neuronsInWords(neurons: CauseCandidate['neurons']): string {
  const places = new Map<string, CauseCandidate['neurons'][number][]>();
  for (const each of [...neurons].sort((a, b) => a.layer - b.layer)) {
    const place = placeInWords(each);
    places.set(place, [...(places.get(place) ?? []), each]);
  }
  const words = [...places].map(([place, inside]) => {
    const who = listed(inside.map(({ neuron }) => String(neuron)));
    return inside.length === 1 ? l10n.t`${place} neuron ${who}` : l10n.t`${place} neurons ${who}`;
  });
  return listed(words);
}

/** Whose neurons they are: "layer 3", "layer 1 expert 5", "layer 1 shared expert". */
function placeInWords({ layer, expert }: CauseCandidate['neurons'][number]): string {
  switch (expert) {
    case undefined:
      return l10n.t`layer ${layer}`;
    case 'shared':
      return l10n.t`layer ${layer} shared expert`;
    default:
      return l10n.t`layer ${layer} expert ${expert}`;
  }
}

/** "92 %"; of several the smallest and the largest. */
function attentionInWords(all: readonly number[]): string {
  const [least, most] = [percentText(Math.min(...all)), percentText(Math.max(...all))];
  return least === most ? most : l10n.t`${least} to ${most}`;
}

/** "The route ‘·Japan’ → ‘·is’ → ‘·of’, through layer 5 head 2 and layer 9 heads 3 and 4, writes ‘·Tokyo’." */
function routeInWords(steps: readonly CauseStep[], named: (index: number) => string, written: string): string {
  const path = [...steps.map(({ source }) => source), ...steps.slice(-1).map(({ position }) => position)].map(named).join(' → ');
  const through = listed(steps.map(({ layer, heads }) => headsInWords(layer, heads)));
  return l10n.t`The route ${path}, through ${through}, writes ${written}.`;
}

function headsInWords(layer: number, heads: readonly number[]): string {
  const who = listed(heads.map(String));
  return heads.length === 1 ? l10n.t`layer ${layer} head ${who}` : l10n.t`layer ${layer} heads ${who}`;
}

/** What a hop is: "Layer 5 head 2 at ‘·is’ reads ‘·Japan’". */
export function hopTitle(hop: Hop, { tokens }: Pick<Explanation, 'tokens'>): string {
  const { layer, position, source } = hop;
  const heads = headsOfHop(hop);
  const who = listed(heads.map(({ head }) => String(head)));
  const [at, read] = [tokenInWords(tokens, position), tokenInWords(tokens, source)];
  return heads.length === 1
    ? l10n.t`Layer ${layer} head ${who} at ${at} reads ${read}`
    : l10n.t`Layer ${layer} heads ${who} at ${at} read ${read}`;
}

/** The same with its effect: "Layer 5 head 2 at ‘·is’ reads ‘·Japan’, estimated effect +0.8." */
export function hopInWords(hop: Hop, of: Pick<Explanation, 'tokens'>): string {
  return l10n.t`${hopTitle(hop, of)}, estimated effect ${signedText(hop.effect)}.`;
}

/** A probability that becomes so many times what it was has moved, however small it is. */
const MANY_TIMES = 1.25;

/** Part of what is measured from which on a logit has moved, and from which on others must have made up for an estimated effect. */
const LOGIT_MOVES = 0.03;

/** "Off: 85 % → 41 %", or what else has moved. */
export function causeOffInWords({ off, estimated }: Pick<Cause, 'off' | 'estimated'>, { target }: Pick<Explanation, 'target'>): string {
  const [before, after] = [percentText(target.probability), percentText(off.probability)];
  const times = off.probability / target.probability;
  const moved = Math.abs(off.probability - target.probability) >= MOVES || Math.max(times, 1 / times) >= MANY_TIMES;
  if (before !== after && moved) {
    return off.predicts.id === target.id
      ? l10n.t`Off: ${before} → ${after}`
      : l10n.t`Off: ${before} → ${after}, and ‘${showToken(off.predicts)}’ leads`;
  }
  // Near 0 and near 1 a probability hides what the logit tells.
  const least = LOGIT_MOVES * Math.abs(target.measured);
  const by = figureText(Math.abs(off.measured));
  if (Math.abs(off.measured) > least) return fallInWords(off.measured > 0, before, by, target.measure);
  return Math.abs(estimated) > Math.max(least, 2 * Math.abs(off.measured))
    ? l10n.t('Off: no change, the rest makes up for it.')
    : l10n.t('Off: no change.');
}

function fallInWords(falls: boolean, probability: string, by: string, measure: Explanation['target']['measure']): string {
  switch (measure) {
    case 'raw':
      return falls
        ? l10n.t`Off: still ${probability}; its logit falls by ${by}.`
        : l10n.t`Off: still ${probability}; its logit rises by ${by}.`;
    case 'centred':
      return falls
        ? l10n.t`Off: still ${probability}; its logit falls by ${by}, relative to the average token.`
        : l10n.t`Off: still ${probability}; its logit rises by ${by}, relative to the average token.`;
    case 'difference':
      return falls
        ? l10n.t`Off: still ${probability}; the difference of the logits falls by ${by}.`
        : l10n.t`Off: still ${probability}; the difference of the logits rises by ${by}.`;
    default:
      return assertNever(measure);
  }
}

/** One cause as a line of text. */
export function causeText(cause: Cause, explanation: Explanation): string {
  return `${causeInWords(cause, explanation)} ${causeOffInWords(cause, explanation)}`;
}

/** What stands over what speaks against the target. */
export function againstTitle({ target }: Pick<Explanation, 'target'>): string {
  return l10n.t`Speaks against ‘${showToken(target)}’:`;
}

/** All causes as lines of text, for the clipboard. */
export function explanationText(explanation: Explanation): string {
  const { target, prompt, tokens, position, causes, against } = explanation;
  const read = tokens.slice(0, position + 1);
  // Of a prompt that was given as ids, only its tokens are known.
  const text = prompt === '' ? read.map((token) => token.text).join('') : prompt.slice(0, read.at(-1)?.end);
  const head = l10n.t`Why ‘${showToken(target)}’ (${percentText(target.probability)}) after “${text}”:`;
  const lines = causes.map((cause, i) => `${i + 1}. ${causeText(cause, explanation)}`);
  if (lines.length === 0) lines.push(l10n.t('No part was found whose removal makes it less likely.'));
  const others = against.map((cause) => `- ${causeText(cause, explanation)}`);
  const found = {
    share: l10n.t('Candidates are chosen by share and ordered by what was measured.'),
    effect: l10n.t('Candidates are chosen by estimated effect and ordered by what was measured.'),
  };
  return [
    head,
    ...(explanation.by ? [found[explanation.by]] : []),
    ...lines,
    ...(others.length > 0 ? [againstTitle(explanation), ...others] : []),
  ].join('\n');
}
