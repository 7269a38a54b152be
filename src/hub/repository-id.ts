/** Names of repositories on the Hub. */
import { Problem } from '../core/problem';

const PART = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/** Whether a text has the form of a repository's id: `name`, or `owner/name`. */
export function isRepositoryId(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => PART.test(part));
}

/** @throws Problem `bad-request` when a text cannot be the name of a branch, a tag or a commit */
export function requireRevision(text: string): void {
  if (/^[A-Za-z0-9_][\w./-]*$/.test(text) && !text.includes('..') && !text.includes('//') && !text.endsWith('/')) return;
  throw new Problem('bad-request', `“${text}” is not the name of a revision.`, 'A revision is a branch, a tag or a commit, such as main.');
}

/** @throws Problem `bad-request` when a text is not a repository's id */
export function requireRepositoryId(text: string): void {
  if (isRepositoryId(text)) return;
  throw new Problem('bad-request', `“${text}” is not the id of a repository.`, 'Ids look like openai-community/gpt2: owner, slash, name.');
}
