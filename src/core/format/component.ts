/**
 * Components of the model that can be switched off or replaced. A component's name is the id of its node in the flow graph, so
 * that a node of the picture and a word on the command line are the same.
 */
import * as l10n from '@vscode/l10n';
import { assertNever, Problem } from '../problem';
import { showToken } from '../text/token-text';
import type { FlowGraph, FlowNode } from './flow-graph';
import type { Intervention } from './intervention';
import { nodeId } from './node-id';
import { NODE_KINDS } from './node-kinds';

/** A part of the model that can be switched off or replaced. `source` is a prompt position that a head reads from. */
export type Component =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'source'; readonly layer: number; readonly head: number; readonly source: number }
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number }
  | { readonly kind: 'attention'; readonly layer: number }
  | { readonly kind: 'mlp'; readonly layer: number };

/** What happens to a component: it is switched off, or replaced by what it was on another prompt. */
export type InterventionMode = 'zero' | 'patch';

const NAME = /^blocks\.(\d+)\.(?:attn\.head\.(\d+)(?:\.value\.(\d+))?|mlp\.neuron\.(\d+)|(attn|hook_attn_out)|mlp|hook_mlp_out)$/;

/** How names are formed, for messages and help. The embedded model has all of them. */
export const COMPONENT_EXAMPLES =
  'blocks.3.attn.head.3, blocks.3.attn.head.3.value.4, blocks.5.mlp.neuron.311, blocks.3.attn, blocks.3.mlp';

/**
 * The component of a name. The names of a block's output (`blocks.3.hook_attn_out`) name the block as well.
 *
 * @throws Problem `no-such-component` when the name is none; whether the model has it is another question
 */
export function parseComponent(name: string): Component {
  const match = NAME.exec(name.trim());
  if (!match) {
    throw new Problem(
      'no-such-component',
      `${JSON.stringify(name)} does not name a component that can be changed.`,
      `Names look like ${COMPONENT_EXAMPLES}.`,
    );
  }
  const [layer, head, source, neuron] = match.slice(1, 5).map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (layer === undefined) throw new Problem('internal', 'A component’s name has no layer.');
  if (head !== undefined) return source === undefined ? { kind: 'head', layer, head } : { kind: 'source', layer, head, source };
  if (neuron !== undefined) return { kind: 'neuron', layer, neuron };
  return { kind: match[5] === undefined ? 'mlp' : 'attention', layer };
}

/** The one name of a component, which `parseComponent` reads. */
export function componentName(component: Component): string {
  const { layer } = component;
  switch (component.kind) {
    case 'head':
      return nodeId.headOut(layer, component.head);
    case 'source':
      return nodeId.headValue(layer, component.head, component.source);
    case 'neuron':
      return nodeId.neuronValue(layer, component.neuron);
    case 'attention':
      return `blocks.${layer}.attn`;
    case 'mlp':
      return `blocks.${layer}.mlp`;
  }
}

/** The node that shows a component. */
export function componentNodeId(component: Component): string {
  switch (component.kind) {
    case 'attention':
      return nodeId.attnOut(component.layer);
    case 'mlp':
      return nodeId.mlpOut(component.layer);
    default:
      return componentName(component);
  }
}

/** The component that a node of the graph shows a part of; null for what cannot be changed, such as a norm. */
export function componentOfNode({ kind, layer, head, source, neuron }: FlowNode): Component | null {
  const component = NODE_KINDS[kind].component;
  switch (component) {
    case undefined:
      return null;
    case 'head':
      return head === undefined ? null : { kind: component, layer, head };
    case 'source':
      return head === undefined || source === undefined ? null : { kind: component, layer, head, source };
    case 'neuron':
      return neuron === undefined ? null : { kind: component, layer, neuron };
    case 'attention':
    case 'mlp':
      return { kind: component, layer };
    default:
      return assertNever(component);
  }
}

/** What can be changed where a node stands: the component that it shows a part of, then what contains that, up to the layer. */
export function componentsOfNode(node: FlowNode): Component[] {
  const own = componentOfNode(node);
  return own === null ? [] : [own, ...containing(own)];
}

/** The components of which this one is a part, smallest first. */
export function containing(component: Component): Component[] {
  const { layer } = component;
  const attention: Component = { kind: 'attention', layer };
  switch (component.kind) {
    case 'source':
      return [{ kind: 'head', layer, head: component.head }, attention];
    case 'head':
      return [attention];
    case 'neuron':
      return [{ kind: 'mlp', layer }];
    case 'attention':
    case 'mlp':
      return [];
  }
}

/**
 * A component in a few words: "head 7 of layer 3 reading position 4".
 *
 * @param prompt names the token that a head reads instead of its position: "head 7 of layer 3 reading ‘·Japan’"
 */
export function componentInWords(component: Component, prompt?: Pick<FlowGraph, 'tokens'>): string {
  const { layer } = component;
  switch (component.kind) {
    case 'head':
      return l10n.t`head ${component.head} of layer ${layer}`;
    case 'source': {
      const token = prompt?.tokens[component.source];
      const source = token === undefined ? l10n.t`position ${component.source}` : `‘${showToken(token)}’`;
      return l10n.t`head ${component.head} of layer ${layer} reading ${source}`;
    }
    case 'neuron':
      return l10n.t`neuron ${component.neuron} of layer ${layer}`;
    case 'attention':
      return l10n.t`attention of layer ${layer}`;
    case 'mlp':
      return l10n.t`feed-forward layer ${layer}`;
  }
}

/** The text from which a value is patched; null if none is, or if the prompt was given as tokens. */
export function donorText(intervention: Intervention): string | null {
  return intervention.mode === 'patch' && 'text' in intervention.from ? intervention.from.text : null;
}
