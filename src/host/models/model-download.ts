/**
 * Downloading a model from the Hub: find it, see what it is and how large, agree, fetch.
 */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import { showBytes } from '../../core/text/bytes';
import { freeBytes } from '../../hub/disk';
import { hubPlaces } from '../../hub/hf-environment';
import { repositoryUrl } from '../../hub/remote/connection';
import { downloadModel, downloadSize } from '../../hub/remote/download';
import type { DownloadPlan } from '../../hub/remote/repository';
import { findOnHub } from './hub-search';
import type { HubToken } from './hub-token';

/**
 * Lets the user find a model, and downloads it once its size has been agreed to. Nothing is fetched without that.
 * @param id repository; absent: it is searched for
 * @returns the model's folder, or undefined when the user has decided otherwise
 * @throws Problem as `inspectRepository` and `downloadModel` do
 */
export async function downloadFromHub(token: HubToken, id?: string): Promise<string | undefined> {
  const wanted = id ?? await findOnHub(await token.access());
  if (wanted === undefined) return undefined;
  try {
    return await fetchModel(token, wanted);
  } catch (thrown) {
    const problem = Problem.from(thrown);
    if (problem.code !== 'hub-gated') throw problem;
    await offerPage(problem, wanted);
    return undefined;
  }
}

async function fetchModel(token: HubToken, wanted: string): Promise<string | undefined> {
  const plan = await token.withAccess((access) =>
    withCancel(vscode.l10n.t('VISIT: checking {0}', wanted), async (signal) => {
      // read with every family that can be run, and for downloads only
      const { inspectRepository } = await import('../../hub/remote/repository');
      return inspectRepository(access, wanted, undefined, signal);
    }));
  const { cache } = hubPlaces();
  if (!await agree(plan, cache)) return undefined;
  return token.withAccess((access) =>
    withCancel(vscode.l10n.t('VISIT: downloading {0}', wanted), (signal, report) => {
      let percent = 0;
      return downloadModel(access, plan, {
        cache,
        signal,
        onProgress: ({ message, done, total = 0 }) => {
          const now = Math.floor((100 * done) / Math.max(1, total));
          // every whole percent, and every new file
          if (now === percent && done > 0 && done < total) return;
          report({ message: vscode.l10n.t('{0} of {1} ({2})', showBytes(done), showBytes(total), message), increment: now - percent });
          percent = now;
        },
      });
    }));
}

async function agree(plan: DownloadPlan, cache: string): Promise<boolean> {
  const { total, missing } = await downloadSize(plan, cache);
  if (missing === 0) return true;
  const free = await freeBytes(cache);
  const facts = [
    vscode.l10n.t('{0} files, {1}, into {2}', plan.files.length, showBytes(total), cache),
    missing < total ? vscode.l10n.t('{0} remain to be downloaded', showBytes(missing)) : undefined,
    Number.isFinite(free) ? vscode.l10n.t('{0} free on its disk', showBytes(free)) : undefined,
  ];
  const chosen = await vscode.window.showQuickPick([
    {
      label: vscode.l10n.t('$(cloud-download) Download {0}', showBytes(missing)),
      description: `${plan.id} · ${plan.family}`,
      detail: facts.filter(Boolean).join(' · '),
      agreed: true,
    },
    { label: vscode.l10n.t('$(close) Cancel'), agreed: false },
  ], { title: vscode.l10n.t('VISIT: Download {0}', plan.id), ignoreFocusOut: true });
  return chosen?.agreed ?? false;
}

/** Asks for an access token; for `HubToken`. */
export function askForToken({ message, hint }: Problem): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('VISIT: Access Token for the Hugging Face Hub'),
    prompt: [message, hint, vscode.l10n.t('The token is kept in VS Code’s secret storage.')].filter(Boolean).join(' '),
    placeHolder: 'hf_…',
    password: true,
    ignoreFocusOut: true,
  });
}

/** Access is granted on the model's page and nowhere else. */
async function offerPage({ message, hint }: Problem, id: string): Promise<void> {
  const open = vscode.l10n.t('Open Model Page');
  const chosen = await vscode.window.showErrorMessage(`VISIT: ${[message, hint].filter(Boolean).join(' ')}`, open);
  const { endpoint } = hubPlaces();
  if (chosen === open) await vscode.env.openExternal(vscode.Uri.parse(repositoryUrl({ endpoint }, id)));
}

/** Work under a notification with a Cancel button. */
async function withCancel<T>(
  title: string,
  work: (signal: AbortSignal, report: (step: { message: string; increment: number }) => void) => Promise<T>,
): Promise<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (bar, cancelled) => {
    const cancel = new AbortController();
    cancelled.onCancellationRequested(() => { cancel.abort(); });
    return work(cancel.signal, (step) => { bar.report(step); });
  });
}
