/**
 * The list of *Choose Model*: shown immediately, and filled while the cache is scanned.
 */
import * as vscode from 'vscode';
import { assertNever } from '../../core/problem';
import type { ModelEntry } from './model-entries';

/** What was chosen. */
export type ModelPick = { readonly kind: 'model'; readonly entry: ModelEntry } | { readonly kind: 'folder' } | { readonly kind: 'file' } | { readonly kind: 'download' };

interface Item extends vscode.QuickPickItem {
  readonly pick?: ModelPick;
}

/** Ways to a model that is not in the list. */
type Way = Exclude<ModelPick['kind'], 'model'>;

const OTHERS: Item = { label: vscode.l10n.t('Other models'), kind: vscode.QuickPickItemKind.Separator };

const WAYS: readonly (Item & { readonly pick: { readonly kind: Way } })[] = [
  { label: vscode.l10n.t('$(folder-opened) Open Folder…'), detail: vscode.l10n.t('A checkpoint on this machine; nothing is copied or converted'), alwaysShow: true, pick: { kind: 'folder' } },
  { label: vscode.l10n.t('$(file) Open GGUF File…'), detail: vscode.l10n.t('A model of llama.cpp, LM Studio and others in one file; quantised weights stay as they are'), alwaysShow: true, pick: { kind: 'file' } },
  { label: vscode.l10n.t('$(cloud-download) Download from Hugging Face Hub…'), detail: vscode.l10n.t('Into the cache shared by all Hugging Face tools'), alwaysShow: true, pick: { kind: 'download' } },
];

/** What the list asks for. */
interface PickerWords {
  readonly title: string;
  readonly placeholder: string;
  /** which ways to other models it offers */
  readonly ways: readonly Way[];
}

const ANY_MODEL: PickerWords = {
  title: vscode.l10n.t('VISIT: Choose Model'),
  placeholder: vscode.l10n.t('Any GPT-like checkpoint in Hugging Face format (config.json, *.safetensors, tokenizer.json) or in GGUF'),
  ways: ['folder', 'file', 'download'],
};

/** Shows the list once. */
export class ModelPicker {
  #offered: readonly string[] | undefined;

  /** Labels of the models that are offered now; undefined while the list is not there or not complete. */
  get offered(): readonly string[] | undefined {
    return this.#offered;
  }

  /**
   * Lets the user choose; undefined when nothing was chosen.
   * @param entries the models, first those that are known at once, then all
   * @param words what is asked; absent: which model to run
   */
  async pick(
    entries: readonly [now: readonly ModelEntry[], later: Promise<readonly ModelEntry[]>],
    words: PickerWords = ANY_MODEL,
  ): Promise<ModelPick | undefined> {
    const list = vscode.window.createQuickPick<Item>();
    list.title = words.title;
    list.placeholder = words.placeholder;
    const others = [OTHERS, ...WAYS.filter(({ pick }) => words.ways.includes(pick.kind))];
    list.matchOnDescription = true;
    list.matchOnDetail = true;
    const show = (models: readonly ModelEntry[]): void => {
      const active = list.activeItems[0]?.label;
      list.items = [...items(models), ...others];
      // The active row stays active. An empty list of active rows would be one in which nothing can be accepted.
      const same = list.items.find(({ label, pick }) => pick !== undefined && label === active);
      if (same) list.activeItems = [same];
    };
    show(entries[0]);
    list.busy = true;
    list.show();
    let open = true;
    void entries[1].then((models) => {
      if (!open) return;
      show(models);
      list.busy = false;
      this.#offered = models.map(({ name }) => name);
    });
    try {
      return await new Promise<ModelPick | undefined>((resolve) => {
        list.onDidAccept(() => {
          const pick = list.activeItems[0]?.pick;
          if (pick) resolve(pick);
        });
        list.onDidHide(() => { resolve(undefined); });
      });
    } finally {
      open = false;
      this.#offered = undefined;
      list.dispose();
    }
  }
}

function items(entries: readonly ModelEntry[]): Item[] {
  return entries.flatMap((entry, index) => {
    const { section, name, facts, detail, problem } = entry;
    const item: Item = { label: `$(${problem ? 'circle-slash' : ICONS[section]}) ${name}`, description: facts, detail, pick: { kind: 'model', entry } };
    const heading: Item = { label: sectionName(section), kind: vscode.QuickPickItemKind.Separator };
    return entries[index - 1]?.section === section ? [item] : [heading, item];
  });
}

function sectionName(section: ModelEntry['section']): string {
  switch (section) {
    case 'Embedded':
      return vscode.l10n.t('Embedded');
    case 'On this machine':
      return vscode.l10n.t('On this machine');
    case 'Recent folders':
      return vscode.l10n.t('Recent folders');
    default:
      return assertNever(section);
  }
}

const ICONS: Readonly<Record<ModelEntry['section'], string>> = { Embedded: 'package', 'On this machine': 'database', 'Recent folders': 'folder' };
