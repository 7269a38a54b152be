/** Where this repository lies. */
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository's root, without a separator at the end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
