/** The template by which the makers of a model have it read a conversation: Jinja, as transformers renders it. */
import { Template } from '@huggingface/jinja';
import { Problem } from '../../core/problem';
import type { ChatMessage } from '../../core/format/chat';
import { withLineMarks } from './chat-template-lines';

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
    // Absent tools and documents are None to templates, as in transformers.
    const given = {
      ...this.marks,
      messages: messages.map((message) => ({ ...message })),
      tools: null,
      documents: null,
      add_generation_prompt: reply,
    };
    try {
      return this.template.render(given);
    } catch (error) {
      throw failed(error, this.lineReached(given));
    }
  }

  /** The line of the template that rendering comes to before it fails; null where that cannot be told. */
  private lineReached(given: Readonly<Record<string, unknown>>): number | null {
    let reached: number | null = null;
    const { text, mark } = withLineMarks(this.source);
    try {
      new Template(text).render({
        ...given,
        [mark]: (line: number) => {
          reached = line;
          return '';
        },
      });
    } catch {
      // It fails as it did without marks.
    }
    return reached;
  }
}

/** @throws Problem `chat-template` */
function parsed(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw failed(error, firstUnreadable(source));
  }
}

/** The line from which on a template that cannot be parsed cannot be parsed up to. */
function firstUnreadable(source: string): number {
  const lines = source.split('\n');
  const isReadable = (count: number): boolean => {
    try {
      new Template(lines.slice(0, count).join('\n'));
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
