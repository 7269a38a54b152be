/** A word on a prompt that ends in a space, for those who wonder at the answer. */
import { ENDS_IN_SPACE, endsInSpace } from '../../core/text/ends-in-space';

/** Writes the note to stderr where it applies. */
export function noteSpace(tokens: readonly { readonly text: string }[]): void {
  if (endsInSpace(tokens)) process.stderr.write(`visit: note: ${ENDS_IN_SPACE}\n`);
}
