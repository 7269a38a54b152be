/**
 * A prompt as a conversation with an instruction-tuned model. In a text, a line that says `system:`, `user:` or `assistant:` and nothing else
 * begins what that role says; a text without such lines is what the user says. A file may begin with a YAML front matter between two lines
 * of `---`, which belongs to every prompt in it: `system`, a system prompt, and `messages`, a list of earlier turns, each with `role` and
 * `content`. docs/chat.md says so to users.
 */
import * as l10n from '@vscode/l10n';
import { LineCounter, parseDocument, isScalar, type Document } from 'yaml';
import * as z from 'zod';
import { Problem } from '../core/problem';
import type { ChatRole } from '../core/format/chat';

/** What a role says, and where that is in its file. */
export interface PlacedMessage {
  readonly role: ChatRole;
  readonly content: string;
  /** first UTF-16 unit of the content in the file; absent: it is written in another way there */
  readonly at?: number;
}

const FRONT = /^\ufeff?---[ \t]*\r?\n([^]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/;
const BLANK_LINES = /^(?:[ \t]*\r?\n)+/;
const MARKER = /^(system|user|assistant):[ \t]*$/;

const frontSchema = z.strictObject({
  system: z.string().optional(),
  messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).optional(),
});

/** How much of a file is its front matter: the UTF-16 units before what follows it; 0 where it has none. */
export function frontMatterLength(file: string): number {
  return FRONT.exec(file)?.[0].length ?? 0;
}

/**
 * What the front matter of a file says before every prompt in it; nothing where it has none.
 *
 * @throws Problem `chat-template` naming what in it cannot be read
 */
export function frontMatter(file: string): readonly PlacedMessage[] {
  const [whole, yaml] = FRONT.exec(file) ?? [];
  if (whole === undefined || yaml === undefined) return [];
  const begin = whole.indexOf(yaml, whole.indexOf('\n'));
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const [error] = document.errors;
  // The line of `---` is the file's first.
  if (error) throw unreadable(l10n.t`line ${(error.linePos?.[0].line ?? 1) + 1}: ${error.message.split(' at line')[0] ?? ''}`);
  const parsed = frontSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(`${issue?.path.join('.') ?? ''}${issue?.path.length ? ': ' : ''}${issue?.message ?? ''}`);
  }
  const place = (path: readonly (string | number)[], content: string) => placeOf(document, path, content, yaml, begin);
  const { system, messages = [] } = parsed.data;
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system, ...place(['system'], system) }]),
    ...messages.map((message, i) => ({ ...message, ...place(['messages', i, 'content'], message.content) })),
  ];
}

/** Where a value is in the file; nothing where it is written in another way there, such as indented. */
function placeOf(document: Document, path: readonly (string | number)[], content: string, yaml: string, begin: number): { at?: number } {
  const node = document.getIn(path, true);
  const range = isScalar(node) ? node.range : undefined;
  if (!range) return {};
  const found = yaml.slice(range[0], range[1]).indexOf(content);
  return found < 0 ? {} : { at: begin + range[0] + found };
}

/** Whether a text says in lines of its own who says what. */
export function hasRoles(text: string): boolean {
  return text.split(/\r?\n/).some((line) => MARKER.test(line));
}

/**
 * What lies around an offset between two lines of `---`, the front matter left out, where it names roles; undefined where it does not.
 *
 * @param front length of the front matter
 */
export function conversationAround(
  file: string,
  offset: number,
  front: number,
): { readonly start: number; readonly end: number } | undefined {
  if (offset < front) return undefined;
  const rules = Array.from(file.slice(front).matchAll(/^---[ \t]*(?:\r?\n|$)/gm), ({ index, 0: rule }) => ({
    from: front + index,
    to: front + index + rule.length,
  }));
  const before = rules.findLast(({ to }) => to <= offset)?.to ?? front;
  const after = rules.find(({ from }) => from >= offset)?.from ?? file.length;
  const whole = file.slice(before, after);
  if (!hasRoles(whole)) return undefined;
  const start = before + (/^\s*/.exec(whole)?.[0].length ?? 0);
  return { start, end: start + file.slice(start, after).trimEnd().length };
}

/**
 * What a text says, by roles: all of it by the user where it names none. Blank lines around what a role says are not part of it.
 *
 * @param start where the text begins in its file
 * @throws Problem `empty-prompt` where somebody says nothing; `chat-template` where something is said before the first role
 */
export function messagesIn(text: string, start = 0): readonly PlacedMessage[] {
  if (!hasRoles(text)) return [{ role: 'user', content: text, at: start }];
  const messages: PlacedMessage[] = [];
  let current: { role: ChatRole; from: number; line: number } | null = null;
  const end = (to: number): void => {
    if (current === null) return;
    const raw = text.slice(current.from, to);
    const content = raw.replace(BLANK_LINES, '').replace(/(?:\r?\n[ \t]*)+$/, '');
    if (content.trim() === '')
      throw new Problem(
        'empty-prompt',
        l10n.t`${current.role}: in line ${current.line} is followed by nothing.`,
        l10n.t('Write what is said below it.'),
      );
    messages.push({ role: current.role, content, at: start + current.from + raw.indexOf(content) });
  };
  let at = 0;
  for (const [i, line] of text.split('\n').entries()) {
    const role = MARKER.exec(line.replace(/\r$/, ''))?.[1] as ChatRole | undefined;
    if (role !== undefined) {
      end(at);
      current = { role, from: at + line.length + 1, line: i + 1 };
    } else if (current === null && line.trim() !== '') {
      throw new Problem(
        'chat-template',
        l10n.t`Line ${i + 1} of the conversation is said by nobody.`,
        l10n.t('Begin it with a line that says user: or system:.'),
      );
    }
    at += line.length + 1;
  }
  end(text.length);
  return messages;
}

/** What a whole file says: its front matter, and all below it as one conversation. @throws Problem as `frontMatter` and `messagesIn` */
export function conversationOf(file: string): readonly PlacedMessage[] {
  const front = frontMatterLength(file);
  const below = file.slice(front);
  const text = below.replace(BLANK_LINES, '');
  return [...frontMatter(file), ...messagesIn(text, front + below.length - text.length)];
}

function unreadable(reason: string): Problem {
  return new Problem(
    'chat-template',
    l10n.t`The front matter of the file cannot be read: ${reason}.`.replace(/\.\.$/, '.'),
    l10n.t('It may have “system”, a text, and “messages”, a list of “role” and “content”.'),
  );
}
