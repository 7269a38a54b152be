/** By which measure two passes are compared. */
import * as l10n from '@vscode/l10n';
import type { Measure } from '#core/compare/what-changed';
import { dropdown, type ChoiceControl } from '../../lib/controls/toolkit';
import { MEASURE_NAMES, MEASURES } from '../../state/measures';
import type { Page } from '../../state/page';

/** A dropdown of the measures. */
export function createCompareBy(page: Page, testId: string): ChoiceControl<Measure> {
  return dropdown({
    label: l10n.t('Compare by'),
    testId,
    choices: MEASURES.map((each) => [each, MEASURE_NAMES[each]] as const),
    choose: (measure) => page.dispatch({ type: 'compareView', change: { measure } }),
  });
}
