/** Which stages a run has. */
import { SetupError } from '../setup/progress.mjs';

/** Platforms on which a stage that needs code-server runs only if it is asked for: by Node's names, in words. */
const WITHOUT_CODE_SERVER = /** @type {Readonly<Record<string, string>>} */ ({ win32: 'Windows', darwin: 'macOS' });

/**
 * @typedef {object} Choice
 * @property {readonly string[]} run stages to run, in order
 * @property {readonly string[]} leftOut one sentence for each stage that is not run
 */

/**
 * Decides what runs: the stages that are asked for, or all that this platform can run and that do not wait to be asked for.
 * @param {Readonly<Record<string, { readonly needs: readonly string[], readonly onRequest?: string, readonly absent?: () => string | null }>>} stages by their names
 * @param {string} platform as `process.platform` says
 * @param {string} [only] names with commas between; absent: all
 * @returns {Choice}
 * @throws {SetupError} when a name is no stage's
 */
export function chooseStages(stages, platform, only) {
  const all = Object.keys(stages);
  if (only !== undefined) {
    const names = only.split(',').map((name) => name.trim());
    const unknown = names.filter((name) => !Object.hasOwn(stages, name));
    if (unknown.length > 0) throw new SetupError(`There is no stage "${unknown.join('", "')}".`, `Stages: ${all.join(', ')}`);
    return { run: all.filter((name) => names.includes(name)), leftOut: [] };
  }
  const system = Object.hasOwn(WITHOUT_CODE_SERVER, platform) ? WITHOUT_CODE_SERVER[platform] : undefined;
  /** @type {string[]} */
  const run = [];
  /** @type {string[]} */
  const leftOut = [];
  for (const [name, { needs, onRequest, absent }] of Object.entries(stages)) {
    const missing = absent?.() ?? null;
    if (onRequest !== undefined) leftOut.push(`The stage ${name} runs only on request (--only ${name}): ${onRequest}.`);
    else if (system !== undefined && needs.includes('code-server'))
      leftOut.push(`The stage ${name} is left out on ${system}: it needs code-server, which is set up on Linux only.`);
    else if (missing !== null) leftOut.push(`The stage ${name} is left out: ${missing}.`);
    else run.push(name);
  }
  return { run, leftOut };
}
