/** The template by which the makers of a model have it read a conversation: Jinja, as transformers renders it. */
import { Environment, Template, tokenize } from '@huggingface/jinja';
import { Problem } from '../../../core/problem';
import type { ChatMessage } from '../../../core/format/chat';
import { givenNames } from './globals';
import { markWritten, PythonInterpreter } from './interpreter';
import { withLineMarks } from './lines';
import { textOf } from './values';

/** A template that was read. */
export class ChatTemplate {
  private readonly template: Template;

  /**
   * @param marks special tokens by their names, such as `bos_token`
   * @throws Problem `chat-template` naming the line that cannot be read
   */
  constructor(
    private readonly source: string,
    private readonly marks: Readonly<Record<string, string>>,
  ) {
    this.template = parsed(source);
  }

  /**
   * A conversation as text, marks included.
   *
   * @param options.reply whether what precedes an answer follows, so that the model continues with one (`add_generation_prompt`)
   * @throws Problem `chat-template` with line and reason where the template refuses the conversation, or uses what cannot be rendered
   */
  render(messages: readonly ChatMessage[], { reply }: { readonly reply: boolean }): string {
    const given = { ...this.marks, ...givenNames(messages, reply) };
    try {
      return rendered(this.template, given);
    } catch (error) {
      throw failed(error, this.lineReached(given));
    }
  }

  /** The line of the template that rendering comes to before it fails; null where that cannot be told. */
  private lineReached(given: Readonly<Record<string, unknown>>): number | null {
    let reached: number | null = null;
    const { text, mark } = withLineMarks(this.source);
    try {
      const reaches = (line: number): string => {
        reached = line;
        return '';
      };
      rendered(read(text), { ...given, [mark]: reaches });
    } catch {
      // It fails as it did without marks.
    }
    return reached;
  }
}

/** A template in which is marked what it writes out. */
function read(source: string): Template {
  checkNumbers(source);
  const template = new Template(source);
  markWritten(template);
  return template;
}

/** Words that may follow a number. */
const AFTER_NUMBERS: ReadonlySet<string> = new Set(['and', 'else', 'if', 'in', 'is', 'not', 'or']);

/** The library reads 1e5, 0x10 and 1_000 as a number and a name after it. @throws Error for such */
function checkNumbers(source: string): void {
  const tokens = tokenize(source, { lstrip_blocks: true, trim_blocks: true });
  for (const [i, { type, value }] of tokens.entries()) {
    const after = tokens[i + 1];
    if (type === 'NumericLiteral' && after?.type === 'Identifier' && !AFTER_NUMBERS.has(after.value))
      throw new Error(`the number ${value}${after.value} is written in a way that cannot be read`);
  }
}

/** What a template writes, given values by their names. */
function rendered({ parsed }: Template, given: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries(given)) environment.set(name, value);
  return textOf(new PythonInterpreter(environment).run(parsed));
}

/** @throws Problem `chat-template` */
function parsed(source: string): Template {
  try {
    return read(source);
  } catch (error) {
    throw failed(error, firstUnreadable(source));
  }
}

/** The line from which on a template that cannot be parsed cannot be parsed up to. */
function firstUnreadable(source: string): number {
  const lines = source.split('\n');
  const isReadable = (count: number): boolean => {
    try {
      read(lines.slice(0, count).join('\n'));
      return true;
    } catch {
      return false;
    }
  };
  let readable = lines.length;
  while (readable > 0 && !isReadable(readable)) readable--;
  return readable + 1;
}

function failed(error: unknown, line: number | null): Problem {
  const { message } = Problem.from(error);
  // A block that never ends makes the parser run beyond the end of the text.
  const reason = error instanceof TypeError ? 'something that is begun there does not end' : message;
  return new Problem(
    'chat-template',
    `The model’s chat template fails${line === null ? '' : ` in line ${line}`}: ${reason}.`.replace(/\.\.$/, '.'),
    'Change the conversation as it says, or run the text as it is.',
    { cause: error },
  );
}
