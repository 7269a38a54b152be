/** Gradients of a number that a pass ends in with respect to everything that led there; docs/method.md, "Gradients". */

/**
 * A number read off the logits of one position. Logits are the model's own: scaled, and after a soft-cap.
 *
 * - `logit`: that of token `id`
 * - `difference`: its logit less that of token `against`
 * - `centred-logit`: its logit less the mean of all logits
 * - `log-probability`: the natural logarithm of its probability. It is finite, and has a gradient, for a token whose probability is
 *   0 in floating point; where the probability is all but 1 the gradient vanishes (`PassGradients.saturated`).
 */
export type Quantity =
  | { readonly kind: 'logit' | 'centred-logit' | 'log-probability'; readonly id: number }
  | { readonly kind: 'difference'; readonly id: number; readonly against: number };

/** What is differentiated, and where it is read off. */
export interface QuantityAt {
  readonly of: Quantity;
  /** index of the token at whose position the logits are read, from 0 */
  readonly position: number;
}

/**
 * The gradients of one quantity in one pass. Everything at positions after the one where it is read off is 0.
 *
 * For a component that adds `v` to something whose gradient is `g`, `⟨v − v', g⟩` estimates to first order by how much the
 * quantity falls if `v'` takes the place of `v`.
 */
export interface PassGradients extends QuantityAt {
  /** the quantity itself */
  readonly value: number;
  /**
   * L+1 of [T,d]: with respect to the stream at each border, as in `InspectablePass.stream`. The first is also that of the token
   * and position embeddings.
   */
  readonly stream: readonly Float32Array[];
  /**
   * Why the gradient is next to nothing everywhere: the probability is all but 1 (`softmax`), or the logits are at the soft-cap
   * (`soft-cap`). Estimates then say nothing; the logit, or a difference of logits, still has a gradient where the softmax is
   * saturated. Absent: it is not.
   */
  readonly saturated?: 'softmax' | 'soft-cap';
  /**
   * The gradients within a block, recomputed when they are asked for.
   *
   * @throws Problem `cancelled`, `out-of-memory`, `weights-invalid`
   */
  block(layer: number): Promise<BlockGradients>;
  /**
   * What a step along the gradient adds to the matrices of a feed-forward layer, computed when it is asked for.
   *
   * @throws Problem `cancelled`, `out-of-memory`, `weights-invalid`
   */
  feedForward(layer: number): Promise<FeedForwardGradients>;
}

/**
 * The gradients of a feed-forward layer's matrices as sums of rank-one matrices, one a position: each is the outer product of
 * what the matrix reads there and the gradient of what it yields there. Biases are not looked at.
 */
export interface FeedForwardGradients {
  /** [T,d] what the first matrices read */
  readonly read: Float32Array;
  /** [T,F] what the last matrix reads */
  readonly coefficients: Float32Array;
  /** [T,F] of what the first matrix yields: the update is Σ read ⊗ up. With a gate, the matrix without the non-linearity */
  readonly up: Float32Array;
  /** [T,F] the same of the gate's matrix; absent without a gate */
  readonly gate?: Float32Array;
  /** [T,d] of what the last matrix yields, before a norm or multiplier that follows: the update is Σ coefficients ⊗ down */
  readonly down: Float32Array;
  /** [F] for each neuron the norm of its column of an update of the first matrices, and of its row of that of the last */
  readonly neuronNorms: { readonly up: Float32Array; readonly gate?: Float32Array; readonly down: Float32Array };
}

/**
 * Gradients within one block at all positions, with respect to the tensors that docs/method.md names. A head's output and a
 * neuron's coefficient are vectors and numbers before the layer's output projection: ⟨z_h, ∂z_h⟩ is the estimate for a head,
 * ⟨probability · v_j, ∂z_h⟩ for a source of it, coefficient · ∂coefficient for a neuron. Where interventions reach into the block,
 * gradients are those of the tensors as they were changed.
 */
export interface BlockGradients {
  /** [T,H·k] queries, [T,G·k] keys and values: `hook_q`, `hook_k`, `hook_v`, through every query that reads them */
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  /** [T,H·k] heads before the output projection: `hook_z` */
  readonly z: Float32Array;
  /** [T,d] what attention adds to the stream; where the block has a stream between its branches, also that of `hook_resid_mid` */
  readonly attnOut: Float32Array;
  /** [T,F] coefficients of the neurons: `mlp.hook_post` */
  readonly mlpPost: Float32Array;
  /** [T,d] what the feed-forward layer adds to the stream */
  readonly mlpOut: Float32Array;
}
