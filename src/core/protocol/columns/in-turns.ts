/** Unpacking in a process that has others to serve. */
import type { Packed } from './columns';
import { rememberPacked } from './known';
import { unpacking } from './unpack';

/** Milliseconds after which others have a turn. */
const TURN = 8;

/**
 * The value that was packed; what is small is there at once, without a turn.
 *
 * @param turn resolves when others have had one
 * @throws as `unpack`
 */
export async function unpackInTurns<T>(packed: Packed<T>, turn: () => Promise<unknown>): Promise<T> {
  const steps = unpacking(packed);
  let begun = Date.now();
  for (;;) {
    const step = steps.next();
    if (step.done) {
      rememberPacked(step.value, packed);
      return step.value;
    }
    if (Date.now() - begun < TURN) continue;
    await turn();
    begun = Date.now();
  }
}
