/** Back through a block's wiring: its norms, its branches, and where they are added. */
import type { Value } from '../graph-builder';
import type { BlockValues } from '../wiring';
import {
  attentionBranchGradient,
  mlpBranchGradient,
  type AttentionGradients,
  type GradientDraft,
  type MlpGradients,
} from './branch-gradient';
import { normGradient } from './norm-gradient';

/** Gradients of a block's tensors; see `BlockValues`. */
export interface BlockGradientValues extends Omit<AttentionGradients, 'input'>, Omit<MlpGradients, 'input'> {
  /** [T,d] of the stream that enters the block */
  readonly pre: Value;
  /** [T,d] of what attention, and the feed-forward layer, add to the stream */
  readonly attnOut: Value;
  readonly mlpOut: Value;
}

/** The gradients of a block from that of the stream leaving it [T,d]. Forward values are recomputed; only those that are needed. */
export function blockGradient(draft: GradientDraft, values: BlockValues & { readonly pre: Value }, post: Value): BlockGradientValues {
  const { b, block } = draft;
  const { ln1, ln2, wiring } = block;
  const { pre, mid } = values;
  const sum = (x: Value, y: Value) => b.op('Add', [x, y]);
  const ofMlp = (gradient: Value) => mlpBranchGradient(draft, values.mlp, gradient);
  const ofAttention = (gradient: Value) => attentionBranchGradient(draft, values.attention, gradient);
  if (wiring === 'parallel' || mid === null) {
    const [mlp, attention] = [ofMlp(post), ofAttention(post)];
    const branches =
      ln2 === undefined
        ? normGradient(b, pre, ln1, sum(attention.input, mlp.input))
        : sum(normGradient(b, pre, ln1, attention.input), normGradient(b, pre, ln2, mlp.input));
    return { ...mlp, ...attention, attnOut: post, mlpOut: post, pre: sum(post, branches) };
  }
  if (wiring === 'post-norm') {
    const added = sum(values.ln1 ?? mid, values.mlp.out);
    const ofSum = normGradient(b, added, ln2, post);
    const mlp = ofMlp(ofSum);
    const ofMid = normGradient(b, mid, ln1, sum(ofSum, mlp.input));
    const attention = ofAttention(ofMid);
    return { ...mlp, ...attention, attnOut: ofMid, mlpOut: ofSum, pre: sum(ofMid, attention.input) };
  }
  const mlp = ofMlp(post);
  const ofMid = sum(post, normGradient(b, mid, ln2, mlp.input));
  const attention = ofAttention(ofMid);
  return { ...mlp, ...attention, attnOut: ofMid, mlpOut: post, pre: sum(ofMid, normGradient(b, pre, ln1, attention.input)) };
}
