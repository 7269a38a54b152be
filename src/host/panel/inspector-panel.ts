/**
 * The webview panel that shows the inspector page. It keeps nothing: the page asks when it is ready, and is answered with
 * the present state, whether it has just been opened, was hidden, or comes back after a reload of the window.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { HostMessage } from '../../core/protocol/inspector';
import type { PageMessage, readPageMessage } from '../../core/protocol/page-messages';
import { sentMessage } from '../../core/protocol/sent-message';
import { translations } from '../l10n';
import { ownTurn } from '../own-turn';
import { pageHtml } from './page-html';

/** What happens in a panel. */
export interface PanelEvents {
  /** There is a panel: a new one, or one that the editor has restored. */
  readonly opened: () => void;
  /** The page listens and knows nothing yet. */
  readonly ready: () => void;
  readonly message: (message: Exclude<PageMessage, { type: 'ready' }>) => void;
  /** The page said something that no page of this extension says. */
  readonly garbled: (reason: string) => void;
  /** The user has closed it. A window that goes closes nothing. */
  readonly closed: () => void;
}

/**
 * At most one panel, opened on demand. It is not closed when the extension ends, for a reload of the window ends the
 * extension and must leave the panel to be restored.
 */
export class InspectorPanel {
  /** Type of the webview, by which the editor finds the extension again after a reload. */
  static readonly viewType = 'visit.inspector';

  readonly #extension: vscode.Uri;
  readonly #events: PanelEvents;
  #panel: vscode.WebviewPanel | undefined;
  #listening = false;
  /** how messages are read; what needs it waits, in the order in which it came */
  #read: Promise<MessageReader> | undefined;

  constructor(extension: vscode.Uri, events: PanelEvents) {
    this.#extension = extension;
    this.#events = events;
  }

  /** Where the panel is, if there is one. */
  get column(): vscode.ViewColumn | undefined {
    return this.#panel?.viewColumn;
  }

  /** Whether there is a panel. */
  get open(): boolean {
    return this.#panel !== undefined;
  }

  /** Whether there is a panel that is on the screen. */
  get visible(): boolean {
    return this.#panel?.visible ?? false;
  }

  /** Whether the page has said that it listens. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Opens the panel beside the active editor, or brings it to light where it is; the focus stays in the editor unless asked for. */
  reveal({ focus = false } = {}): void {
    if (this.#panel) {
      if (!this.#panel.visible || focus) this.#panel.reveal(undefined, !focus);
      return;
    }
    this.adopt(
      vscode.window.createWebviewPanel(InspectorPanel.viewType, 'VISIT', { viewColumn: vscode.ViewColumn.Beside, preserveFocus: !focus }),
    );
  }

  /** Takes over a panel: a new one, or one that the editor has restored. */
  adopt(panel: vscode.WebviewPanel): void {
    const former = this.#panel;
    this.#panel = panel;
    this.#listening = false;
    former?.dispose();
    this.#events.opened();
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#listening = false;
      this.#events.closed();
    });
    // A hidden page is thrown away by the editor; it says `ready` again when it is back.
    panel.onDidChangeViewState(() => {
      if (!panel.visible && this.#panel === panel) this.#listening = false;
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      void this.receive(message);
    });

    const page = vscode.Uri.joinPath(this.#extension, 'dist', 'webview');
    const media = vscode.Uri.joinPath(this.#extension, 'media');
    panel.iconPath = vscode.Uri.joinPath(media, 'icon.svg');
    panel.webview.options = { enableScripts: true, localResourceRoots: [page, media] };
    panel.webview.html = pageHtml({
      script: panel.webview.asWebviewUri(vscode.Uri.joinPath(page, 'inspector.js')).toString(),
      stylesheet: panel.webview.asWebviewUri(vscode.Uri.joinPath(page, 'inspector.css')).toString(),
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(16).toString('base64'),
      translations,
    });
    this.#read ??= messageReader();
  }

  /** Names the panel after the document that its prompt comes from. */
  set title(title: string) {
    if (this.#panel) this.#panel.title = title;
  }

  /** Sends a message to the page if it listens. False when there is no panel, or none that the user can see. */
  post(message: HostMessage): boolean {
    if (!this.#panel) return false;
    if (this.#listening) void this.#panel.webview.postMessage(sentMessage(message));
    return this.#panel.visible;
  }

  /** Acts on what the page said, once it is known to be sound. */
  async receive(said: unknown): Promise<void> {
    this.#read ??= messageReader();
    const read = await this.#read;
    let message: PageMessage;
    try {
      message = read(said);
    } catch (error) {
      this.#events.garbled(String(error));
      return;
    }
    if (message.type === 'ready') {
      this.#listening = true;
      this.#events.ready();
    } else {
      this.#events.message(message);
    }
  }
}

type MessageReader = typeof readPageMessage;

/** What reads messages is loaded while the page loads, for nothing needs it before: part by part, since other extensions run in this process. */
async function messageReader(): Promise<MessageReader> {
  await ownTurn();
  await import('../../core/format/graph-counts'); // a small one: with it comes what makes schemas
  await ownTurn();
  await import('../../core/protocol/engine-inputs'); // half of what messages are made of
  await ownTurn();
  return (await import('../../core/protocol/page-messages')).readPageMessage;
}
