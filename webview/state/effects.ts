/** Effects of what is drawn: as the graph estimates them, or as they have been measured since. */
import { componentName, componentShownBy, type Component } from '#core/format/component';
import type { Reference } from '#core/format/effects';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import type { MeasuredEffect } from '#core/insight/measured-effects';
import { SWITCHED_OFF } from '#core/present/effect-words';
import { assertNever } from '#core/problem';
import type { InsightRequest } from '#core/protocol/insight';
import { insightOf } from './insight-state';
import type { PageState } from './page-state';
import { pinnedNodes } from './selectors';
import type { ShownGraph } from './shown-graph';
import type { ViewState } from './view-state';

/** What measures a component at the position under study. */
export function measurementOf(component: Component, { position }: Pick<FlowGraph, 'position'>): InsightRequest<'measureEffects'> {
  return { of: 'measureEffects', component: componentName({ ...component, positions: [{ from: position, to: position }] }) };
}

/** What the effects of a graph are against: those that it has, else those that it would be asked for. */
export function referenceOf({ graph, request: { baseline } }: Pick<ShownGraph, 'graph' | 'request'>): Reference {
  if (graph.effects !== undefined) return graph.effects;
  switch (baseline.baseline) {
    case 'zero':
      return SWITCHED_OFF;
    case 'twin':
      return { baseline: 'twin', ...('text' in baseline.prompt && { twin: baseline.prompt.text }) };
    case 'mean':
      return { baseline: 'mean', prompts: baseline.prompts.length, over: baseline.name };
    default:
      return assertNever(baseline);
  }
}

/** What has been measured of a node's component at the position under study. */
export function measuredOf(node: FlowNode, { shown, insights }: Pick<PageState, 'shown' | 'insights'>): MeasuredEffect | undefined {
  const component = componentShownBy(node);
  if (component === null || shown === null) return undefined;
  const asked = insightOf<'measureEffects'>(insights, measurementOf(component, shown.graph));
  return asked.kind === 'here' ? asked.value.components[0] : undefined;
}

/** A node's effect: measured where it has been, else estimated. The stream is not a component: it has none. */
export function effectOf(node: FlowNode, state: Pick<PageState, 'shown' | 'insights'>): FlowNode['effect'] {
  const measured = measuredOf(node, state);
  if (measured !== undefined) return { value: measured.measured, how: 'measured' };
  return NODE_KINDS[node.kind].role === 'stream' ? undefined : node.effect;
}

/** A node with what is known of its effect. */
export function withEffect(node: FlowNode, state: Pick<PageState, 'shown' | 'insights'>): FlowNode {
  const effect = effectOf(node, state);
  if (effect === node.effect) return node;
  const { effect: _estimate, ...rest } = node;
  return effect === undefined ? rest : { ...rest, effect };
}

/**
 * Whether effects are seen of what is drawn: as colours, by the nodes that are kept, or on a pinned card; of a comparison as colours,
 * by what is compared, or on a pinned card.
 */
function effectsAreSeen(state: PageState): boolean {
  const { colourBy, keepBy, shareKept, tab, compare, pinned } = state.view;
  if (state.compared !== null) {
    if (compare.tab === 'story') return false;
    const { nodes } = state.compared.merged;
    if (compare.measure === 'effect' || colourBy === 'effect') return true;
    return pinned.some((id) => isComponent(nodes.get(id)));
  }
  if (state.shown === null || tab !== 'graph') return false;
  if (colourBy === 'effect' || (keepBy === 'effect' && shareKept < 1)) return true;
  return pinnedNodes(state).some(isComponent);
}

function isComponent(node: FlowNode | undefined): boolean {
  return node !== undefined && componentShownBy(node) !== null;
}

/** What of a view decides whether effects are seen. */
const DECISIVE = ['colourBy', 'keepBy', 'shareKept', 'pinned', 'tab', 'compare'] as const satisfies readonly (keyof ViewState)[];

/** Whether a state asks for effects where the one before it did not. What has failed or was cancelled is not asked for by itself again. */
export function asksForEffects(state: PageState, before: PageState | null): boolean {
  const { shown, compared, view, phase } = state;
  const request = compared === null ? state.request : state.compareRequest;
  if (!effectsAreSeen(state) || request?.effects !== false || phase.kind === 'working') return false;
  return (
    before === null || shown !== before.shown || compared !== before.compared || DECISIVE.some((name) => view[name] !== before.view[name])
  );
}
