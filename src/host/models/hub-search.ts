/**
 * Finding a model on the Hub: results while typing, and any id that is typed.
 */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import type { HubAccess } from '../../hub/remote/connection';
import type { FoundModel } from '../../hub/remote/search';
import { isRepositoryId } from '../../hub/repository-id';

interface Item extends vscode.QuickPickItem {
  readonly id?: string;
}

/** Milliseconds without a key after which the Hub is asked. */
const PAUSE = 250;

/** Lets the user find a model; answers with its id, or undefined when none was chosen. */
export async function findOnHub(access: HubAccess): Promise<string | undefined> {
  const list = vscode.window.createQuickPick<Item>();
  list.title = vscode.l10n.t('VISIT: Download from Hugging Face Hub');
  list.placeholder = vscode.l10n.t('Part of a name, or an id such as openai-community/gpt2');
  let search = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const ask = async (words: string): Promise<void> => {
    search.abort();
    search = new AbortController();
    const { signal } = search;
    list.busy = true;
    const answers = import('../../hub/remote/search').then(({ searchHub }) => searchHub(access, words, signal));
    const found = await answers.then((models) => models.map(itemOf), (thrown: unknown) => [failure(thrown)]);
    if (signal.aborted) return;
    list.busy = false;
    list.items = [...typed(words, found), ...found];
  };
  list.onDidChangeValue((value) => {
    clearTimeout(timer);
    const words = value.trim();
    list.items = typed(words, []);
    timer = setTimeout(() => { void ask(words); }, PAUSE);
  });
  list.show();
  void ask('');
  try {
    return await new Promise<string | undefined>((resolve) => {
      list.onDidAccept(() => {
        const id = list.activeItems[0]?.id;
        if (id !== undefined) resolve(id);
      });
      list.onDidHide(() => { resolve(undefined); });
    });
  } finally {
    clearTimeout(timer);
    search.abort();
    list.dispose();
  }
}

/** The typed text as an id, unless the results have it. */
function typed(words: string, found: readonly Item[]): Item[] {
  if (words === '' || !isRepositoryId(words) || found.some(({ id }) => id === words)) return [];
  return [{ label: `$(arrow-right) ${words}`, description: vscode.l10n.t('exactly as typed'), alwaysShow: true, id: words }];
}

function itemOf({ id, family, parameters, downloads, gated, problem }: FoundModel): Item {
  const runs = problem === null;
  const facts = [
    family,
    parameters === undefined ? undefined : vscode.l10n.t('{0} parameters', amount(parameters)),
    vscode.l10n.t('{0} downloads a month', amount(downloads)),
    gated ? vscode.l10n.t('conditions to accept') : undefined,
  ];
  return {
    label: `$(${runs ? gated ? 'lock' : 'cloud-download' : 'circle-slash'}) ${id}`,
    description: facts.filter(Boolean).join(' · '),
    ...(!runs && { detail: vscode.l10n.t('Cannot be run: it is {0}', problem) }),
    // the Hub has chosen already, by rules of its own
    alwaysShow: true,
    ...(runs && { id }),
  };
}

function failure(thrown: unknown): Item {
  const { message, hint } = Problem.from(thrown);
  return { label: `$(warning) ${message}`, ...(hint !== undefined && { detail: hint }), alwaysShow: true };
}

const amount = (n: number): string => n.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 });
