/**
 * What a tokenizer does to a text before it cuts it, as edits of an aligned text: the offsets of whatever is changed stay
 * known. Each follows the reference implementation, the Rust library `tokenizers`.
 */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { graphemes } from '../../core/text/graphemes';
import { edit, edits, type AlignedText, type Edit } from './aligned-text';
import { charsmapEdits, readCharsmap } from './charsmap';
import { componentSchema, readComponent, type Component } from './definition';
import { NO_TOKENIZER, patternSchema, readPattern, searching } from './file-pattern';

/** Changes a text and keeps its alignment. */
export type Transform = (text: AlignedText) => AlignedText;

type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const sequenceSchema = z.looseObject({ normalizers: z.array(componentSchema) });
const prependSchema = z.looseObject({ prepend: z.string() });
const stripSchema = z.looseObject({ strip_left: z.boolean(), strip_right: z.boolean() });
const replaceSchema = z.looseObject({
  pattern: patternSchema,
  content: z.string(),
});

/**
 * What a normalizer of tokenizer.json does.
 * @throws Problem `tokenizer-invalid` for one that is not known here
 */
export function normalization(component: Component | null): Transform {
  if (component === null) return (text) => text;
  if (component.type === 'Sequence') {
    const steps = readComponent(sequenceSchema, component).normalizers.map(normalization);
    return (text) => steps.reduce((changed, step) => step(changed), text);
  }
  const find = findEdits(component);
  return (source) => edit(source, find(source.text));
}

/** The least that is left of a text, as a fraction of its UTF-16 units; 0 where everything may vanish. */
export function leastLeft(component: Component | null): number {
  switch (component?.type) {
    case undefined:
    case 'Prepend':
    case 'NFD':
      return 1;
    case 'Sequence':
      return readComponent(sequenceSchema, component).normalizers.reduce((left, step) => left * leastLeft(step), 1);
    case 'Replace': {
      const { pattern, content } = readComponent(replaceSchema, component);
      return 'String' in pattern ? Math.min(1, content.length / pattern.String.length) : 0;
    }
    case 'Lowercase':
      return 1 / 2;
    // A letter and three accents may become one letter; compatibility turns some pairs of surrogates into ASCII besides.
    case 'NFC':
      return 1 / 4;
    case 'NFKC':
    case 'NFKD':
      return 1 / 8;
    default:
      return 0;
  }
}

function findEdits(component: Component): (text: string) => Edit[] {
  switch (component.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = component.type;
      return (text) => unicodeEdits(text, form);
    }
    case 'Prepend': {
      const { prepend: image } = readComponent(prependSchema, component);
      return (text) => (text === '' ? [] : [{ from: 0, to: 0, image }]);
    }
    case 'Replace': {
      const { pattern, content } = readComponent(replaceSchema, component);
      const found = readPattern(pattern);
      return (text) => searching(found, () => edits(text, found.expression, () => content));
    }
    case 'Lowercase':
      // Letter by letter, as the reference does: the last sigma of a word is not a special case.
      return (text) => edits(text, /\p{Changes_When_Lowercased}/gu, (letter) => letter.toLowerCase());
    case 'StripAccents':
      return (text) => edits(text, /\p{M}+/gu, () => '');
    case 'Strip': {
      const { strip_left, strip_right } = readComponent(stripSchema, component);
      return (text) => {
        const left = strip_left ? edits(text, /^\p{White_Space}+/gu, () => '') : [];
        const isGone = (left[0]?.to ?? 0) === text.length;
        return strip_right && !isGone ? [...left, ...edits(text, /(?<!\p{White_Space})\p{White_Space}+$/gu, () => '')] : left;
      };
    }
    case 'Precompiled': {
      const charsmap = readCharsmap(component);
      return (text) => charsmapEdits(text, charsmap);
    }
    default:
      throw new Problem('tokenizer-invalid', `The tokenizer uses an unsupported normalizer (${component.type}).`, NO_TOKENIZER);
  }
}

/** Unicode normalization as edits of what changes, each as short as can be. */
function unicodeEdits(text: string, form: NormalizationForm): Edit[] {
  const whole = text.normalize(form);
  if (whole === text) return [];
  const clusters = Array.from(graphemes(text), ({ segment }) => segment);
  const units = clusters.flatMap((cluster) => smallestUnits(cluster, form));
  const found: Edit[] = [];
  let from = 0;
  let normalized = '';
  for (const unit of units) {
    const image = unit.normalize(form);
    if (image !== unit) found.push({ from, to: from + unit.length, image });
    normalized += image;
    from += unit.length;
  }
  // Neighbouring clusters may act on each other; then the text is one unit.
  return normalized === whole ? found : [{ from: 0, to: text.length, image: whole }];
}

/** The smallest pieces of a cluster that normalize one by one; the cluster itself where they do not. */
function smallestUnits(cluster: string, form: NormalizationForm): string[] {
  const units: string[] = [];
  for (const character of cluster) {
    const last = units.at(-1);
    const isApart = last === undefined || (last + character).normalize(form) === last.normalize(form) + character.normalize(form);
    if (isApart) units.push(character);
    else units[units.length - 1] = last + character;
  }
  return units.map((unit) => unit.normalize(form)).join('') === cluster.normalize(form) ? units : [cluster];
}
