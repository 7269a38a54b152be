/** The lines of the tree of text: layers, their stages, and the nodes of these. */
import * as l10n from '@vscode/l10n';
import type { FlowNode } from '#core/format/flow-graph';
import { termOfKind, type Term } from '#core/present/glossary';
import { labelOf } from '../lib/format/label';
import type { ShownGraph } from '../state/shown-graph';

/** A branch of the tree: a layer or one stage of it. */
export interface Branch {
  readonly key: string;
  readonly title: string;
  /** explains the title */
  readonly term?: Term | undefined;
  readonly stages: readonly Branch[];
  readonly nodes: readonly FlowNode[];
}

/** Layers and their stages in the order of the columns. */
export function branchesOf({ graph, layout }: Pick<ShownGraph, 'graph' | 'layout'>): readonly Branch[] {
  const inColumn: FlowNode[][] = layout.columns.map(() => []);
  for (const node of graph.nodes) {
    const column = layout.nodes.get(node.id)?.column;
    if (column !== undefined) inColumn[column]?.push(node);
  }
  const layers = [...new Set(layout.columns.map((column) => column.layer))];
  return layers.map((layer) => ({
    key: `layer ${layer}`,
    title: layer < 0 ? l10n.t('Embeddings') : l10n.t`Layer ${layer}`,
    nodes: [],
    stages: layout.columns.flatMap((column, i) =>
      column.layer === layer
        ? [
            {
              key: `stage ${column.key}`,
              title: column.title,
              term: column.name === 'others' ? undefined : termOfKind(column.name),
              stages: [],
              nodes: inColumn[i] ?? [],
            },
          ]
        : [],
    ),
  }));
}

/** One visible line of the tree. */
export interface Row {
  readonly key: string;
  readonly level: 1 | 2 | 3;
  /** what typing ahead looks for */
  readonly find: string;
  /** its place among its siblings, from 1, and their number */
  readonly place: number;
  readonly of: number;
  readonly content: Branch | FlowNode;
}

/** Whether a line is a layer or a stage, and no node. */
export const isBranch = (content: Branch | FlowNode): content is Branch => 'stages' in content;

/** The lines that are visible while the given branches are open, from top to bottom. */
export function rowsOf(layers: readonly Branch[], open: ReadonlySet<string>): readonly Row[] {
  const branch = (content: Branch, level: 1 | 2, i: number, of: number): Row => ({
    key: content.key,
    level,
    find: content.title,
    place: i + 1,
    of,
    content,
  });
  return layers.flatMap((layer, i) => [
    branch(layer, 1, i, layers.length),
    ...(open.has(layer.key) ? layer.stages : []).flatMap((stage, j) => [
      branch(stage, 2, j, layer.stages.length),
      ...(open.has(stage.key) ? stage.nodes : []).map((node, k): Row => ({
        key: node.id,
        level: 3,
        find: labelOf(node).replace(/^·+/, ''),
        place: k + 1,
        of: stage.nodes.length,
        content: node,
      })),
    ]),
  ]);
}
