/** A page of its own with all that the engine says of a pass: the flow graph, and on tabs the story, and the overview where it can be made. */
import type { KeepBy } from '../core/analyse/attribution';
import type { FlowGraph } from '../core/format/flow-graph';
import type { ModelRef, PromptInput } from '../core/protocol/engine-inputs';
import type { GraphOptions, StoryOptions } from '../core/protocol/engine-options';
import type { EngineCalls } from '../engine-client/engine-calls';
import { inspectorPage, type PageContent } from '../export/inspector-page';
import { WEBVIEW } from './engine';

/** What is asked about. */
export interface InspectedPass {
  readonly model: ModelRef;
  readonly prompt: PromptInput;
  /** of the graph; position, target and interventions are those of the other views too */
  readonly options: GraphOptions;
  /** of the story; absent: with hops, all else as it is without options */
  readonly story?: Pick<StoryOptions, 'tokens' | 'hops' | 'by'>;
  /** where it is there already */
  readonly graph?: FlowGraph;
}

/** @param view as which the page opens @throws Problem what the engine throws, `io` where the page is not built */
export async function inspectorFile(
  engine: EngineCalls,
  { model, prompt, options, story: told = { hops: true }, graph }: InspectedPass,
  view: { readonly tab: 'story' | 'graph'; readonly colourBy?: KeepBy; readonly keepBy?: KeepBy },
  signal: AbortSignal,
): Promise<string> {
  const { position, target, against, measure, interventions } = options;
  const of = {
    ...(position !== undefined && { position }),
    ...(target && { target }),
    ...(against && { against }),
    ...(measure && { measure }),
  };
  const shown = graph ?? (await engine.call('graph', { model, prompt, options }, { signal }));
  const changed = interventions && { interventions };
  const story = await engine.call('story', { model, prompt, options: { ...of, ...told, ...changed } }, { signal });
  const insights: PageContent['insights'] = [
    { request: { of: 'story' }, value: story },
    // The overview is of the model as it is.
    ...(changed
      ? []
      : [{ request: { of: 'overview' } as const, value: await engine.call('overview', { model, prompt, options: of }, { signal }) }]),
  ];
  return inspectorPage({ shown, insights, view }, WEBVIEW);
}
