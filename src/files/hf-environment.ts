/**
 * Where the Hugging Face tools keep their files on this machine, and where they ask. The rules are those of the Python package
 * huggingface_hub, so that all tools share one cache and one login.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Places as the environment names them. */
export interface HubPlaces {
  /** folder of the cache of repositories */
  readonly cache: string;
  /** file in which `hf auth login` keeps its token */
  readonly tokenFile: string;
  /** address of the Hub, without a slash at its end */
  readonly endpoint: string;
  /** token of the environment; absent when there is none */
  readonly token?: string;
  /** the environment asks to keep away from the network */
  readonly offline: boolean;
}

/** Reads `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH` and `HF_HUB_OFFLINE`. */
export function hubPlaces(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): HubPlaces {
  const named = (...keys: readonly string[]): string | undefined => keys.map((key) => env[key]?.trim()).find((value) => value);
  const folder = (path: string): string => resolve(path.replace(/^~(?=$|[\\/])/, () => home));
  const hf = folder(named('HF_HOME') ?? join(named('XDG_CACHE_HOME') ?? join(home, '.cache'), 'huggingface'));
  const token = named('HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
  return {
    cache: folder(named('HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(hf, 'hub')),
    tokenFile: folder(named('HF_TOKEN_PATH') ?? join(hf, 'token')),
    endpoint: (named('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
    ...(token !== undefined && { token }),
    offline: /^(1|on|yes|true)$/i.test(named('HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE') ?? ''),
  };
}

/** The token of the environment, else the one that `hf auth login` has kept. */
export async function savedToken({ token, tokenFile }: HubPlaces): Promise<string | undefined> {
  const kept = token ?? (await readFile(tokenFile, 'utf8').catch(() => '')).trim();
  return kept === '' ? undefined : kept;
}
