/** Which files of a repository a model consists of. */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { CheckpointFormat } from '../../model/checkpoint/format';
import { CONFIG } from '../../model/checkpoint/folder-config';
import { SAFETENSORS } from '../../model/checkpoint/format-names';
import { formatOf, unreadableWeights } from '../../model/checkpoint/formats';

/**
 * One file of a repository, with the checksum under which caches keep it. Of large files that is the SHA-256 of the content,
 * of small ones the id that git gives the content. It becomes the name of a file: only hex digits will do.
 */
export const remoteFileSchema = z.object({
  path: z.string().min(1),
  bytes: z.int().nonnegative(),
  checksum: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('sha256'), hex: z.string().regex(/^[0-9a-f]{64}$/) }),
    z.object({ kind: z.literal('git'), hex: z.string().regex(/^[0-9a-f]{40}$/) }),
  ]),
});

/** See `remoteFileSchema`. */
export type RemoteFile = z.infer<typeof remoteFileSchema>;

/** What describes a model beside its weights: for the tokenizer, and for other tools that share the cache. */
const SMALL =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$|^tokenizer\.model$|^merges\.txt$/;

/**
 * The files of a repository that are needed, those of the weights last. Weights in other formats, and the copies that some
 * repositories keep in folders, are left where they are.
 *
 * @param weights names of the files that its format reads weights from
 * @throws Problem `weights-missing` when one of them is not in the repository
 */
export function neededFiles(id: string, files: readonly RemoteFile[], weights: readonly string[]): RemoteFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found = weights.map((path) => {
    const file = byPath.get(path);
    if (file) return file;
    throw new Problem(
      'weights-missing',
      `${id} lacks the weights file ${path}.`,
      'Its publisher has not uploaded all of it: choose another revision or repository.',
    );
  });
  return [...files.filter(({ path }) => SMALL.test(path)), ...found];
}

/**
 * The format of the model in a repository.
 * @throws Problem `not-a-checkpoint` or `weights-missing` saying what it holds instead of one that can be read
 */
export function requireFormat(id: string, paths: ReadonlySet<string>): CheckpointFormat {
  const format = formatOf(paths);
  if (format?.isFetched) return format;
  const has = (pattern: RegExp): string | undefined => [...paths].find((path) => pattern.test(path));
  if (unreadableWeights(paths, 'GGUF') !== undefined && !paths.has(SAFETENSORS.weights)) {
    throw new Problem(
      'weights-missing',
      `${id} contains GGUF files, which cannot be read.`,
      'Choose the original model that they were made from; the repository’s page names it.',
    );
  }
  if (!paths.has(CONFIG))
    throw new Problem(
      'not-a-checkpoint',
      `${id} does not contain a transformer model: it has no ${CONFIG}.`,
      'Choose a repository with config.json and *.safetensors.',
    );
  const other = has(/^pytorch_model.*\.bin(\.index\.json)?$/) ?? has(/\.(bin|h5|msgpack|pth|pt|ckpt)$/);
  throw other === undefined
    ? new Problem(
        'weights-missing',
        `${id} has no ${SAFETENSORS.weights} and no ${SAFETENSORS.index}.`,
        'Choose a repository with *.safetensors.',
      )
    : new Problem(
        'weights-missing',
        `${id} has its weights only as ${other}, not as safetensors.`,
        'A pull request on its page may offer them (then: revision refs/pr/NUMBER). Or convert it in Python: AutoModelForCausalLM.from_pretrained(id).save_pretrained(folder).',
      );
}
