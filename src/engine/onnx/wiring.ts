/** How a block's norms and branches are wired. */
import type { BlockSpec } from '../../model/architecture/model-spec';
import { studied, type BlockDraft } from './block-draft';
import { attentionBranch, mlpBranch, type AttentionValues, type MlpValues } from './branch';
import type { GraphBuilder, Value } from './graph-builder';
import { norm } from './norms';

/** The tensors of a block; n rows: T, or 1 for `inspect`. */
export interface BlockValues {
  /** [n,d] null where the block has no such norm of its own */
  readonly ln1: Value | null;
  readonly attention: AttentionValues;
  /** [n,d] null in parallel blocks */
  readonly mid: Value | null;
  /** [n,d] null as `ln1` */
  readonly ln2: Value | null;
  readonly mlp: MlpValues;
  /** [n,d] */
  readonly post: Value;
}

/** What attention reads. pre [T,d], the stream that enters the block → [T,d] */
export function attentionInput(b: GraphBuilder, { wiring, ln1 }: BlockSpec, pre: Value): Value {
  return wiring === 'post-norm' ? pre : norm(b, pre, ln1);
}

/** The block itself: its norms, its branches, and how they are wired. @param pre [T,d] the stream that enters it */
export function computeBlock(draft: BlockDraft, pre: Value): BlockValues {
  const { b, block } = draft;
  const { ln1, ln2, wiring } = block;
  const normalized = attentionInput(b, block, pre);
  const attention = attentionBranch(draft, normalized);
  const before = studied(draft, pre);
  if (wiring === 'parallel') {
    const read = ln2 === undefined ? studied(draft, normalized) : norm(b, before, ln2);
    const mlp = mlpBranch(draft, read);
    const post = b.op('Add', [b.op('Add', [before, attention.out]), mlp.out]);
    return { ln1: ln1 ? studied(draft, normalized) : null, attention, mid: null, ln2: ln2 ? read : null, mlp, post };
  }
  const mid = b.op('Add', [before, attention.out]);
  if (wiring === 'post-norm') {
    const stream = norm(b, mid, ln1);
    const mlp = mlpBranch(draft, stream);
    const post = norm(b, b.op('Add', [stream, mlp.out]), ln2);
    return { ln1: ln1 ? stream : null, attention, mid, ln2: ln2 ? post : null, mlp, post };
  }
  const read = norm(b, mid, ln2);
  const mlp = mlpBranch(draft, read);
  const post = b.op('Add', [mid, mlp.out]);
  return { ln1: ln1 ? studied(draft, normalized) : null, attention, mid, ln2: ln2 ? read : null, mlp, post };
}
