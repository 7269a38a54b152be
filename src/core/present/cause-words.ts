/** Causes in words: what does it, and what is left without it. */
import * as l10n from '@vscode/l10n';
import type { CauseCandidate } from '../insight/cause-candidates';
import type { CauseStep } from '../insight/cause-groups';
import type { Cause, Explanation } from '../insight/explanation';
import type { Hop } from '../insight/hops';
import { headsOfHop } from '../insight/read-heads';
import { showToken } from '../text/token-text';
import { assertNever } from '../problem';
import { capitalised, listed, MOVES, percentText, signedText } from './figures-in-words';

/** Tokens of what a cause writes. */
const WRITTEN = 2;

/** "Layer 23 heads 4 and 5 and layer 25 head 2 read ‘·Japan’ (41 % to 92 %) and write ‘·Japanese’." */
export function causeInWords(cause: CauseCandidate, { tokens, position }: Pick<Explanation, 'tokens' | 'position'>): string {
  const { kind, layer, heads, source, neurons, writes } = cause;
  const named = (index: number): string => {
    const token = tokens[index];
    return token === undefined ? l10n.t`position ${index}` : `‘${showToken(token)}’`;
  };
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
    case 'neurons': {
      const who = neurons.map((one) => `${one.layer}.${one.neuron}`);
      return who.length === 1
        ? l10n.t`Neuron ${listed(who)}${at} writes ${written}.`
        : l10n.t`Neurons ${listed(who)}${at} together write ${written}.`;
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
  const named = (index: number): string => (tokens[index] ? `‘${showToken(tokens[index])}’` : l10n.t`position ${index}`);
  const who = listed(heads.map(({ head }) => String(head)));
  const [at, read] = [named(position), named(source)];
  return heads.length === 1
    ? l10n.t`Layer ${layer} head ${who} at ${at} reads ${read}`
    : l10n.t`Layer ${layer} heads ${who} at ${at} read ${read}`;
}

/** The same with its effect: "Layer 5 head 2 at ‘·is’ reads ‘·Japan’, estimated effect +0.8." */
export function hopInWords(hop: Hop, of: Pick<Explanation, 'tokens'>): string {
  return l10n.t`${hopTitle(hop, of)}, estimated effect ${signedText(hop.effect)}.`;
}

/** "Off: 85 % → 41 %", or that nothing changed. */
export function causeOffInWords({ off }: Pick<Cause, 'off'>, { target }: Pick<Explanation, 'target'>): string {
  const change = off.probability - target.probability;
  if (Math.abs(change) < MOVES) return l10n.t('Off: no change, the rest makes up for it.');
  const [before, after] = [percentText(target.probability), percentText(off.probability)];
  return off.predicts.id === target.id
    ? l10n.t`Off: ${before} → ${after}`
    : l10n.t`Off: ${before} → ${after}, and ‘${showToken(off.predicts)}’ leads`;
}

/** All causes as lines of text, for the clipboard. */
export function explanationText(explanation: Explanation): string {
  const { target, tokens, position, causes } = explanation;
  const head = l10n.t`Why ‘${showToken(target)}’ (${percentText(target.probability)}) after “${tokens
    .slice(0, position + 1)
    .map(({ text }) => text)
    .join('')}”:`;
  const found = {
    share: l10n.t('Looked for by share; ordered by what was measured.'),
    effect: l10n.t('Looked for by estimated effect; ordered by what was measured.'),
  };
  const lines = causes.map((cause, i) => `${i + 1}. ${causeInWords(cause, explanation)} ${causeOffInWords(cause, explanation)}`);
  return [head, ...(explanation.by ? [found[explanation.by]] : []), ...lines].join('\n');
}
