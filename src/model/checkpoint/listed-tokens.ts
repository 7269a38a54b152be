/** The vocabulary of a small model, as a list of texts: what visit.model.json may say in place of a tokenizer.json. */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { DESCRIPTION } from './folder-config';
import type { JsonObject } from './json';
import { readJson, type CheckpointSource } from './source';
import { firstIssue } from '../schema-problem';

/** See the head of this file. */
export const vocabularySchema = z.strictObject({
  tokens: z.array(z.string().min(1)).min(1).describe('the text of every token, in the order of their ids'),
  separator: z
    .enum(['none', 'space'])
    .default('none')
    .describe('none: a prompt is cut into as few tokens as can be; space: tokens stand between blanks, which are not tokens themselves'),
  begin: z.string().optional().describe('the token that comes before every prompt; absent: none'),
});

/** What a space is written as inside the pieces that are cut. */
const SPACE = '▁';

/**
 * What tokenizer.json would say; null where there is no description, or none of its tokens.
 *
 * @throws Problem `tokenizer-invalid`, and what the source throws
 */
export async function readListedTokens(source: CheckpointSource): Promise<JsonObject | null> {
  if (!source.has(DESCRIPTION)) return null;
  const { vocabulary } = await readJson(source, DESCRIPTION, 'tokenizer-invalid');
  if (vocabulary === undefined) return null;
  const { success, data, error } = vocabularySchema.safeParse(vocabulary);
  if (!success) throw invalid(firstIssue(error));
  const { tokens, separator, begin } = data;
  const seen = new Set<string>();
  const twice = tokens.find((token) => seen.size === seen.add(token).size);
  if (twice !== undefined) throw invalid(`${JSON.stringify(twice)} is there twice`);
  const blank = separator === 'space' ? tokens.find((token) => /\s/.test(token)) : undefined;
  if (blank !== undefined) throw invalid(`${JSON.stringify(blank)} has a blank in it, and blanks separate tokens`);
  if (begin !== undefined && !tokens.includes(begin)) throw invalid(`begin is ${JSON.stringify(begin)}, which is not among the tokens`);
  return {
    added_tokens: [],
    normalizer: separator === 'none' ? { type: 'Replace', pattern: { String: ' ' }, content: SPACE } : null,
    pre_tokenizer: separator === 'space' ? { type: 'WhitespaceSplit' } : null,
    post_processor: begin === undefined ? null : before(begin, tokens.indexOf(begin)),
    decoder: { type: 'Metaspace', replacement: SPACE, prepend_scheme: 'never' },
    // Of pieces that cost the same, a cut into the fewest is the best.
    model: { type: 'Unigram', vocab: tokens.map((token) => [token.replaceAll(' ', SPACE), -1]) },
  };
}

function before(token: string, id: number): JsonObject {
  return {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function invalid(what: string): Problem {
  return new Problem('tokenizer-invalid', `vocabulary of ${DESCRIPTION}: ${what}.`, 'The format is in docs/own-models.md.');
}
