import type { EdgeKind } from '#core/format/flow-graph';

/** Every kind of edge, in the order of the legend. Spelled out here so that the page does not bundle the schema library. */
export const edgeKinds = ['residual', 'norm', 'attention', 'contribution', 'coefficient'] as const satisfies readonly EdgeKind[];
