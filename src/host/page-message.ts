/**
 * What is done about each message of the page.
 */
import { assertNever } from '../core/problem';
import type { ExportFormat, PageCommand, PageMessage } from '../core/protocol/page-messages';
import type { InsightController } from './insights/insight-controller';
import type { LensChoice } from './models/lens-choice';
import type { PageQuestions } from './panel/page-questions';
import { chooseBaseline, interveneWithMean, type ReferencePorts } from './insights/reference-choice';
import type { TokenMark } from './prompts/token-highlights';
import type { InspectorSession } from './session/inspector-session';

/** Those who answer the page. */
export interface PageAnswerers {
  readonly session: InspectorSession;
  readonly insights: InsightController;
  readonly lenses: LensChoice;
  readonly mark: (mark: TokenMark) => Promise<void>;
  /** Runs a command that the page has a button for. */
  readonly command: (command: PageCommand) => Promise<void>;
  readonly exportView: (format: ExportFormat) => Promise<void>;
  readonly questions: PageQuestions;
  /** What asking for other prompts is connected to. */
  readonly references: ReferencePorts;
  /** Does what an action of a problem promises. */
  readonly act: (id: string) => Promise<void>;
  readonly log: { error(line: string): void };
}

/** Has a message answered by the one whom it concerns. */
export async function answerPage(message: Exclude<PageMessage, { type: 'ready' }>, answerers: PageAnswerers): Promise<void> {
  const { session, insights, log } = answerers;
  switch (message.type) {
    case 'change':
      return session.change(message.change, message.visit);
    case 'changeComparison':
      return session.changeComparison(message.change);
    case 'compareWith':
      return session.compareWith(message.text);
    case 'continue':
      return session.continue();
    case 'stopContinuing':
      return session.stopContinuing();
    case 'openGenerated':
      return session.openGenerated(message.index);
    case 'showPlain':
      return session.showPlain();
    case 'swap':
      return session.swap();
    case 'intervene':
      return session.intervene(message.intervention);
    case 'interveneWithMean':
      return interveneWithMean(answerers.references, message.component);
    case 'chooseBaseline':
      return chooseBaseline(answerers.references, message.baseline);
    case 'takeBack':
      return session.takeBack(message.component);
    case 'single':
      return session.single(message.side);
    case 'compareRows':
      return session.compareRows(message.left, message.right);
    case 'openRow':
      return session.openRow(message.row);
    case 'readNodes':
      return session.readNodes(message.ids);
    case 'showAgain':
      return session.showAgain(message.seen);
    case 'chooseLens':
      return answerers.lenses.choose(message.lens);
    case 'deleteLens':
      return answerers.lenses.delete(message.lens);
    case 'command':
      return answerers.command(message.command);
    case 'cancel':
      return session.cancel();
    case 'highlight':
      return answerers.mark(message);
    case 'export':
      return answerers.exportView(message.format);
    case 'answer':
      return answerers.questions.answered(message.id, message.answer);
    case 'action':
      return answerers.act(message.id);
    case 'pageError':
      return log.error(`The page failed: ${message.message}`);
    case 'requestInsight':
    case 'cancelInsight':
    case 'exportNeurons':
      return insights.answer(message);
    default:
      return assertNever(message);
  }
}
