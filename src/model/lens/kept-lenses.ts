/** Lenses that the user keeps, by the weights that they were made for, in a folder that the command line and the extension share. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { Problem } from '../../core/problem';
import { IN_BACKGROUND, type FolderStates } from '../../files/folder-states';
import { LOGIT_LENS } from '../../core/format/lens-worth';

const EXTENSION = '.safetensors';

/** What a fit of a name has left, by which it can be taken up again. */
const SUMS_EXTENSION = '.sums';

/** Whether a lens may be called so: what a file may be called on every system, and what is not the name of the logit lens. */
export function isLensName(name: string): boolean {
  return /^\w[\w .-]{0,63}$/.test(name) && name !== LOGIT_LENS;
}

/** @throws Problem `lens-invalid` */
function checked(name: string): string {
  if (isLensName(name)) return name;
  throw new Problem(
    'lens-invalid',
    `A lens cannot be called ${JSON.stringify(name)}.`,
    'Use letters, digits, “-” and “_”; “logit” is taken.',
  );
}

function keptFolder(): string {
  return join(envPaths('visit', { suffix: '' }).data, 'lenses');
}

function folderOf(weights: string): string {
  return join(keptFolder(), weights);
}

/** Whether a lens is kept for any weights: where none is, weights need not be told apart. @param disk how it is asked */
export async function keepsAny(disk: FolderStates): Promise<boolean> {
  return (await disk.names(keptFolder())).length > 0;
}

/** Names all lenses that are kept, for whatever weights, with sizes and dates of their files. Never rejects. */
export async function keptLensesStamp(): Promise<string> {
  const names = await readdir(keptFolder(), { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith(EXTENSION)).sort();
  const states = files.map(async (name) => {
    const state = await stat(join(keptFolder(), name)).catch(() => null);
    return [name, state && [state.size, state.mtimeMs]];
  });
  return JSON.stringify(await Promise.all(states));
}

/** Where a lens of this name is kept. @throws Problem `lens-invalid` for a name that cannot be a file's */
export function keptLensFile(weights: string, name: string): string {
  return join(folderOf(weights), checked(name) + EXTENSION);
}

/** Where the sums of a fit that was not finished are kept. @throws Problem `lens-invalid` for a name that cannot be a file's */
export function keptSumsFile(weights: string, name: string): string {
  return join(folderOf(weights), checked(name) + SUMS_EXTENSION);
}

/** The names of the lenses that are kept for these weights. @param disk how it is asked */
export async function keptLenses(weights: string, disk: FolderStates = IN_BACKGROUND): Promise<string[]> {
  const files = await disk.names(folderOf(weights));
  return files
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/** Deletes a kept lens, and what a fit of its name has left. @throws Problem `lens-invalid` when there is none of this name */
export async function deleteLens(weights: string, name: string): Promise<void> {
  await rm(keptSumsFile(weights, name), { force: true });
  await rm(keptLensFile(weights, name)).catch(async (cause: unknown) => {
    throw await unknownLens(name, weights, cause);
  });
}

/** The problem with a name that no lens has. */
export async function unknownLens(name: string, weights: string, cause?: unknown): Promise<Problem> {
  const kept = await keptLenses(weights);
  const known =
    kept.length === 0 ? 'None is kept for these weights: “visit fit-lens” fits one.' : `Kept for these weights: ${kept.join(', ')}.`;
  return new Problem('lens-invalid', `There is no lens ${JSON.stringify(name)} for this model.`, known, { cause });
}
