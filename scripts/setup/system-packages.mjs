/** Packages of the operating system, where this script may install them: Debian and its relatives, as root or with sudo. */
import { findProgram, run } from './command.mjs';
import { SetupError, step } from './progress.mjs';

/**
 * @param {readonly string[]} packages names of Debian packages
 * @param {string} purpose what they are for, such as "Chromium, which the browser tests drive"
 * @throws {SetupError} that names the packages when they cannot be installed from here
 */
export async function installSystemPackages(packages, purpose) {
  const byHand = `apt-get install -y ${packages.join(' ')}`;
  if (!findProgram('apt-get')) {
    throw new SetupError(`Missing: ${purpose}.`, `Install it with the package manager of this system (on Debian: ${byHand}).`);
  }
  const sudo = await rightToInstall();
  if (sudo === undefined) {
    throw new SetupError(`Missing: ${purpose}; installing it needs rights that this user lacks.`, `Run as root: ${byHand}`);
  }
  const apt = (/** @type {string[]} */ ...args) => {
    const [program, ...rest] = [...sudo, 'apt-get', ...args];
    return run(program, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  };
  await step(`Installing ${packages.join(', ')}`, async () => {
    await apt('update', '-qq');
    await apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  });
}

/** @returns {Promise<string[] | undefined>} what to put before a command to run it as root; undefined: nothing helps */
async function rightToInstall() {
  if (process.getuid?.() === 0) return [];
  if (!findProgram('sudo')) return undefined;
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}
