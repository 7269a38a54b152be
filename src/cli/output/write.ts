/** Where an answer goes: stdout, or a file that appears complete or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { cannotWrite } from '../../files/cannot-write';

/**
 * Writes to `file`, or to stdout where none is named.
 *
 * @throws Problem `io`
 */
export async function writeAnswer(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
    return;
  }
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw cannotWrite(file, cause);
  }
}
