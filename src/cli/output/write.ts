/** Where an answer goes: stdout, or a file that appears complete or not at all. */
import { cannotWrite } from '../../files/cannot-write';
import { writeWholeFile } from '../../files/whole-file';
import { surroundings } from '../surroundings';

/**
 * Writes to `file`, or to stdout where none is named.
 *
 * @throws Problem `io`
 */
export async function writeAnswer(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    await new Promise<void>((resolve) => surroundings().stdout.write(text, () => resolve()));
    return;
  }
  await writeWholeFile(file, text).catch((error: unknown) => {
    throw cannotWrite(file, error);
  });
}
