/** What an adapter adds to weights, as a component that can be switched off. */
import * as l10n from '@vscode/l10n';
import { Problem } from '../problem';
import { ADAPTED_MATRICES, MATRIX_NAMES, type AdaptedMatrix } from './adapted';

/**
 * What an adapter adds: to one matrix of a block, to those of attention or of the feed-forward layer, to all of a block, or to the whole
 * model, with the modules that were trained as a whole.
 */
export type AdapterPart =
  | { readonly kind: 'adapter'; readonly layer: number; readonly of: AdaptedMatrix | 'attn' | 'mlp' | 'block' }
  | { readonly kind: 'adapter'; readonly layer: null; readonly of: 'model' };

/** Switches a whole adapter off: what is left is the base model. */
export const WITHOUT_ADAPTER = { mode: 'zero', component: 'adapter' } as const;

/** The same of what an adapter adds, where a model has one. */
export const ADAPTER_EXAMPLES = 'adapter, blocks.3.adapter, blocks.3.attn.adapter, blocks.3.attn.W_O.adapter';

/** What the parts of a name mean. @throws Problem `no-such-component` for a matrix of another branch, or of none */
export function adaptedPart({ branch, matrix }: Readonly<Record<string, string | undefined>>): Exclude<AdapterPart['of'], 'model'> {
  const named = MATRIX_NAMES.find((name) => name === matrix);
  if (named === undefined) return branch === 'attn' || branch === 'mlp' ? branch : 'block';
  if (ADAPTED_MATRICES[named] === branch) return named;
  throw new Problem(
    'no-such-component',
    `${named} is a matrix of the block’s ${ADAPTED_MATRICES[named]}.`,
    `Names of an adapter’s updates look like ${ADAPTER_EXAMPLES}.`,
  );
}

/** The one name of what an adapter adds. */
export function adapterName({ layer, of }: AdapterPart): string {
  switch (of) {
    case 'model':
      return 'adapter';
    case 'block':
      return `blocks.${layer}.adapter`;
    case 'attn':
    case 'mlp':
      return `blocks.${layer}.${of}.adapter`;
    default:
      return `blocks.${layer}.${ADAPTED_MATRICES[of]}.${of}.adapter`;
  }
}

/** What an update of an adapter is a part of, up to the whole adapter. */
export function adaptersAround({ layer, of }: AdapterPart): AdapterPart[] {
  if (layer === null) return [];
  const whole: AdapterPart = { kind: 'adapter', layer: null, of: 'model' };
  if (of === 'block') return [whole];
  const block: AdapterPart = { kind: 'adapter', layer, of: 'block' };
  return of === 'attn' || of === 'mlp' ? [block, whole] : [{ kind: 'adapter', layer, of: ADAPTED_MATRICES[of] }, block, whole];
}

/** What an adapter adds, in words. */
export function adapterWords({ layer, of }: AdapterPart): string {
  switch (of) {
    case 'model':
      return l10n.t('the whole adapter');
    case 'block':
      return l10n.t`the adapter in layer ${layer}`;
    case 'attn':
      return l10n.t`the adapter in the attention of layer ${layer}`;
    case 'mlp':
      return l10n.t`the adapter in feed-forward layer ${layer}`;
    case 'router':
      return l10n.t`the adapter’s update of the router of layer ${layer}`;
    default:
      return l10n.t`the adapter’s update of ${of} of layer ${layer}`;
  }
}
