/** The extension host, reached through the one call that VS Code gives a webview. */
import { receivedMessage, type SentMessage } from '#core/protocol/sent-message';
import type { Host } from './host';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** The host of a webview; null outside VS Code. May be called once: VS Code hands out its API only once. */
export function vscodeHost(): Host | null {
  const acquire = (globalThis as { acquireVsCodeApi?: () => VsCodeApi }).acquireVsCodeApi;
  if (acquire === undefined) return null;
  const api = acquire();
  return {
    live: true,
    post: (message) => api.postMessage(message),
    listen: (hear) => window.addEventListener('message', (event: MessageEvent<SentMessage>) => hear(receivedMessage(event.data))),
    kept: () => api.getState(),
    keep: (view) => api.setState(view),
  };
}
