import { reportLists, type ModelReport } from '../../core/protocol/model-report';

/** Writes to the log what of a checkpoint is honoured, and what may make numbers differ. */
export function tellReport(name: string, report: ModelReport, log: (line: string) => void): void {
  for (const { kind, text } of report.notes) log(`${name}: ${kind}: ${text}`);
  for (const [title, items] of reportLists(report)) if (items.length > 0) log(`${name}: ${title}: ${items.join(', ')}`);
}
