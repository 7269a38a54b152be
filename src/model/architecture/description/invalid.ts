import { Problem } from '../../../core/problem';
import { DESCRIPTION } from '../../checkpoint/folder-config';

/** The problem with a description that does not describe a model. @param what is wrong: the end of a sentence, without its full stop */
export function invalidDescription(what: string): Problem {
  return new Problem('config-invalid', `${DESCRIPTION} does not describe a model: ${what}.`, 'The format is in docs/own-models.md.');
}
