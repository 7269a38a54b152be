/** One readable line per step of set-up: what is being done, then how long it took. */
import { output } from './output.mjs';

/** A set-up step that cannot be done here: what is missing, and what to do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message what is missing or went wrong
   * @param {string} hint what a person can do now
   */
  constructor(message, hint) {
    super(`${message}\n  ${hint.replaceAll('\n', '\n  ')}`);
    this.name = 'SetupError';
  }
}

/**
 * Runs a step and says so.
 * @template T
 * @param {string} title what is being done, such as "Installing dependencies"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const out = output();
  out.write(`• ${title} … `);
  const began = performance.now();
  try {
    const result = await work();
    out.write(`done (${seconds(began)})\n`);
    return result;
  } catch (error) {
    out.write(`failed (${seconds(began)})\n`);
    throw error;
  }
}

/**
 * @param {number} began a reading of `performance.now()`
 * @returns {string} the time since then, such as "3.4 s"
 */
export function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/**
 * Runs a script's main function; tells in a readable way why it could not go on, and ends with code 1 then.
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    // anything else is a mistake in a script: its stack helps
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
