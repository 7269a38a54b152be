/**
 * Where a script's words go. Work that runs beside other work writes into a block of its own, so that lines of two never mix.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * @typedef {object} Output
 * @property {(text: string | Uint8Array) => unknown} write
 */

/** @type {AsyncLocalStorage<Output>} */
const current = new AsyncLocalStorage();

/** @returns {Output} where the caller's words go: its block, or else the terminal */
export function output() {
  return current.getStore() ?? process.stdout;
}

/** @param {string} text printed as a line */
export function say(text) {
  output().write(`${text}\n`);
}

/**
 * @typedef {object} OpenBlock
 * @property {(string | Uint8Array)[]} kept what is not yet seen
 * @property {boolean} ended
 */

/**
 * A terminal for several pieces of work at once: what each writes appears in one piece, in the order in which they began. The
 * first that has not ended is seen as it writes; the others are kept until it is their turn.
 */
export class Blocks {
  /** @type {Output} */
  #terminal;
  /** @type {OpenBlock[]} */
  #queue = [];

  /** @param {Output} terminal */
  constructor(terminal) {
    this.#terminal = terminal;
  }

  /**
   * Runs work whose words, and those of the programs that it runs, are a block.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async block(work) {
    /** @type {OpenBlock} */
    const own = { kept: [], ended: false };
    this.#queue.push(own);
    const write = (/** @type {string | Uint8Array} */ text) => (this.#queue[0] === own ? this.#terminal.write(text) : own.kept.push(text));
    try {
      return await current.run({ write }, work);
    } finally {
      own.ended = true;
      while (this.#queue[0]?.ended) {
        this.#queue.shift();
        for (const text of this.#queue[0]?.kept.splice(0) ?? []) this.#terminal.write(text);
      }
    }
  }
}
