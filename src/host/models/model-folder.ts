/**
 * Which folder the setting `visit.model.folder` means.
 */
import { isAbsolute, join, resolve } from 'node:path';

/** What a setting is read against. */
export interface FolderContext {
  /** folder of the model that comes with the extension */
  readonly embedded: string;
  readonly home: string;
  /** first folder of the workspace; absent where there is none on a disk */
  readonly workspace?: string | undefined;
}

/** Absolute path of the model's folder: empty means the embedded model, `~` the home folder, a relative path the workspace. */
export function resolveModelFolder(setting: string, { embedded, home, workspace }: FolderContext): string {
  const path = setting.trim();
  if (path === '') return embedded;
  if (path === '~') return home;
  if (path.startsWith('~/') || path.startsWith('~\\')) return join(home, path.slice(2));
  return isAbsolute(path) ? path : resolve(workspace ?? home, path);
}
