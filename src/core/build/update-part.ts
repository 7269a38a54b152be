/** What an adapter adds to the matrix of a branch that writes to the stream: a summand with a node of its own. docs/method.md, "Adapters". */
import { rankOf } from '../format/adapter-info';
import type { AdapterPart } from '../format/adapter-part';
import { partName } from '../format/component';
import { nodeId } from '../format/node-id';
import { norm } from '../pass/vector';
import { estimated, type BlockContext } from './block-context';
import { changesWhole } from './patch-part';

/** The update that each branch draws. */
const UPDATES = {
  attention: { kind: 'attn_update', matrix: 'W_O', id: nodeId.attnUpdate },
  mlp: { kind: 'mlp_update', matrix: 'W_out', id: nodeId.mlpUpdate },
} as const;

/** Adds the node of a branch's update between the nodes `reads` and `arrives`, where there is one. */
export function addUpdate(context: BlockContext, branch: keyof typeof UPDATES, reads: string, arrives: string): void {
  const { graph, model, layer, state, effects } = context;
  const { update } = state[branch];
  if (update === undefined) return;
  const { kind, matrix, id } = UPDATES[branch];
  const own: AdapterPart = { kind: 'adapter', layer, of: matrix };
  const isOff = state.changed?.some(({ component }) => component.kind === 'adapter' && partName(component) === partName(own)) ?? false;
  const factor = isOff || changesWhole(state, branch) ? 0 : 1;
  const rank = rankOf(model.adapter, matrix, layer);
  const node = {
    id: id(layer),
    kind,
    layer,
    ...(rank !== undefined && { rank }),
    row: graph.addRow(update),
    shareFactor: factor,
    ...estimated(effects, (e) => factor * e.updates[branch](update)),
  } as const;
  graph.addBetween(reads, node, arrives, factor * norm(update), 'contribution');
}
