/** Saving what the panel shows as a file: as a picture, as a page of its own, or as data. */
import * as vscode from 'vscode';
import type { Comparison } from '../../core/format/comparison';
import type { FlowGraph } from '../../core/format/flow-graph';
import { nodesCsv } from '../../core/present/nodes-csv';
import { isWhatIf } from '../../core/present/side-words';
import { Problem, assertNever } from '../../core/problem';
import type { InsightName, InsightResult } from '../../core/protocol/insight';
import type { ExportFormat } from '../../core/protocol/page-messages';
import type { PageAnswerTo } from '../../core/protocol/page-questions';
import type { InspectorResult } from '../session/inspector-input';
import { choicesFor, fileName, isOfModel, type ExportChoice } from './export-formats';
import type { PageQuestions } from './page-questions';

/** What a page of its own holds. */
export interface HtmlContent {
  readonly shown: FlowGraph | Comparison;
  /** what else is known of it */
  readonly insights: readonly InsightResult[];
  /** how it was looked at */
  readonly view: unknown;
}

/** Makes one self-contained HTML file. Throws a `Problem`. */
export type HtmlWriter = (content: HtmlContent) => Promise<string>;

/** What exports are made from. */
export interface ExportPorts {
  /** What is shown, with all of it read. Rejects with what the engine answers. */
  readonly shown: () => Promise<InspectorResult | undefined>;
  readonly questions: PageQuestions;
  /** What is known of the shown graph, found out now where it is not; undefined where it cannot be. */
  readonly insight: (of: InsightName) => Promise<InsightResult | undefined>;
  /** All that is known of it. */
  readonly known: () => readonly InsightResult[];
  /** Saves the always-active neurons. */
  readonly exportNeurons: () => Promise<void>;
  readonly toHtml: HtmlWriter;
}

/** Views that a page of its own has besides the flow graph, looked at or not; it has all others that have been looked at. */
const HELD = ['story', 'overview'] as const satisfies readonly InsightName[];

interface ChoiceItem extends vscode.QuickPickItem {
  readonly choice?: ExportChoice;
}

/** Saves what is shown. @param given asked for where absent. Rejects with what the file system, the page or a writer throws. */
export async function exportView(ports: ExportPorts, given?: ExportFormat): Promise<void> {
  const { shown, view } = await seenNow(ports);
  if (view === undefined || view.screen === 'welcome' || (shown === undefined && !isOfModel(view.screen))) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('VISIT: there is nothing to export yet. Run “VISIT: Visualize Forward Pass” first.'),
    );
    return;
  }
  const choice = given ? { format: given, ground: 'light' as const } : await askForChoice(view);
  if (choice === undefined) return;
  if (view.screen === 'neurons' && !isPicture(choice)) return ports.exportNeurons();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const prompt = isOfModel(view.screen) || shown === undefined ? '' : promptOf(shown);
  const name = `${fileName(view.screen, prompt, shown?.kind === 'comparison' && isWhatIf(shown.comparison))}.${choice.format}`;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export'),
    filters: { [choice.format.toUpperCase()]: [choice.format] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, await contentOf(choice, shown, view, ports));
  void offerToOpen(target, choice.format);
}

type View = Pick<PageAnswerTo<'view'>, 'screen' | 'drawn' | 'kept'>;

/** What is shown and how it is looked at, of one moment: reading the rest of a graph takes time in which another may be shown. */
async function seenNow(
  ports: Pick<ExportPorts, 'shown' | 'questions'>,
): Promise<{ readonly shown: InspectorResult | undefined; readonly view: View | undefined }> {
  const shown = await ports.shown();
  // What was shown last can be saved as data or as a page even while the panel is hidden.
  const view = await ports.questions.ask<'view'>({ of: 'view' }).catch(() => (shown === undefined ? undefined : unseen(shown)));
  return (await ports.shown()) === shown ? { shown, view } : seenNow(ports);
}

/** A view that nobody sees: the graph alone, without pictures. */
function unseen(shown: InspectorResult): View {
  return { screen: shown.kind, drawn: false, kept: {} };
}

function promptOf(shown: InspectorResult): string {
  switch (shown.kind) {
    case 'graph':
      return shown.graph.prompt;
    case 'comparison':
      return shown.comparison.right.prompt;
    case 'predictions':
      return '';
    default:
      return assertNever(shown);
  }
}

async function askForChoice({ screen, drawn }: View): Promise<ExportChoice | undefined> {
  const choices = choicesFor(screen, drawn);
  const items = choices.flatMap((choice, i): ChoiceItem[] => {
    const heading = headingOf(choice);
    const before = choices[i - 1];
    const item = itemOf(choice);
    return before !== undefined && headingOf(before) === heading
      ? [item]
      : [{ label: heading, kind: vscode.QuickPickItemKind.Separator }, item];
  });
  const none = drawn
    ? vscode.l10n.t('What is on the screen, as a file')
    : vscode.l10n.t('There are pictures of what is on the screen: show the panel first');
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('VISIT: Export'), placeHolder: none }))?.choice;
}

function isPicture({ format }: ExportChoice): boolean {
  return format === 'svg' || format === 'png';
}

function headingOf(choice: ExportChoice): string {
  if (!isPicture(choice)) return vscode.l10n.t('Data and pages');
  return choice.ground === 'light' ? vscode.l10n.t('On white, for papers') : vscode.l10n.t('On a dark ground, for slides');
}

function itemOf(choice: ExportChoice): ChoiceItem {
  switch (choice.format) {
    case 'svg':
      return { choice, label: '$(file-media) SVG', description: vscode.l10n.t('drawing, with text as text') };
    case 'png':
      return { choice, label: '$(file-media) PNG', description: vscode.l10n.t('image') };
    case 'html':
      return { choice, label: '$(browser) HTML', description: vscode.l10n.t('one file with the inspector in it, for any browser') };
    case 'json':
      return { choice, label: '$(json) JSON', description: vscode.l10n.t('all figures; schemas are in docs') };
    case 'csv':
      return { choice, label: '$(table) CSV', description: vscode.l10n.t('one row for each node') };
    default:
      return assertNever(choice.format);
  }
}

/** The bytes of a file. */
async function contentOf(
  { format, ground }: ExportChoice,
  shown: InspectorResult | undefined,
  view: View,
  ports: ExportPorts,
): Promise<Uint8Array> {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  if (format === 'svg' || format === 'png') {
    const { data } = await ports.questions.ask<'picture'>({ of: 'picture', as: format, ground });
    return format === 'svg' ? text(data) : pngBytes(data);
  }
  if (shown === undefined) throw notReady();
  switch (format) {
    case 'html':
      return text(await htmlOf(shown, view, ports));
    case 'json':
      return text(`${JSON.stringify(await dataOf(shown, view, ports), null, 2)}\n`);
    case 'csv':
      if (shown.kind !== 'graph')
        throw new Problem(
          'io',
          vscode.l10n.t('Only a flow graph has a table of nodes.'),
          vscode.l10n.t('Export as JSON, or show a flow graph.'),
        );
      return text(nodesCsv(shown.graph));
    default:
      return assertNever(format);
  }
}

/** First bytes of every PNG. */
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** The page is the one part of the extension that shows foreign text: what it calls an image must be one. */
function pngBytes(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (!PNG.every((byte, i) => bytes[i] === byte)) throw new Problem('internal', vscode.l10n.t('The panel’s image is not a PNG.'));
  return bytes;
}

async function htmlOf(shown: InspectorResult, { kept }: View, ports: ExportPorts): Promise<string> {
  switch (shown.kind) {
    case 'graph': {
      for (const of of HELD) await ports.insight(of);
      return ports.toHtml({ shown: shown.graph, insights: ports.known(), view: kept });
    }
    case 'comparison':
      await ports.insight('storyDifference');
      return ports.toHtml({ shown: shown.comparison, insights: ports.known(), view: kept });
    case 'predictions':
      throw new Problem('io', vscode.l10n.t('A table of predictions has no page of its own.'), vscode.l10n.t('Export it as JSON.'));
    default:
      return assertNever(shown);
  }
}

/** The figures that a view shows. */
async function dataOf(shown: InspectorResult, { screen }: View, ports: ExportPorts): Promise<unknown> {
  switch (shown.kind) {
    case 'graph': {
      if (screen !== 'story' && screen !== 'overview' && screen !== 'norms') return shown.graph;
      const known = await ports.insight(screen);
      if (!known) throw notReady();
      return known.value;
    }
    case 'comparison': {
      if (screen !== 'difference' && screen !== 'overviewDifference') return shown.comparison;
      const known = await ports.insight(screen === 'difference' ? 'storyDifference' : 'overviewDifference');
      if (!known) throw notReady();
      return known.value;
    }
    case 'predictions':
      return shown.table;
    default:
      return assertNever(shown);
  }
}

async function offerToOpen(file: vscode.Uri, format: ExportFormat): Promise<void> {
  const open = vscode.l10n.t('Open');
  const chosen = await vscode.window.showInformationMessage(vscode.l10n.t('VISIT: saved as {0}.', file.path.split('/').at(-1) ?? ''), open);
  if (chosen !== open) return;
  // A browser on this side cannot read a file on the other side of a remote connection.
  if (format === 'html' && vscode.env.remoteName === undefined) await vscode.env.openExternal(file);
  else await vscode.commands.executeCommand('vscode.open', file);
}

function notReady(): Problem {
  return new Problem('io', vscode.l10n.t('This view is not ready yet.'), vscode.l10n.t('Wait until it is shown.'));
}
