/** Where what every clone of this repository can use is kept: once for a user, in the place that the system has for it. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** @type {Partial<Record<NodeJS.Platform, string | undefined>>} */
const OWN_PLACES = { darwin: join(homedir(), 'Library', 'Caches'), win32: process.env.LOCALAPPDATA };

/** Absolute path of the folder, which may not be there yet. `XDG_CACHE_HOME` moves it. */
export const USER_CACHE = join(process.env.XDG_CACHE_HOME || (OWN_PLACES[process.platform] ?? join(homedir(), '.cache')), 'visit-vscode');
