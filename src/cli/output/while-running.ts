/** Progress of a long call, on a terminal's last line. Nothing is written if stderr is not a terminal. */
import type { Progress } from '../../core/call-context';
import { surroundings } from '../surroundings';

const CLEAR_LINE = '\r\u001b[K';

/** Shows the progress of `work` while it lasts, then clears the line. */
export async function withProgressLine<T>(work: (onProgress: (progress: Progress) => void) => Promise<T>): Promise<T> {
  if (!surroundings().stderr.isTTY) return work(() => undefined);
  try {
    return await work(({ message }) => void surroundings().stderr.write(`${CLEAR_LINE}${message}`));
  } finally {
    surroundings().stderr.write(CLEAR_LINE);
  }
}
