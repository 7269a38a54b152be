/** Under a table of readings: which lens made them. */
import { agreementByDepth, readThroughInWords, type ReadModel } from '../../core/present/lens-words';

/** One line, with what is known of the lens. */
export function lensLine(model: ReadModel): string {
  const agreement = agreementByDepth(model);
  return `${readThroughInWords(model)}${agreement === '' ? '' : ` ${agreement}`}\n`;
}
