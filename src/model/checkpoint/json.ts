import { Problem, type ProblemCode } from '../../core/problem';

/** A parsed JSON object; its keys are own properties, `__proto__` included. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses text that must be one JSON object. `name` is what the message calls it.
 * @throws Problem with `code`
 */
export function parseJsonObject(text: string, name: string, code: ProblemCode): JsonObject {
  let value: unknown;
  try {
    // Editors may have put a mark of the encoding before it.
    value = parsePythonJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (isLfsPointer(text))
      throw new Problem(code, `${name} is not the file itself but a Git LFS pointer to it.`, PULL_LFS, { cause: error });
    if (text.includes('\0'))
      throw new Problem(code, `${name} is not text in UTF-8.`, 'Save it again in UTF-8, or fetch it again.', { cause: error });
    throw new Problem(code, `${name} is not valid JSON: ${Problem.from(error).message}.`, DOWNLOAD_AGAIN, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(code, `${name} must contain a JSON object.`, DOWNLOAD_AGAIN);
  }
  return value as JsonObject;
}

/** What Python's JSON has beside numbers, and the strings in which it means nothing. */
const STRINGS_AND_NOT_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/gs;

/** Parses JSON, with `Infinity` and `NaN` as Python writes them; `NaN` becomes null. @throws SyntaxError */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const finite = text.replace(STRINGS_AND_NOT_FINITE, (part) =>
      part.startsWith('"') ? part : part === 'NaN' ? 'null' : part.replace('Infinity', '1e999'),
    );
    if (finite === text) throw error;
    return JSON.parse(finite);
  }
}

/**
 * The first key that an object in valid JSON names twice, or null. `JSON.parse` keeps the last of them silently, so two
 * readers could disagree on what a file says.
 */
export function duplicateKey(json: string): string | null {
  // One set of keys for each open object, null for each open array.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(null);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const start = at;
        at = closingQuote(json, start);
        if (!isKey(json, at + 1)) break;
        const key = JSON.parse(json.slice(start, at + 1)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
    }
  }
  return null;
}

/** Where the string that opens at `start` closes. A loop, because a regular expression overflows on very long names. */
function closingQuote(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); ; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at;
  }
}

/** Whether a colon follows: the string before it was a key. */
function isKey(json: string, at: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = at;
  return colon.test(json);
}

/** Whether a file that was meant to be another is what Git LFS keeps in its place. */
export const isLfsPointer = (text: string): boolean => text.startsWith('version https://git-lfs.');

/** How the files come that Git LFS points to. */
export const PULL_LFS = 'Run "git lfs install" and "git lfs pull" in the folder, or download the file from the model’s page.';

/** A failure of the file system as a problem that names the file. */
export function ioProblem(file: string, error: unknown): Problem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EISDIR') return new Problem('io', `${file} is a folder, where a file is needed.`, DOWNLOAD_AGAIN, { cause: error });
  if (code === 'ELOOP') return new Problem('io', `${file} is a link that leads back to itself.`, DOWNLOAD_AGAIN, { cause: error });
  return new Problem(
    'io',
    `Cannot read ${file}: ${Problem.from(error).message}.`,
    'Check that the file exists and that you have permission to read it.',
    {
      cause: error,
    },
  );
}

/** What usually helps when a published file is damaged. */
export const DOWNLOAD_AGAIN = 'The download may be incomplete: fetch the checkpoint again.';
