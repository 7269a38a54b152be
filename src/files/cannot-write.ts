/** Why something cannot be written: of the file that was asked for, not of the draft that is written until it is complete. */
import path from 'node:path';
import { Problem } from '../core/problem';

/**
 * The problem, for a person.
 *
 * @param file as it was asked for
 * @param error what the file system said
 */
export function cannotWrite(file: string, error: unknown): Problem {
  const [reason, hint] = because(file, error);
  return new Problem('io', `${file} cannot be written: ${reason}.`, hint, { cause: error });
}

/** Whether the file system refused something, rather than the program having failed. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Whether there was no room left, on the disk or in the share of it that is allowed. */
export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Why nothing can be written to a folder, as the end of a sentence. @param error what the file system said */
export function whyNotWritten(folder: string, error: unknown): string {
  return because(path.join(folder, 'any'), error)[0];
}

function because(file: string, error: unknown): [reason: string, hint: string] {
  const folder = path.dirname(file);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return [`there is no folder ${folder}`, 'Create it, or choose a folder that exists.'];
    case 'ENOTDIR':
      return [`${folder} is not a folder`, 'Choose a folder that exists.'];
    case 'EISDIR':
      return ['it is a folder', 'Name a file in it.'];
    case 'EACCES':
    case 'EPERM':
      return [`you do not have permission to write to ${folder}`, 'Choose a folder that you can write to.'];
    case 'EROFS':
      return ['the disk is read-only', 'Choose a folder on another disk.'];
    case 'ENOSPC':
    case 'EDQUOT':
      return ['the disk is full', 'Free some space, or choose a folder on another disk.'];
    // After the comma Node names the call and the draft.
    default:
      return [Problem.from(error).message.replace(/, [a-z]+( '.*)?$/s, ''), 'Choose a folder that exists and that you can write to.'];
  }
}
