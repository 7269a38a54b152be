/** Paths in this repository that tests use. */
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');
/** The package for this machine, as the set-up of the tests has made it. */
export const VSIX = path.join(ROOT, 'artifacts', `visit-${process.platform}-${process.arch}.vsix`);
/** Where screenshots are kept. */
export const SCREENSHOTS = path.join(ROOT, 'artifacts', 'screenshots');
