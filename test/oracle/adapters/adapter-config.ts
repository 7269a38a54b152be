import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Changes some fields of the configuration of the adapter that lies in `adapter` in a folder. */
export function changeConfig(folder: string, change: Record<string, unknown>): void {
  const file = path.join(folder, 'adapter', 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
}
