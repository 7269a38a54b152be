/**
 * The page as one pane of a comparison sees it. Every part that shows a single graph shows a pane when it is given this instead of
 * the page: what it reads is projected, what it asks concerns its side.
 */
import type { Side } from '#core/format/comparison';
import type { CompareRequest, SideRequest } from '#core/protocol/view-request';
import type { PageEvent } from './page-event';
import type { PageState } from './page-state';
import type { Page } from './page';
import { otherSide, sideRequest, type ShownComparison, type Pane } from './shown-comparison';

const projections = new WeakMap<PageState, Partial<Record<Pane, PageState>>>();

/** What a pane knows; the state itself where nothing is compared. The same state is projected once. */
export function paneState(state: PageState, pane: Pane): PageState {
  const { compared, compareRequest } = state;
  if (compared === null || compareRequest === null) return state;
  const known = projections.get(state) ?? {};
  projections.set(state, known);
  const side = sideOf(pane);
  return (known[pane] ??= {
    ...state,
    shown: compared[pane],
    request: sideRequest(compareRequest, side),
    targetProblem: state.targetProblem?.field.side === side ? state.targetProblem : null,
    hoveredToken: hoveredToken(state, compared, pane),
  });
}

/** The side whose prompt and request a pane shows; the merged graph's are the left one's. */
function sideOf(pane: Pane): Side {
  return pane === 'right' ? 'right' : 'left';
}

function hoveredToken(
  { hoveredToken: token, hoveredSide }: PageState,
  { counterpart, comparison }: ShownComparison,
  pane: Pane,
): number | null {
  if (token === null) return null;
  if (pane !== 'merged') return pane === hoveredSide ? token : (counterpart[hoveredSide].get(token) ?? null);
  const pair = comparison.alignment.findIndex(([left, right]) => (hoveredSide === 'left' ? left : right) === token);
  return pair < 0 ? null : pair;
}

/** The page for the parts of one pane. */
export function panePage(page: Page, pane: Pane): Page {
  const side = sideOf(pane);
  return {
    ...page,
    state: () => paneState(page.state(), pane),
    dispatch: (event) => page.dispatch(onSide(event, side)),
    ask({ position, target, against, layers, counts, measure, baseline }) {
      const { compareRequest, compared, view } = page.state();
      if (compareRequest === null || compared === null) return;
      const own = compareRequest[side];
      const asked: SideRequest = {
        position: position ?? own.position,
        target: target === undefined ? own.target : target,
        against: against === undefined ? own.against : against,
      };
      const changesSide = asked.position !== own.position || asked.target !== own.target || asked.against !== own.against;
      page.askComparison({
        ...(layers && { layers }),
        ...(counts && { counts }),
        ...(measure && { measure }),
        ...(baseline && { baseline }),
        ...(changesSide && { [side]: asked }),
        ...(asked.position !== own.position &&
          (view.compare.linked || compared.whatIf) &&
          linked(compared, compareRequest, side, asked.position)),
      });
    },
  };
}

function onSide(event: PageEvent, side: Side): PageEvent {
  return event.type === 'hover' || event.type === 'hoverToken' ? { ...event, side } : event;
}

/** The position of the other side that is as far from the end. */
function linked(compared: ShownComparison, request: CompareRequest, side: Side, position: number): Partial<CompareRequest> {
  const other = otherSide(side);
  const fromEnd = compared.comparison[side].tokens.length - position;
  return { [other]: { ...request[other], position: Math.max(0, compared.comparison[other].tokens.length - fromEnd) } };
}
