import * as z from 'zod';

/** A special token: its text, or an object that says more. */
const specialTokenSchema = z.union([z.string(), z.looseObject({ content: z.string() })]);
type SpecialToken = z.infer<typeof specialTokenSchema>;

/** tokenizer_config.json as far as it decides which tokens a prompt has. */
export const configSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  add_prefix_space: z.boolean().nullish(),
  bos_token: specialTokenSchema.nullish(),
  eos_token: specialTokenSchema.nullish(),
  unk_token: specialTokenSchema.nullish(),
  pad_token: specialTokenSchema.nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string() })).nullish(),
});
export type TokenizerConfig = z.infer<typeof configSchema>;

/** The text of a special token. */
export function tokenContent(token: SpecialToken | null | undefined): string | undefined {
  return typeof token === 'string' ? token : token?.content;
}
