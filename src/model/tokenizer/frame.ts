/** The tokens that a tokenizer puts around every prompt by itself: a beginning-of-text mark, mostly. */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { componentSchema, readComponent, type Component } from './definition';
import { NO_TOKENIZER } from './file-pattern';

/** Ids before a prompt's own tokens, and after them. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NO_FRAME: Frame = { before: [], after: [] };

const sequenceSchema = z.looseObject({ processors: z.array(componentSchema) });
const templateSchema = z.looseObject({
  single: z.array(
    z.union([z.object({ SpecialToken: z.looseObject({ id: z.string() }) }), z.object({ Sequence: z.looseObject({ id: z.string() }) })]),
  ),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(z.int().nonnegative()) })).default({}),
});
const marked = z.tuple([z.string(), z.int().nonnegative()]);
const pairSchema = z.looseObject({ cls: marked, sep: marked });

/**
 * What a post-processor adds to a single text.
 * @throws Problem `tokenizer-invalid` for one that is not known here
 */
export function readFrame(component: Component | null): Frame {
  if (component === null || component.type === 'ByteLevel') return NO_FRAME;
  if (component.type === 'Sequence') {
    const frames = readComponent(sequenceSchema, component).processors.map(readFrame);
    return { before: frames.flatMap(({ before }) => before), after: frames.flatMap(({ after }) => after) };
  }
  if (component.type === 'TemplateProcessing') return readTemplate(readComponent(templateSchema, component));
  if (component.type === 'BertProcessing' || component.type === 'RobertaProcessing') {
    const { cls, sep } = readComponent(pairSchema, component);
    return { before: [cls[1]], after: [sep[1]] };
  }
  throw new Problem('tokenizer-invalid', `The tokenizer uses an unsupported post-processor (${component.type}).`, NO_TOKENIZER);
}

function readTemplate({ single, special_tokens }: z.infer<typeof templateSchema>): Frame {
  const sequence = single.findIndex((item) => 'Sequence' in item);
  const ids = single.map((item) => ('SpecialToken' in item ? (special_tokens[item.SpecialToken.id]?.ids ?? []) : []));
  return { before: ids.slice(0, sequence).flat(), after: ids.slice(sequence + 1).flat() };
}
