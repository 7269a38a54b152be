/** A problem as one line of a terminal. */
import type { ProblemData } from '../../core/problem';
import { escapeUnsafe } from '../../core/text/token-text';

/** Message and hint on one line. Both may quote names from a file, which must not reach the terminal as commands to it. */
export function messageLine({ message, hint }: Pick<ProblemData, 'message' | 'hint'>): string {
  return escapeUnsafe(
    [message, hint]
      .filter(Boolean)
      .join(' ')
      .replace(/\s*\n\s*/g, ' '),
  );
}
