/**
 * A Hub on this machine, as far as downloads need one: the API for models, files with their checksums, large ones redirected to
 * a second origin that knows ranges, gated repositories, and the faults of real networks on demand.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file of a repository; large files lie in the storage of the second origin, as with Git LFS. */
export interface HubFile {
  readonly content: Buffer;
  readonly large?: boolean;
}

/** A repository. */
export interface HubRepository {
  readonly files: Readonly<Record<string, HubFile>>;
  /** who may read it: everyone, whoever has the token `hf_member`, or nobody */
  readonly gated?: boolean;
  /** branches and tags besides `main` */
  readonly revisions?: Readonly<Record<string, string>>;
}

/** One request that came. */
export interface Seen {
  readonly origin: 'hub' | 'storage';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Something that goes wrong; each is used up as often as `times` says. */
export interface Fault {
  readonly origin: 'hub' | 'storage';
  /** part of the path */
  readonly path: string;
  times: number;
  /** break the connection after this many bytes of the body */
  readonly cutAfter?: number;
  /** stop sending after this many bytes, but keep the connection */
  readonly stallAfter?: number;
  /** send other bytes */
  readonly garble?: boolean;
  /** send the file from its beginning, whatever range was asked for */
  readonly noRanges?: boolean;
  /** answer with this status */
  readonly status?: number;
}

export const COMMIT = 'c0ffee'.padEnd(40, '0');

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
export const gitBlob = (content: Buffer): string => createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

/** The checksum under which a cache keeps a file. */
export const etagOf = ({ content, large }: HubFile): string => (large ? sha256(content) : gitBlob(content));

/** See the head of this file. */
export class LoopbackHub {
  readonly seen: Seen[] = [];
  readonly faults: Fault[] = [];
  readonly repositories = new Map<string, HubRepository>();
  #hub: Server | undefined;
  #storage: Server | undefined;

  /** Address of the Hub. */
  get endpoint(): string {
    return addressOf(this.#hub);
  }

  /** Starts both origins, on ports that are free. */
  async start(): Promise<void> {
    this.#storage = await listen((request, response) => {
      this.#answerStorage(request, response);
    });
    this.#hub = await listen((request, response) => {
      this.#answerHub(request, response);
    });
  }

  /** Ends both, and every connection to them. */
  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      server?.closeAllConnections();
      await new Promise<void>((resolve) =>
        server
          ? server.close(() => {
              resolve();
            })
          : resolve(),
      );
    }
  }

  /** Forgets everything. */
  reset(): void {
    this.seen.length = 0;
    this.faults.length = 0;
    this.repositories.clear();
  }

  /** Requests for files, as short texts: origin, file, range. */
  fetches(): string[] {
    return this.seen
      .filter(({ path }) => path.includes('/resolve/') || path.startsWith('/blob/'))
      .map(({ origin, path, range }) => [origin, path.split('/').at(-1), range].filter(Boolean).join(' '));
  }

  #note(origin: Seen['origin'], request: IncomingMessage): URL {
    const url = new URL(request.url ?? '/', 'http://loopback');
    this.seen.push({ origin, path: url.pathname, range: request.headers.range, authorization: request.headers.authorization });
    return url;
  }

  #fault(origin: Seen['origin'], path: string): Fault | undefined {
    const fault = this.faults.find((each) => each.origin === origin && path.includes(each.path) && each.times > 0);
    if (fault) fault.times -= 1;
    return fault;
  }

  #answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = this.#note('storage', request);
    const [, , sha = '', name = ''] = pathname.split('/');
    const file = [...this.repositories.values()]
      .flatMap(({ files }) => Object.values(files))
      .find(({ content }) => sha256(content) === sha);
    if (!file) return refuse(response, 404);
    this.#send(request, response, file.content, {}, this.#fault('storage', name));
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const url = this.#note('hub', request);
    const path = decodeURIComponent(url.pathname);
    if (path === '/api/models') return this.#search(url, response);
    const api = /^\/api\/models\/(.+)\/(revision|tree)\/([^/]+(?:\/pr\/\d+)?)$/.exec(path);
    const resolved = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [id = '', revision = ''] = api ? [api[1], api[3]] : [resolved?.[1], resolved?.[2]];
    const fault = this.#fault('hub', path);
    if (fault?.status !== undefined) return refuse(response, fault.status);

    const repository = this.repositories.get(id);
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (token !== undefined && !['hf_member', 'hf_stranger'].includes(token))
      return refuse(response, 401, undefined, 'Invalid credentials in Authorization header');
    if (!repository) return refuse(response, token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
    if (repository.gated && (resolved || api?.[2] === 'tree') && token !== 'hf_member') {
      return refuse(response, token === undefined ? 401 : 403, 'GatedRepo', `Access to model ${id} is restricted.`);
    }
    const branches = { main: COMMIT, ...repository.revisions };
    const commit = Object.entries(branches).find((each) => each.includes(revision))?.[1];
    if (commit === undefined) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);

    if (api?.[2] === 'revision') {
      return json(response, {
        _id: '1',
        id,
        sha: commit,
        private: false,
        gated: repository.gated ? 'auto' : false,
        downloads: 1,
        likes: 1,
        lastModified: '2026-01-01T00:00:00.000Z',
      });
    }
    if (api?.[2] === 'tree')
      return json(
        response,
        Object.entries(repository.files).map(([name, file]) => entry(name, file)),
      );
    const name = resolved?.[3] ?? '';
    const file = repository.files[name];
    if (!file) return refuse(response, 404, 'EntryNotFound', 'Entry not found');
    const headers = { 'X-Repo-Commit': commit, 'X-Linked-Size': String(file.content.length) };
    if (!file.large) return this.#send(request, response, file.content, { ...headers, ETag: `"${gitBlob(file.content)}"` }, fault);
    const location = `${addressOf(this.#storage)}/blob/${sha256(file.content)}/${name}`;
    response.writeHead(302, { ...headers, Location: location, 'X-Linked-Etag': `"${sha256(file.content)}"` }).end();
  }

  #search(url: URL, response: ServerResponse): void {
    const words = url.searchParams.get('search') ?? '';
    const found = [...this.repositories]
      .filter(([id]) => id.includes(words))
      .map(([id, { gated, files }], index) => ({
        _id: String(index),
        id,
        private: false,
        gated: gated ? 'auto' : false,
        downloads: 1000 - index,
        likes: 7,
        lastModified: '2026-01-01T00:00:00.000Z',
        pipeline_tag: 'text-generation',
        config: { model_type: (JSON.parse(files['config.json']?.content.toString() ?? '{}') as { model_type?: string }).model_type },
        safetensors: { parameters: { F32: 1234 }, total: 1234 },
      }));
    json(response, found.slice(0, Number(url.searchParams.get('limit') ?? 500)));
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    content: Buffer,
    headers: Record<string, string>,
    fault: Fault | undefined,
  ): void {
    if (fault?.status !== undefined) return refuse(response, fault.status);
    const asked = fault?.noRanges ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(asked?.[1] ?? 0);
    const end = asked?.[2] ? Math.min(Number(asked[2]) + 1, content.length) : content.length;
    if (asked && start >= content.length) return refuse(response, 416);
    let body = content.subarray(start, end);
    if (fault?.garble) body = Buffer.from(body.map((byte) => byte ^ 1));
    response.writeHead(asked ? 206 : 200, {
      ...headers,
      'Content-Length': body.length,
      'Accept-Ranges': 'bytes',
      ...(asked && { 'Content-Range': `bytes ${start}-${end - 1}/${content.length}` }),
    });
    const stop = fault?.cutAfter ?? fault?.stallAfter;
    if (stop === undefined) return void response.end(body);
    response.write(body.subarray(0, stop), () => {
      if (fault?.cutAfter !== undefined)
        setTimeout(() => {
          response.destroy();
        }, 20);
    });
  }
}

function entry(path: string, file: HubFile): object {
  const size = file.content.length;
  return {
    type: 'file',
    path,
    size,
    oid: gitBlob(file.content),
    ...(file.large && { lfs: { oid: sha256(file.content), size, pointerSize: 130 } }),
  };
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code?: string, message?: string): void {
  response.writeHead(status, { ...(code && { 'X-Error-Code': code }), ...(message && { 'X-Error-Message': message }) }).end(message);
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server | undefined): string {
  if (server === undefined) throw new Error('The hub has not been started.');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
