/** A continuation for a terminal: the text as it comes, and below it every token with what else it might have been. */
import type { ContinuationEnd, GeneratedToken } from '../../core/format/continuation';
import type { ModelInfo } from '../../core/format/flow-graph';
import { assertNever } from '../../core/problem';
import { spelledTogether } from '../../core/text/character-parts';
import { showToken } from '../../core/text/token-text';
import { counted, percent } from './figures';
import { columns } from './table';

/** See the head of this file. */
export class ContinuationText {
  private readonly tokens: GeneratedToken[] = [];
  private written = 0;

  /** @param promptLength tokens of the prompt */
  constructor(private readonly promptLength: number) {}

  /** What can be written once one more token is there: nothing while it ends in a part of a character. */
  add(token: GeneratedToken): string {
    this.tokens.push(token);
    return token.fragment ? '' : this.rest();
  }

  /** What is written at the end. */
  end(model: ModelInfo, ended: ContinuationEnd): string {
    return `${this.rest()}\n\n${this.table()}${counted(this.tokens.length, 'token')}; ${why(ended, model, this.tokens.at(-1))}\n`;
  }

  private rest(): string {
    const text = printable(spelledTogether(this.tokens.filter(({ ends }) => !ends)));
    const rest = text.slice(this.written);
    this.written = text.length;
    return rest;
  }

  private table(): string {
    if (this.tokens.length === 0) return '';
    const others = ({ id, top }: GeneratedToken) =>
      top.filter((other) => other.id !== id).map((other) => `${showToken(other)} ${percent(other.probability)}`);
    return columns([
      ['position', 'token', 'probability', 'rank', 'entropy', 'others'],
      ...this.tokens.map((token, i) => [
        `${this.promptLength + i}`,
        showToken(token),
        percent(token.probability),
        `${token.rank}`,
        `${token.entropy.toFixed(2)} bits`,
        others(token).join('  '),
      ]),
    ]);
  }
}

/** Line breaks and tabs as they are; other control characters, which could move the cursor, are left out. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}

function why(ended: ContinuationEnd, model: ModelInfo, last: GeneratedToken | undefined): string {
  switch (ended) {
    case 'length':
      return 'as many as were asked for.';
    case 'end-token':
      return `${last ? showToken(last) : 'the last'} ends the text.`;
    case 'context':
      return `the context of ${model.name} (${model.contextLength} tokens) is full.`;
    case 'cancelled':
      return 'cancelled.';
    default:
      return assertNever(ended);
  }
}
