/** The logit lens over a whole pass: every layer's residual stream at every position, read as tokens. */
import { stopIfCancelled } from '../cancel';
import type { LensGrid } from '../format/lens-grid';
import type { CallContext } from '../call-context';
import type { InspectablePass } from '../pass/inspectable-pass';
import { allAt } from '../pass/lens';
import { readingAt } from '../pass/reading';

/**
 * Reads `blocks.{l}.hook_resid_post` for every block and position.
 *
 * @param k tokens per cell
 * @throws Problem `cancelled` between layers when the caller has cancelled
 */
export async function buildLensGrid(pass: InspectablePass, k: number, context: CallContext): Promise<LensGrid> {
  const rows: LensGrid['rows'][number][] = [];
  for (let layer = 0; layer < pass.model.nLayers; layer++) {
    stopIfCancelled(context, 'The logit lens');
    context.report({ message: `Reading layer ${layer}`, done: layer, total: pass.model.nLayers });
    const at = allAt(layer + 1, 'stream', pass.tokens.length);
    const batch = await pass.read(pass.stream[layer + 1], { target: { id: 0 }, k, position: pass.tokens.length - 1, at });
    rows.push({
      layer,
      cells: pass.tokens.map((_, p) => {
        const { top, entropy } = readingAt(batch, p, pass);
        return { top, entropy };
      }),
    });
  }
  return {
    schema: 'visit.lens/1',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    ...(pass.interventions && { interventions: pass.interventions }),
    rows,
  };
}
