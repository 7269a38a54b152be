/** Refusing what would swap the machine to death. */
import { Problem } from '../../core/problem';
import { showBytes } from '../../core/text/bytes';
import type { Memory } from './available';

/**
 * Makes sure that there is memory for something.
 * @param what subject of the sentence "… needs about 3 GB of memory"
 * @param ignoreMemory run even if memory is short, as long as the machine has enough in total
 * @throws Problem `out-of-memory` when the machine does not have so much, `memory-low` when it is not free
 */
export function requireMemory(what: string, bytes: number, { available, total }: Memory, ignoreMemory = false): void {
  const need = `${what} needs about ${showBytes(bytes)} of memory`;
  if (bytes > total)
    throw new Problem('out-of-memory', `${need}; this machine has ${showBytes(total)}.`, 'Choose a smaller model or a shorter prompt.');
  if (bytes > available && !ignoreMemory) {
    throw new Problem(
      'memory-low',
      `${need}; only ${showBytes(available)} is free.`,
      'Close other programs, or choose a smaller model or a shorter prompt. Running it anyway may make the machine very slow.',
    );
  }
}
