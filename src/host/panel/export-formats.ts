/** What each view of the panel can be saved as. Knows nothing of the editor. */
import type { ExportFormat } from '../../core/protocol/page-messages';
import type { ScreenName } from '../../core/protocol/page-questions';

/** A way to save what is shown. */
export interface ExportChoice {
  readonly format: ExportFormat;
  /** of a picture: on white, or on a dark ground */
  readonly ground: 'light' | 'dark';
}

/** All ways to save a view, the likeliest first. @param drawn there are pictures of it */
export function choicesFor(screen: ScreenName, drawn: boolean): readonly ExportChoice[] {
  const plain = (format: ExportFormat): ExportChoice => ({ format, ground: 'light' });
  const pictures: readonly ExportChoice[] = drawn
    ? (['light', 'dark'] as const).flatMap((ground) => [
        { format: 'svg', ground },
        { format: 'png', ground },
      ])
    : [];
  switch (screen) {
    case 'welcome':
      return [];
    // What is measured in a model is a file already.
    case 'calibration':
    case 'lenses':
      return pictures;
    case 'graph':
      return [...pictures, plain('html'), plain('json'), plain('csv')];
    case 'predictions':
      return [...pictures, plain('json')];
    case 'neurons':
      return [...pictures, plain('csv')];
    default:
      return [...pictures, plain('html'), plain('json')];
  }
}

/** Whether a view is of the model, whatever prompt is shown. */
export function isOfModel(screen: ScreenName): boolean {
  return screen === 'neurons' || screen === 'calibration' || screen === 'lenses';
}

/** What a file of a view is called until the user says otherwise, without its ending. @param prompt that is shown, for its first words */
export function fileName(screen: ScreenName, prompt: string, isWhatIf: boolean): string {
  const names: Readonly<Partial<Record<ScreenName, string>>> = {
    welcome: 'visit',
    graph: 'flow-graph',
    neurons: 'active-neurons',
    comparison: isWhatIf ? 'before-after' : 'comparison',
    difference: isWhatIf ? 'story-before-after' : 'story-of-comparison',
    overviewDifference: isWhatIf ? 'overview-before-after' : 'overview-of-comparison',
  };
  return [names[screen] ?? screen, ...wordsOf(prompt)].join('-');
}

/** Words of a prompt that go into a file's name, at most. */
const WORDS = 6;

/** The last words of a prompt: what a prediction continues. Letters and digits alone are safe in a name on every system. */
function wordsOf(prompt: string): readonly string[] {
  return (prompt.toLowerCase().match(/[a-z0-9]+/g) ?? []).slice(-WORDS).map((word) => word.slice(0, 16));
}
