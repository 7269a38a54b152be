/** The unembedding as the files hold it, where config.json says that it is the token table. */
import type { Checkpoint } from '../checkpoint/checkpoint';
import { HEAD } from '../checkpoint/copies';
import type { ModelNote } from '../../core/protocol/model-report';
import type { ModelSpec } from './model-spec';

/**
 * A description whose unembedding is what the files hold. Where config.json ties it to the token table, but a head of its own
 * is stored, that is used, as in transformers; where only the head is stored, it is the token table too.
 */
export function withStoredHead(
  spec: ModelSpec,
  { tensors, copies }: Checkpoint,
): { readonly spec: ModelSpec; readonly notes: readonly ModelNote[] } {
  const { embedding, unembedding } = spec;
  const table = embedding.tokens.tensor;
  const isTied = unembedding.table.weight.tensor === table;
  const head = tensors.get(HEAD);
  if (!isTied || head === undefined || copies?.get(HEAD) === table) return { spec, notes: [] };
  const named = (tensor: string) => ({ ...unembedding, table: { ...unembedding.table, weight: { ...unembedding.table.weight, tensor } } });
  if (!tensors.has(table)) {
    return {
      spec: { ...spec, embedding: { ...embedding, tokens: { ...embedding.tokens, tensor: HEAD } }, unembedding: named(HEAD) },
      notes: [],
    };
  }
  const text = `config.json says that the unembedding is the token table (tie_word_embeddings), but ${HEAD} is stored and differs: it is used.`;
  return { spec: { ...spec, unembedding: named(HEAD) }, notes: [{ kind: 'note', text }] };
}
