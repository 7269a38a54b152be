/** Which model somebody chose as the base of an adapter, in a folder that the command line and the extension share. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { cannotWrite } from '../../../files/cannot-write';
import { writeWholeFile } from '../../../files/whole-file';

/** The base that was chosen for the adapter in a folder; null where none was. Never throws. */
export async function keptBase(adapter: string): Promise<string | null> {
  try {
    const { base } = JSON.parse(await readFile(await fileOf(adapter), 'utf8')) as { base?: unknown };
    return typeof base === 'string' ? base : null;
  } catch {
    return null;
  }
}

/** Remembers a base for the adapter in a folder, in place of one that was chosen before. @throws Problem `io` */
export async function keepBase(adapter: string, base: string): Promise<void> {
  const file = await fileOf(adapter);
  try {
    await mkdir(keptFolder(), { recursive: true });
    await writeWholeFile(file, `${JSON.stringify({ adapter: resolve(adapter), base: resolve(base) })}\n`);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

const keptFolder = (): string => join(envPaths('visit', { suffix: '' }).data, 'adapter-bases');

/** One file an adapter, so that two programs never write the same one. */
async function fileOf(adapter: string): Promise<string> {
  const place = await realpath(adapter).catch(() => resolve(adapter));
  return join(keptFolder(), `${createHash('sha256').update(place).digest('hex')}.json`);
}
