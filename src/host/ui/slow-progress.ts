/**
 * A notification with a Cancel button, for work that turns out to be slow.
 */
import * as vscode from 'vscode';
import type { Progress } from '../../core/call-context';

/** Work that is done sooner than this shows no notification, in milliseconds. */
const PATIENCE = 400;

/** Does `work`; shows its progress when it takes longer than a moment, unless `isSeen` says that it is seen elsewhere. `cancel` is called when the user cancels. */
export async function withSlowProgress<T>(
  title: string,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
  cancel: () => void,
  isSeen: () => boolean = () => false,
): Promise<T> {
  let latest: Progress | undefined;
  let show = (): void => {};
  const working = work((progress) => {
    latest = progress;
    show();
  });
  const timer = setTimeout(() => {
    if (isSeen()) return;
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (bar, token) => {
      let percent = 0;
      show = () => {
        if (!latest) return;
        const { message, done, total } = latest;
        const now = total ? Math.min(100, (100 * done) / total) : percent;
        bar.report({ message, increment: Math.max(0, now - percent) });
        percent = Math.max(percent, now);
      };
      show();
      token.onCancellationRequested(cancel);
      await working.catch(() => undefined);
    });
  }, PATIENCE);
  try {
    return await working;
  } finally {
    clearTimeout(timer);
  }
}
