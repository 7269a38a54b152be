/** What a block's graph answers, as the state of the block. */
import type { BlockRouting, BlockState, BlockSummary, BranchSummary, ExpertAtWork, MixtureMlpState } from '../../core/pass/block-state';
import { joined } from '../../core/pass/vector';
import { isMixture, type BlockSpec, type FeedForwardSpec, type MixtureSpec } from '../../model/architecture/model-spec';
import type { Results } from '../onnx/session-pool';
import { expertsAtWork } from './experts-at-work';

/** What a `summary` graph answers. @param residPre [d] the stream entering the block at the last position */
export function summaryOf(results: Results, residPre: Float32Array, { mlp }: BlockSpec): BlockSummary {
  return {
    residPre,
    ...optional(results, 'residMid', 'resid_mid'),
    attention: branchOf(results, 'attention'),
    mlp: { ...routingOf(results, mlp), ...branchOf(results, 'mlp'), coefficients: results.floats('mlp_post') },
  };
}

/** Which experts the last position goes to, and how likely each is; nothing of a dense layer. */
function routingOf(results: Results, mlp: FeedForwardSpec): { kind: 'dense' } | Pick<MixtureMlpState, 'kind' | 'router' | 'experts'> {
  if (!isMixture(mlp)) return { kind: 'dense' };
  return { kind: 'experts', router: results.floats('router'), experts: expertsAtWork(mlp, results)(0) };
}

/** What a `routing` graph answers. */
export function routingOfAll(results: Results, mlp: MixtureSpec): BlockRouting {
  const probabilities = results.floats('router');
  const at = expertsAtWork(mlp, results);
  const positions = Array.from({ length: probabilities.length / mlp.experts.length }, (_, position) => at(position));
  return { probabilities, chosen: positions.map(withoutShared) };
}

/** The same of the states of a mixture at all positions, in their order. */
export function routingOfStates(states: readonly BlockState[]): BlockRouting | null {
  const mixtures = states.flatMap(({ mlp }) => (mlp.kind === 'experts' ? [mlp] : []));
  if (mixtures.length === 0) return null;
  return { probabilities: joined(mixtures.map(({ router }) => router)), chosen: mixtures.map(({ experts }) => withoutShared(experts)) };
}

const withoutShared = (experts: readonly ExpertAtWork[]): BlockRouting['chosen'][number] =>
  experts.flatMap(({ expert, weight }) => (expert === 'shared' ? [] : [{ expert, weight }]));

/** Names of what a block's graph answers about each branch. */
const BRANCHES = {
  attention: { ln: 'ln1', raw: 'attn_raw', out: 'attn_out' },
  mlp: { ln: 'ln2', raw: 'mlp_raw', out: 'mlp_out' },
} as const;

function branchOf(results: Results, branch: keyof typeof BRANCHES): BranchSummary {
  const { ln, raw, out } = BRANCHES[branch];
  return { ...optional(results, 'ln', ln), ...optional(results, 'raw', raw), out: results.floats(out) };
}

/**
 * What an `inspect` graph answers.
 * @param residPre [d] the stream entering the block at the position under study
 * @param at that position, and the length of the prompt, to which patterns are filled up with zeros
 * @param figures what `buildBlockFiguresGraph` answers of the block
 */
export function stateOf(
  results: Results,
  figures: Results,
  residPre: Float32Array,
  { position, length }: { position: number; length: number },
  { mlp }: BlockSpec,
): BlockState {
  const routing = routingOf(results, mlp);
  // Where the prompt has a say in them, the block answers them itself.
  const whereKnown = (name: string) => (results.names.includes(name) ? results : figures);
  const of = (name: string) => whereKnown(name).floats(name);
  return {
    residPre,
    ...optional(results, 'residMid', 'resid_mid'),
    residPost: results.floats('resid_post'),
    attention: {
      ...branchOf(results, 'attention'),
      ...optional(results, 'scale', 'attn_scale'),
      query: results.floats('query'),
      ownKey: results.floats('own_key'),
      ownValue: results.floats('own_value'),
      headOut: results.floats('head_out'),
      pattern: widened(results.floats('pattern'), position + 1, length),
      z: results.floats('z'),
      rowNorms: of('o_norms'),
      ...optional(results, 'bias', 'attn_bias'),
      ...optional(results, 'update', 'attn_update'),
    },
    mlp: {
      ...branchOf(results, 'mlp'),
      ...optional(results, 'scale', 'mlp_scale'),
      coefficients: results.floats('mlp_post'),
      valueNorms: of('value_norms'),
      ...optional(results, 'update', 'mlp_update'),
      ...(routing.kind === 'experts'
        ? { ...routing, expertOut: results.floats('expert_out') }
        : { ...routing, ...optional(whereKnown('mlp_bias_in'), 'biasIn', 'mlp_bias_in'), ...optional(results, 'biasOut', 'mlp_bias_out') }),
    },
  };
}

/** A tensor under a key, where the graph has it. */
function optional<K extends string>(results: Results, key: K, name: string): { readonly [P in K]?: Float32Array } {
  return results.names.includes(name) ? ({ [key]: results.floats(name) } as { [P in K]: Float32Array }) : {};
}

/** Rows of one width, filled up with zeros to a larger one. */
export function widened(rows: Float32Array, width: number, to: number): Float32Array {
  if (width === to) return rows;
  const wide = new Float32Array((rows.length / width) * to);
  for (let row = 0; row * width < rows.length; row++) wide.set(rows.subarray(row * width, (row + 1) * width), row * to);
  return wide;
}
