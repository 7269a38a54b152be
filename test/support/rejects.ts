/** The assertion that a call is refused with a problem. */
import assert from 'node:assert/strict';
import { Problem, type ProblemCode } from '../../src/core/problem';

/** Makes sure that a call is refused with this code, and that message and hint together say each of these words. */
export async function rejects(call: Promise<unknown>, code: ProblemCode, ...words: RegExp[]): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof Problem, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.match(`${error.message} ${error.hint ?? ''}`, word);
    return true;
  });
}
