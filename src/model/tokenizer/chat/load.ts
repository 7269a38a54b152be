/** Where a model's chat template is kept: a file of its own, tokenizer_config.json, or the metadata of a GGUF file. */
import * as z from 'zod';
import type { TokenizerSource } from '../../checkpoint/checkpoint';
import { readJson, type CheckpointSource } from '../../checkpoint/source';
import type { ChatTemplate } from './template';
import { readTokenizerConfig } from '../load';
import { tokenContent, type TokenizerConfig } from '../tokenizer-config';

/** A template, or several under names, of which transformers takes `default` for a conversation without tools. */
const templateSchema = z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]);

/** The marks that templates may name. */
const MARKS = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const;

/**
 * The chat template of a model; null where it has none.
 *
 * @throws Problem `chat-template` for one that cannot be read, and what reading throws
 */
export async function loadChatTemplate(tokenizer: TokenizerSource): Promise<ChatTemplate | null> {
  switch (tokenizer.kind) {
    case 'gguf': {
      const metadata = await tokenizer.metadata();
      const template = metadata.get('tokenizer.chat_template');
      return typeof template === 'string' ? read(template, ggufMarks(metadata)) : null;
    }
    case 'files': {
      const { source } = tokenizer;
      const config = await readTokenizerConfig(source);
      const template = await templateText(source, config);
      return template === null ? null : read(template, marksOf(config));
    }
  }
}

/** The reader of templates is itself read for conversations only. */
async function read(template: string, marks: Readonly<Record<string, string>>): Promise<ChatTemplate> {
  const { ChatTemplate } = await import('./template');
  return new ChatTemplate(template, marks);
}

async function templateText(source: CheckpointSource, config: TokenizerConfig): Promise<string | null> {
  if (source.has('chat_template.jinja')) return source.text('chat_template.jinja', 'chat-template');
  const own = source.has('chat_template.json')
    ? (await readJson(source, 'chat_template.json', 'chat-template'))['chat_template']
    : undefined;
  const { data } = templateSchema.safeParse(own ?? config['chat_template']);
  if (data === undefined) return null;
  return typeof data === 'string' ? data : (data.find(({ name }) => name === 'default')?.template ?? null);
}

function marksOf(config: TokenizerConfig): Record<string, string> {
  const marks = MARKS.map((name) => [name, tokenContent(config[name])] as const);
  return Object.fromEntries(marks.filter((mark): mark is [(typeof MARKS)[number], string] => mark[1] !== undefined));
}

/** The texts of the tokens whose ids the metadata name. */
function ggufMarks(metadata: ReadonlyMap<string, unknown>): Record<string, string> {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const found: Record<string, string> = {};
  for (const [mark, key] of [
    ['bos_token', 'bos'],
    ['eos_token', 'eos'],
    ['unk_token', 'unknown'],
    ['pad_token', 'padding'],
  ] as const) {
    const id = metadata.get(`tokenizer.ggml.${key}_token_id`);
    const text: unknown = Array.isArray(tokens) ? tokens[Number(id)] : undefined;
    if (id !== undefined && typeof text === 'string') found[mark] = text;
  }
  return found;
}
