/** Under a table of readings: which lens made them. */
import { agreementByDepth, readThroughInWords, type ReadModel } from '../../core/present/lens-words';

/** One line, with what is known of the lens. @param words the lens in words, where it is not the only one */
export function lensLine(model: ReadModel, words?: string): string {
  const agreement = agreementByDepth(model, words);
  return `${readThroughInWords(model, words)}${agreement === '' ? '' : ` ${agreement}`}\n`;
}
