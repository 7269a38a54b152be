/** Everything that changes what the page knows: messages of the host, and what a person does. */
import type { Side } from '#core/format/comparison';
import type { HostMessage } from '#core/protocol/inspector';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import type { Theme } from '../lib/theme/theme';
import type { InsightEvent } from './insight-state';
import type { PatchForm, Search } from './page-state';
import type { CompareView, ViewState } from './view-state';

/** See the head of this file. */
export type PageEvent =
  | HostMessage
  | InsightEvent
  | { readonly type: 'asked'; readonly change: Partial<ViewRequest> }
  | { readonly type: 'askedComparison'; readonly change: Partial<CompareRequest> }
  | { readonly type: 'asking'; readonly asking: boolean }
  | { readonly type: 'patchForm'; readonly form: PatchForm | null }
  /** Looks for a token, in another way than before, or (null) no more. */
  | { readonly type: 'search'; readonly change: Partial<Search> | null }
  | { readonly type: 'changeHere'; readonly here: boolean }
  | { readonly type: 'hover'; readonly id: string | null; readonly side?: Side }
  | { readonly type: 'hoverToken'; readonly token: number | null; readonly side?: Side }
  | { readonly type: 'togglePin'; readonly id: string }
  | { readonly type: 'unpinAll' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'narrow'; readonly narrow: boolean }
  | { readonly type: 'theme'; readonly theme: Theme }
  | { readonly type: 'view'; readonly change: Partial<Omit<ViewState, 'pinned' | 'compare'>> }
  | { readonly type: 'compareView'; readonly change: Partial<CompareView> };
