/** The texts that a lens is fitted on, from files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import glob from 'fast-glob';
import { Problem } from '../core/problem';

/** The texts of a pattern in the order of their names, each with an equal part of what may be read. @throws Problem `io` */
export async function readLensTexts(pattern: string, characters: number): Promise<{ name: string; text: string }[]> {
  // On Windows a path may be typed with backslashes, which would escape what follows.
  const files = (await glob(path.sep === '\\' ? pattern.replaceAll('\\', '/') : pattern)).sort();
  if (files.length === 0)
    throw new Problem('io', `No file matches ${pattern}.`, 'Put the pattern in quotation marks, such as "docs/**/*.md".');
  const each = Math.ceil(characters / files.length);
  const texts: { name: string; text: string }[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new Problem('io', `${file} cannot be read.`, 'Check its permissions.', { cause });
    });
    // What is not text is left out: a pattern may well take in a picture.
    if (!bytes.subarray(0, 8000).includes(0)) texts.push({ name: file, text: bytes.toString('utf8').slice(0, each) });
  }
  if (texts.length === 0)
    throw new Problem('io', `No file that matches ${pattern} is text.`, 'Name files of running text, such as "docs/**/*.md".');
  return texts;
}
