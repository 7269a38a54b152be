/** Where other programs on this machine keep models in GGUF. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folders of each program; they need not exist. */
export interface GgufPlaces {
  readonly ollama: readonly string[];
  readonly lmStudio: readonly string[];
  readonly llamaCpp: readonly string[];
}

/** Reads `OLLAMA_MODELS` and `LLAMA_CACHE`, and else takes what each program takes. */
export function ggufPlaces(
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
  platform: NodeJS.Platform = process.platform,
): GgufPlaces {
  const named = (key: string): string | undefined => env[key]?.trim() || undefined;
  const caches: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(home, 'Library', 'Caches'),
    win32: named('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'),
  };
  const ollama = named('OLLAMA_MODELS');
  return {
    // The second is that of the service on Linux.
    ollama: ollama ? [ollama] : [join(home, '.ollama', 'models'), ...(platform === 'linux' ? ['/usr/share/ollama/.ollama/models'] : [])],
    lmStudio: [join(home, '.lmstudio', 'models'), join(home, '.cache', 'lm-studio', 'models')],
    llamaCpp: [named('LLAMA_CACHE') ?? join(caches[platform] ?? named('XDG_CACHE_HOME') ?? join(home, '.cache'), 'llama.cpp')],
  };
}
