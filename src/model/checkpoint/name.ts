/** What a checkpoint is called. */
import { basename } from 'node:path';

/** Name to show for a checkpoint folder: org/name inside a Hugging Face cache, else the folder's own. */
export function checkpointName(folder: string): string {
  const cached = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(folder)?.[1];
  return cached?.replace('--', '/') ?? (basename(folder) || folder);
}
