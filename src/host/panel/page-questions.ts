/** Questions to the page, each with its answer. The page may be hidden, reloaded or busy: then there is a problem instead of silence. */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import type { PageAnswer, PageAnswerTo, PageQuestion } from '../../core/protocol/page-questions';
import type { HostMessage } from '../../core/protocol/inspector';

/** Drawing many layers takes seconds; what takes longer is not coming. */
const PATIENCE_MS = 60_000;

/** See the head of this file. */
export class PageQuestions {
  readonly #post: (message: HostMessage) => boolean;
  readonly #asked = new Map<number, (answer: PageAnswer) => void>();
  #last = 0;

  /** @param post false where no page hears it */
  constructor(post: (message: HostMessage) => boolean) {
    this.#post = post;
  }

  /**
   * Asks the page.
   *
   * @throws Problem `internal` where there is no page, or none that answers; `io` with the page's reason where it has no answer
   */
  async ask<Of extends PageQuestion['of']>(question: Extract<PageQuestion, { readonly of: Of }>): Promise<PageAnswerTo<Of>> {
    const id = ++this.#last;
    const answer = await new Promise<PageAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        reject(new Problem('internal', vscode.l10n.t('The panel did not answer.'), vscode.l10n.t('Show the panel and try again.')));
      }, PATIENCE_MS);
      this.#asked.set(id, (said) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(said);
      });
      if (this.#post({ type: 'question', id, question })) return;
      clearTimeout(timer);
      this.#asked.delete(id);
      reject(new Problem('internal', vscode.l10n.t('The panel is not visible.'), vscode.l10n.t('Show the panel and try again.')));
    });
    if (answer.of === 'nothing') throw new Problem('io', answer.reason);
    if (answer.of !== question.of) throw new Problem('internal', vscode.l10n.t('The panel gave an unexpected answer.'));
    // The answer is of the kind that was asked for, which TypeScript cannot see.
    return answer as PageAnswerTo<Of>;
  }

  /** The page has answered. What is not waited for any more is dropped. */
  answered(id: number, answer: PageAnswer): void {
    this.#asked.get(id)?.(answer);
  }
}
