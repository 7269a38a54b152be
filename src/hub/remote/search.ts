/** Finding models on the Hub by words of their names. */
import { listModels } from '@huggingface/hub';
import type { Config } from '../../model/architecture/family';
import { whyNot } from '../../model/architecture/registry';
import { hubFetch, type HubAccess } from './connection';

/** One model that a search has found. */
export interface FoundModel {
  readonly id: string;
  /** `model_type` of its config.json; absent where the Hub does not know it */
  readonly family?: string;
  /** in the last month */
  readonly downloads: number;
  readonly likes: number;
  /** only for accounts that have accepted its conditions */
  readonly gated: boolean;
  readonly parameters?: number;
  /** what speaks against running it, as far as the Hub tells: the end of the sentence “… is”; null: nothing does */
  readonly problem: string | null;
}

const MOST = 30;

/**
 * Models with safetensors that generate text and whose name contains the words, the most downloaded first.
 * @throws Problem as `hubFetch` does
 */
export async function searchHub(access: HubAccess, words: string, signal?: AbortSignal): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const answers = listModels({
    search: { query: words, task: 'text-generation', tags: ['safetensors'] },
    additionalFields: ['config', 'safetensors'],
    sort: 'downloads',
    limit: MOST,
    hubUrl: access.endpoint,
    fetch: hubFetch(access, { signal }),
  });
  for await (const { name, downloads, likes, gated, config, safetensors } of answers) {
    const known = (config ?? {}) as Config;
    const { model_type: family } = known;
    found.push({
      id: name,
      downloads,
      likes,
      gated: gated !== false,
      problem: whyNot(known),
      ...(typeof family === 'string' && { family }),
      ...(typeof safetensors?.total === 'number' && { parameters: safetensors.total }),
    });
  }
  return found;
}
