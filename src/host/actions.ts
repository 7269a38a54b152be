/** What the page and the buttons of messages ask for, by name. */
import { LOGIT_LENS } from '../core/format/lens-worth';
import { assertNever } from '../core/problem';
import type { PageCommand } from '../core/protocol/page-messages';
import type { LensChoice } from './models/lens-choice';
import type { ModelCommands } from './models/model-commands';
import type { LastShown } from './prompts/last-shown';
import type { InspectorSession } from './session/inspector-session';
import type { ActionId } from './session/problem-actions';
import { DEVICE, showMachineSetting } from './settings';

/** What acts. */
interface Actors {
  readonly session: Pick<InspectorSession, 'act'>;
  readonly models: ModelCommands;
  readonly lenses: Pick<LensChoice, 'choose'>;
  readonly last: Pick<LastShown, 'runAgain'>;
  showLog(): void;
  openSample(): Promise<void>;
  toggleMaximized(): Promise<void>;
  fitLens(): Promise<void>;
}

/** Does what a person can do about a problem; see `withActions`. */
export async function act(id: ActionId, actors: Actors): Promise<void> {
  switch (id) {
    case 'openLog':
      return actors.showLog();
    case 'chooseModel':
      return actors.models.choose();
    case 'chooseBase':
      return actors.models.chooseBase();
    case 'chooseDevice':
      return showMachineSetting(DEVICE);
    case 'openSample':
      return actors.openSample();
    case 'runAnyway':
      actors.models.insist();
      return actors.session.act('runAgain');
    case 'useLogitLens':
      return actors.lenses.choose(LOGIT_LENS);
    case 'runAgain':
    case 'useLastTokens':
      return actors.session.act(id);
    default:
      return assertNever(id);
  }
}

/** Runs a command of the editor for which the page has a button. */
export function runPageCommand(command: PageCommand, actors: Actors): Promise<void> {
  switch (command) {
    case 'recentPrompts':
      return actors.last.runAgain();
    case 'toggleMaximized':
      return actors.toggleMaximized();
    case 'fitLens':
      return actors.fitLens();
    default:
      return assertNever(command);
  }
}
