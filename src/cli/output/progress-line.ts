/** How far a download has come, on stderr: one line that changes in a terminal, a line for every tenth elsewhere. */
import { showBytes } from '../../core/text/bytes';
import { escapeUnsafe } from '../../core/text/token-text';
import type { Progress } from '../../core/call-context';
import { surroundings, widthOf, type Output } from '../surroundings';

/** Milliseconds between two changes of the line. */
const PACE = 100;

/** Returns a reporter of progress in bytes, and what ends its line. */
export function progressLine(stream: Output = surroundings().stderr): { report: (progress: Progress) => void; end: () => void } {
  let shown = -1;
  let changed = 0;
  let open = false;
  return {
    report({ message, done, total = 0 }) {
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      const text = `${String(percent).padStart(3)} %  ${showBytes(done)} of ${showBytes(total)}  ${escapeUnsafe(message)}`;
      if (stream.isTTY) {
        if (performance.now() - changed < PACE && done < total) return;
        stream.write(`\r\x1b[2K${text.slice(0, widthOf(stream) - 1)}`);
        changed = performance.now();
        open = true;
      } else if (Math.floor(percent / 10) > shown) {
        shown = Math.floor(percent / 10);
        stream.write(`${text}\n`);
      }
    },
    end() {
      if (open) stream.write('\n');
      open = false;
    },
  };
}
