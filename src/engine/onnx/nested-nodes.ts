import { decodeModel, type GraphProto } from './proto';

/** Names of the nodes inside the loops and branches of a graph, which is given as the bytes of an `.onnx` file. */
export function nestedNodeNames(description: Uint8Array): string[] {
  return nestedIn(decodeModel(description).graph).map(({ name }) => name);
}

function nestedIn({ node }: GraphProto): GraphProto['node'] {
  const inner = node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g ? [g] : [])));
  return inner.flatMap((graph) => [...graph.node, ...nestedIn(graph)]);
}
