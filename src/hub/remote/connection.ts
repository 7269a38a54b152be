/**
 * Asking the Hub over HTTP: who is asked, with which token, and what its refusals mean in words.
 * Answers are those of https://huggingface.co/docs/hub/api, errors as huggingface_hub tells them apart.
 */
import { cancelled } from '../../core/cancel';
import { Problem } from '../../core/problem';
import { version } from '../../../package.json';

/** How the Hub is reached. */
export interface HubAccess {
  /** address without a slash at its end, such as https://huggingface.co */
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** true: keep away from the network */
  readonly offline?: boolean;
}

/** What a request is about. */
export interface HubTopic {
  /** id of the repository; absent for a search */
  readonly repository?: string;
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * A `fetch` for one topic. The token is sent to the Hub itself and to no other origin: files are redirected to a storage
 * that has no business with it, so redirects are followed here.
 *
 * @returns a function that answers with successes only and throws Problem `cancelled`, `hub-offline`, `hub-unauthorized`,
 *   `hub-gated`, `hub-not-found` or `hub-failed` otherwise
 */
export function hubFetch(access: HubAccess, topic: HubTopic): typeof fetch {
  const hub = endpointUrl(access);
  return async (input, init = {}) => {
    if (access.offline) {
      throw new Problem(
        'hub-offline',
        'HF_HUB_OFFLINE is set, so the Hub is not contacted.',
        'Unset it, or use a model that is on this machine.',
      );
    }
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const headers = new Headers(init.headers);
      headers.set('User-Agent', `visit/${version}`);
      if (access.token !== undefined && url.origin === hub.origin) headers.set('Authorization', `Bearer ${access.token}`);
      const response = await ask(url, { ...init, headers, redirect: 'manual' }, topic);
      const location = response.headers.get('Location');
      if (!REDIRECTS.has(response.status) || location === null) {
        if (response.ok) return response;
        throw url.origin === hub.origin ? await refusal(response, access, topic) : unexpected(response.status, url.host);
      }
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new Problem('hub-failed', `${hub.host} redirects too many times.`, TRY_LATER);
  };
}

/** Address of a repository's page, or of a file in it. */
export function repositoryUrl({ endpoint }: HubAccess, id: string, file?: { commit: string; path: string }): string {
  if (file === undefined) return `${endpoint}/${id}`;
  return `${endpoint}/${id}/resolve/${encodeURIComponent(file.commit)}/${file.path.split('/').map(encodeURIComponent).join('/')}`;
}

/** What happened to a connection, as a problem; `signal` tells a cancelled one from a broken one. */
export function connectionProblem(error: unknown, host: string, signal?: AbortSignal): Problem {
  if (error instanceof Problem) return error;
  if (signal?.aborted) return cancelled('The download');
  const cause = error instanceof Error ? (error.cause as { code?: unknown; message?: unknown } | undefined) : undefined;
  const reason = [cause?.code, cause?.message, Problem.from(error).message].find((text) => typeof text === 'string' && text !== '');
  return new Problem(
    'hub-offline',
    `${host} cannot be reached (${String(reason)}).`,
    'Check the network connection, the proxy, and HF_ENDPOINT if it is set; models on this machine work without a network.',
    { cause: error },
  );
}

async function ask(url: URL, init: RequestInit, { signal }: HubTopic): Promise<Response> {
  try {
    const signals = [signal, init.signal].filter((each) => each instanceof AbortSignal);
    return await fetch(url, { ...init, signal: AbortSignal.any(signals) });
  } catch (error) {
    throw connectionProblem(error, url.host, signal);
  }
}

function endpointUrl({ endpoint }: HubAccess): URL {
  try {
    const url = new URL(endpoint);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  } catch {
    // told below
  }
  throw new Problem(
    'bad-request',
    `HF_ENDPOINT is “${endpoint}”, which is not the address of a Hub.`,
    'An address looks like https://huggingface.co.',
  );
}

/** Why the Hub said no. It answers 401 for what an anonymous visitor may not even know to exist. */
async function refusal(response: Response, access: HubAccess, { repository }: HubTopic): Promise<Problem> {
  const { status, headers } = response;
  const hub = new URL(access.endpoint);
  const code = headers.get('X-Error-Code');
  const says = headers.get('X-Error-Message') ?? '';
  await response.body?.cancel();
  const name = repository ?? hub.host;
  const page = repositoryUrl(access, repository ?? '');
  const tokens = `${access.endpoint}/settings/tokens`;

  if (access.token !== undefined && status === 401 && code !== 'GatedRepo' && code !== 'RepoNotFound') {
    return new Problem('hub-unauthorized', `${hub.host} does not accept the access token.`, `Create a new one at ${tokens}.`);
  }
  if (code === 'GatedRepo' && access.token === undefined) {
    return new Problem(
      'hub-unauthorized',
      `${name} is gated: you must accept its conditions before you can download it.`,
      `Accept them at ${page}, then provide an access token from ${tokens}, with HF_TOKEN or “hf auth login”.`,
    );
  }
  if (code === 'GatedRepo' || status === 403) {
    return new Problem(
      'hub-gated',
      `Your account has no access to ${name}${says === '' ? '' : ` (${says})`}.`,
      `Accept its conditions at ${page}; if access is granted manually, wait for approval. The token must be allowed to read gated repositories.`,
    );
  }
  if (code === 'RevisionNotFound') {
    return new Problem('hub-not-found', `${name} has no such revision.`, `Its branches, tags and commits are listed at ${page}/commits.`);
  }
  if (code === 'EntryNotFound')
    return new Problem('hub-not-found', `${name} lists a file that it does not have.`, `Look at ${page}/tree/main.`);
  if (status === 401 || status === 404) {
    return new Problem(
      'hub-not-found',
      `There is no model ${name} at ${hub.host}, or it is private.`,
      access.token === undefined
        ? 'Check its spelling; a private one needs an access token (HF_TOKEN or “hf auth login”).'
        : 'Check its spelling, and whether your account may read it.',
    );
  }
  if (status === 429)
    return new Problem(
      'hub-failed',
      `${hub.host} received too many requests (429).`,
      'Wait a few minutes; requests with an access token have a higher limit.',
    );
  return unexpected(status, hub.host, says);
}

function unexpected(status: number, host: string, says = ''): Problem {
  return new Problem('hub-failed', `${host} answered ${status}${says === '' ? '' : `: ${says}`}.`, TRY_LATER);
}

const TRY_LATER = 'Try again later; what has been downloaded so far is kept.';
