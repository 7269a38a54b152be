/**
 * What *Choose Model* offers, apart from how the editor shows it.
 */
import * as l10n from '@vscode/l10n';
import type { ProblemData } from '../../core/problem';
import { showBytes } from '../../core/text/bytes';
import { checkpointName } from '../../model/checkpoint/name';
import type { CachedModel } from '../../hub/cache/scan';
import type { KeptGguf } from '../../hub/gguf/scan';
import type { ModelSummary } from '../../hub/model-summary';

/** Headings of the list, in their order. */
export type ModelSection = 'Embedded' | 'On this machine' | 'Recent folders';

/** One model of the list. */
export interface ModelEntry {
  readonly section: ModelSection;
  readonly name: string;
  /** revision, family, size */
  readonly facts: string;
  /** where it lies, or why it cannot be run */
  readonly detail: string;
  /** value for the setting `visit.model.folder` */
  readonly setting: string;
  /** why it cannot be run; null when it can */
  readonly problem: ProblemData | null;
}

/** What the list is made of. */
export interface KnownModels {
  readonly embedded: ModelSummary;
  readonly cached: readonly CachedModel[];
  /** models of other programs */
  readonly gguf: readonly KeptGguf[];
  /** folders that were chosen before, the last first; as they are written in the setting */
  readonly recent: readonly { readonly setting: string; readonly model: ModelSummary }[];
  /** folder of the model in use */
  readonly inUse: string;
}

/** The list in its order: what runs before what does not, a folder of the cache under its name there. */
export function modelEntries({ embedded, cached, gguf, recent, inUse }: KnownModels): ModelEntry[] {
  const entry = (section: ModelSection, name: string, setting: string, revision: string | undefined, model: ModelSummary): ModelEntry => ({
    section,
    name,
    facts: [model.folder === inUse ? l10n.t('in use') : undefined, revision, model.family, showBytes(model.bytes)].filter(Boolean).join(' · '),
    detail: model.problem === null ? model.folder : l10n.t`Cannot be run: ${model.problem.message}`,
    setting,
    problem: model.problem,
  });
  const known = new Set([embedded, ...cached, ...gguf].map(({ folder }) => folder));
  return [
    { ...entry('Embedded', l10n.t('Embedded model'), '', undefined, embedded), detail: l10n.t('The small GPT-2 that comes with the extension') },
    ...cached.map((model) => entry('On this machine', model.file === undefined ? model.id : `${model.id}/${model.file}`, model.folder, revisionOf(model), model)),
    ...gguf.map((model) => entry('On this machine', model.name, model.folder, model.program, model)),
    ...recent
      .filter(({ model }) => !known.has(model.folder))
      .map(({ setting, model }) => entry('Recent folders', checkpointName(model.folder), setting, undefined, model)),
  ];
}

/** Said of revisions that are not the usual one. */
function revisionOf({ refs, commit }: CachedModel): string | undefined {
  if (refs.includes('main')) return undefined;
  return refs.length > 0 ? refs.join(', ') : commit.slice(0, 7);
}
