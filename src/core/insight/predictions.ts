/** What a model predicts after each of several prompts. */
import type { InspectablePass } from '../pass/inspectable-pass';
import { readingAt } from '../pass/reading';
import type { PredictionRow, PredictionTable } from '../format/prediction-table';

/** A prompt that has been run: what is left of its pass is the final stream at its last token. */
export interface RunPrompt {
  readonly prompt: string;
  readonly tokens: InspectablePass['tokens'];
  /** [d] */ readonly final: Float32Array;
}

/** A prompt that has been run, or the row that says why it was not. */
export type TableEntry = RunPrompt | Extract<PredictionRow, { problem: unknown }>;

/**
 * Reads all prompts' ends in one batch of the lens.
 *
 * @param reader any pass of the model; null when no prompt was run
 * @param k tokens per row
 */
export async function buildPredictionTable(
  model: PredictionTable['model'],
  reader: Pick<InspectablePass, 'read' | 'tokenText'> | null,
  entries: readonly TableEntry[],
  k: number,
): Promise<PredictionTable> {
  const run = entries.filter((entry) => 'final' in entry);
  const rows = new Float32Array(run.length * model.dModel);
  run.forEach(({ final }, i) => rows.set(final, i * model.dModel));
  // Shares are not asked for, so any position and target serve.
  const batch = reader && run.length > 0 ? await reader.read(rows, { target: { id: 0 }, k, position: 0 }) : null;
  let next = 0;
  return {
    schema: 'visit.predictions/1',
    model,
    rows: entries.map((entry): PredictionRow => {
      if (!('final' in entry) || !batch || !reader) return entry as Extract<PredictionRow, { problem: unknown }>;
      const { top, entropy } = readingAt(batch, next++, reader);
      return { prompt: entry.prompt, tokens: entry.tokens, top, entropy };
    }),
  };
}
