// cspell:ignore klmsx
/**
 * Whether an adapter was made for the model that it is applied to, as far as files say: shapes alone are those of many models. What is certain is
 * refused; what is only likely is noted.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from '../../../core/problem';
import type { Checkpoint, CheckpointNote } from '../checkpoint';
import type { JsonObject } from '../json';

/** An adapter, by its folder, and what adapter_config.json says. */
interface AppliedAdapter {
  readonly folder: string;
  readonly base: string | null;
  /** another name for it: where it was */
  readonly path?: string;
  readonly config: JsonObject;
}

/**
 * What speaks against an adapter’s being of a base.
 * @param unfit makes the problem of what is certain, in words that continue the adapter’s name
 * @throws Problem as `unfit` makes it, where the adapter names the code of another family
 */
export async function doubts(
  { folder, base: named, path, config }: AppliedAdapter,
  base: Checkpoint,
  unfit: (what: string) => Problem,
): Promise<CheckpointNote[]> {
  const family = familyOf(config);
  const { model_type: type } = base.config;
  // In GGUF families have the names of those that they are computed like.
  if (family !== undefined && typeof type === 'string' && base.tokenizer.kind !== 'gguf' && !isOf(family, type))
    throw unfit(`was made for a model of the family ${family}, and its base is one of the family ${type}`);
  const notes: CheckpointNote[] = [];
  const note = (kind: CheckpointNote['kind'], text: string): void => void notes.push({ kind, text });
  const { task_type: task } = config;
  if (typeof task === 'string' && task !== 'CAUSAL_LM')
    note('warning', `The adapter was made for another task than predicting tokens (task_type is ${task}).`);
  if (named === null) note('note', 'The adapter does not say which model it was made for.');
  else if ([named, ...(path === undefined ? [] : [path])].every((name) => resolve(folder, name) !== resolve(base.folder))) {
    const { _name_or_path: called } = base.config;
    const isApart = resolve(folder) !== resolve(base.folder);
    const names = [
      ...(isApart ? [base.name, basename(base.folder)] : []),
      ...(typeof called === 'string' && called !== '' ? [called] : []),
    ];
    if (names.length === 0) note('note', `The adapter was made for ${named}; the model beside it does not say what it is.`);
    else if (!names.some((name) => isSameModel(name, named)))
      note(
        'warning',
        `The adapter was made for ${named}, and is applied to ${names[0]}: unless that is the same model, figures mean nothing.`,
      );
  }
  const commit = await commitOf(config, base.folder);
  const own = basename(resolve(base.folder));
  if (commit !== null && commit !== own)
    note('warning', `The adapter was made for revision ${String(config['revision'])} of its base, and is applied to ${own}.`);
  return notes;
}

/** The module of transformers with the code of the model that an adapter was made for; undefined where it does not say, or it was other code. */
function familyOf({ auto_mapping: mapping }: JsonObject): string | undefined {
  const { parent_library: library } = typeof mapping === 'object' && mapping !== null ? (mapping as JsonObject) : {};
  return typeof library === 'string' ? /^transformers\.models\.(\w+)\./.exec(library)?.[1] : undefined;
}

/** Whether a type of models is one of a module, which may have others beside it: those of texts alone, or of mixtures. */
function isOf(family: string, type: string): boolean {
  const own = type.replaceAll('-', '_').toLowerCase();
  return own === family || own.startsWith(`${family}_`);
}

/** What names say of how weights are stored, not of what they are: words, and what GGUF's types are called. */
const STORAGE = /^(gguf|gptq|awq|mlx|bnb|hf|fp\d+|bf16|f16|f32|int\d|nf4|\d+bit|ud|dynamic)$/;
const GGUF_TYPE = /(?<![a-z0-9])i?q\d(_([01]|k(_(xs|s|m|l|xl))?|xxs|xs|s|m|l|nl))?(?![a-z0-9])/g;

/** Whether two names are of one model: the same words, published by anyone, in any storage. */
function isSameModel(one: string, other: string): boolean {
  const words = (name: string): string =>
    (name.split(/[\\/]/).findLast((segment) => segment !== '') ?? '')
      .toLowerCase()
      .replaceAll(GGUF_TYPE, ' ')
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== '' && !STORAGE.test(word))
      .join(' ');
  return words(one) === words(other);
}

/** The commit that an adapter asks for of its base, where the Hugging Face cache has it; null where either does not say. */
async function commitOf({ revision }: JsonObject, base: string): Promise<string | null> {
  const snapshots = dirname(resolve(base));
  return basename(snapshots) === 'snapshots' && typeof revision === 'string' ? commitNamed(dirname(snapshots), revision) : null;
}

/** The commit that a revision of a repository in the Hugging Face cache is; null where that is not known. @param root of the repository */
export async function commitNamed(root: string, revision: string): Promise<string | null> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(revision)) return null;
  const commit = await readFile(join(root, 'refs', ...revision.split('/')), 'utf8').catch(() => '');
  return commit.trim() || null;
}
