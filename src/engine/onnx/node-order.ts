/** Which nodes of a graph are kept, and in which order they stand. */
import type { NodeProto, ValueInfoProto } from './proto';

/** The nodes that some output depends on, and the names of all values that these use. */
export function needed(nodes: readonly NodeProto[], outputs: readonly ValueInfoProto[]): { node: NodeProto[]; used: ReadonlySet<string> } {
  const used = new Set(outputs.map(({ name }) => name));
  const node = [...nodes].reverse().filter(({ input, output, attribute }) => {
    if (!output.some((name) => used.has(name))) return false;
    for (const name of readBy({ input, attribute })) used.add(name);
    return true;
  });
  return { node: node.reverse(), used };
}

/** What a node reads: no inputs that are left out. Of graphs inside it, that is their own values, and those of the graphs around them. */
export function readBy({ input, attribute }: Pick<NodeProto, 'input' | 'attribute'>): string[] {
  return [...input.filter((name) => name !== ''), ...attribute.flatMap(({ g }) => g?.node.flatMap(readBy) ?? [])];
}

/**
 * The nodes with those in front that depend on weights alone, most of which widen a weight. Of the nodes that another one
 * waits for, onnxruntime runs the later ones first: so each weight is widened when its product is due, not all of them
 * before anything else.
 */
export function weightsFirst(nodes: readonly NodeProto[], initializers: Iterable<string>): NodeProto[] {
  const early = fromWeightsAlone(nodes, initializers);
  return [...early, ...nodes.filter((node) => !early.has(node))];
}

/** The nodes that depend on initializers alone. */
export function fromWeightsAlone(nodes: readonly NodeProto[], initializers: Iterable<string>): ReadonlySet<NodeProto> {
  const known = new Set(['', ...initializers]);
  const early = new Set<NodeProto>();
  for (const node of nodes) {
    const hasGraph = node.attribute.some(({ g }) => g !== undefined);
    if (hasGraph || node.input.length === 0 || !node.input.every((name) => known.has(name))) continue;
    early.add(node);
    for (const name of node.output) known.add(name);
  }
  return early;
}
