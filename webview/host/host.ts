/** Who the page talks to: the extension host, or nobody when the page is a file of its own. */
import type { HostMessage } from '#core/protocol/inspector';
import type { PageMessage } from '#core/protocol/page-messages';

export interface Host {
  /** True where a model answers. Without one, controls that need it are left out. */
  readonly live: boolean;
  /** Sends a message; lost where there is no host. */
  post(message: PageMessage): void;
  /** Hears every message, from now on. */
  listen(hear: (message: HostMessage) => void): void;
  /** What `keep` was last given, in this page or one before it. */
  kept(): unknown;
  keep(view: unknown): void;
}
