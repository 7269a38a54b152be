import { setImmediate } from 'node:timers/promises';

/**
 * Resolves in a turn of its own of the event loop, once all others that wait for this process, in which other extensions run, have been served.
 * What `setImmediate` schedules while a message is answered still comes before them: the second time is after.
 */
export async function ownTurn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
