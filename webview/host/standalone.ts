/** A page without a host: the graph, or the comparison, and what else is known of it, is in the page itself. */
import * as l10n from '@vscode/l10n';
import type { AppliedIntervention, Intervention } from '#core/format/intervention';
import { assertNever } from '#core/problem';
import type { Comparison } from '#core/format/comparison';
import type { FlowGraph } from '#core/format/flow-graph';
import { INSIGHTS, type InsightResult } from '#core/protocol/insight';
import type { HostMessage } from '#core/protocol/inspector';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import type { Host } from './host';

/** Ids of the `<script type="application/json">` that holds what is shown. */
const DATA = { graph: 'visit-graph', comparison: 'visit-comparison', insights: 'visit-insights', view: 'visit-view' } as const;

/** Nothing else that the page holds is of this model. */
const HELD = '';

function held(id: string): unknown {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

/** What else the page holds of its graph. */
function heldInsights(): readonly Pick<InsightResult, 'request' | 'value'>[] {
  return (held(DATA.insights) ?? []) as readonly Pick<InsightResult, 'request' | 'value'>[];
}

/** How the page is looked at when it opens: as it was when it was made, but never on a tab that it does not hold. */
function heldView(): unknown {
  const view = { ...(held(DATA.view) as Readonly<Record<string, unknown>> | null) };
  const tabs = heldInsights().flatMap(({ request: { of } }) => INSIGHTS[of].tab?.id ?? []);
  const isHeld = (of: unknown): boolean => tabs.some((tab) => tab === of);
  const compare = view['compare'] as Readonly<Record<string, unknown>> | undefined;
  return {
    ...view,
    ...(!isHeld(view['tab']) && { tab: 'graph' }),
    ...(compare && !isHeld(compare['tab']) && { compare: { ...compare, tab: 'graph' } }),
  };
}

/** What the page holds, as the message that shows it. */
function heldMessage(): HostMessage {
  const graph = held(DATA.graph) as FlowGraph | null;
  if (graph !== null) return { type: 'graph', graph, fingerprint: HELD, request: requestOf(graph), origin: {} };
  const comparison = held(DATA.comparison) as Comparison | null;
  if (comparison !== null)
    return { type: 'comparison', comparison, fingerprint: HELD, request: compareRequestOf(comparison), origins: { left: {}, right: {} } };
  return {
    type: 'problem',
    problem: { code: 'internal', message: l10n.t('This page does not contain a flow graph.'), hint: l10n.t('Export it again.') },
  };
}

/** A host that answers `ready` with what the page holds, and nothing else. */
export function standaloneHost(): Host {
  return {
    live: false,
    post: () => undefined,
    listen(hear) {
      hear(heldMessage());
      for (const insight of heldInsights()) hear({ type: 'insightResult', id: null, fingerprint: HELD, ...insight } as HostMessage);
    },
    kept: heldView,
    keep: () => undefined,
  };
}

/** The request that a graph answers. */
export function requestOf(graph: FlowGraph): ViewRequest {
  return {
    position: graph.position,
    layers: { from: graph.layers[0] ?? 0, to: graph.layers.at(-1) ?? 0 },
    target: graph.target.chosen === 'user' ? graph.target.text : null,
    against: graph.target.against?.text ?? null,
    counts: graph.counts,
    measure: graph.target.measure === 'raw' ? 'raw' : 'centred',
    baseline: baselineOf(graph.effects),
    effects: graph.effects !== undefined,
  };
}

/** The request that a comparison answers. */
export function compareRequestOf({ left, right }: Comparison): CompareRequest {
  const { layers, counts, measure, baseline, effects, ...ofLeft } = requestOf(left);
  const { position, target, against } = requestOf(right);
  return {
    left: ofLeft,
    right: { position, target, against },
    targets: left.target.against === undefined ? 'own' : 'difference',
    interventions: (right.interventions ?? []).map(askedFor),
    layers,
    counts,
    measure,
    baseline,
    effects,
  };
}

/** What the effects of a graph are against. The prompts of a mean are not recorded, only how many there were. */
function baselineOf(effects: FlowGraph['effects']): ViewRequest['baseline'] {
  if (effects === undefined) return { baseline: 'zero' };
  switch (effects.baseline) {
    case 'zero':
      return { baseline: 'zero' };
    case 'twin':
      return { baseline: 'twin', prompt: { text: effects.twin ?? '' } };
    case 'mean':
      return { baseline: 'mean', prompts: [], name: effects.over };
    default:
      return assertNever(effects.baseline);
  }
}

/** The intervention that a graph records. The prompts of a mean are not recorded, only how many there were. */
function askedFor(applied: AppliedIntervention): Intervention {
  const { component } = applied;
  switch (applied.mode) {
    case 'zero':
      return { mode: 'zero', component };
    case 'patch':
      return { mode: 'patch', component, from: { text: applied.prompt } };
    case 'mean':
      return { mode: 'mean', component, over: [], name: applied.name };
    default:
      return assertNever(applied);
  }
}
