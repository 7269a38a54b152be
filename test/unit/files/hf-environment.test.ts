import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { hubPlaces } from '../../../src/files/hf-environment';

const HOME = resolve('/home/ada');
const places = (env: NodeJS.ProcessEnv): ReturnType<typeof hubPlaces> => hubPlaces(env, HOME);

describe('the places of the Hugging Face tools', () => {
  it('are those of huggingface_hub where the environment says nothing', () => {
    const hf = join(HOME, '.cache', 'huggingface');
    assert.deepEqual(places({}), {
      cache: join(hf, 'hub'),
      tokenFile: join(hf, 'token'),
      endpoint: 'https://huggingface.co',
      offline: false,
    });
  });

  const caches: [env: NodeJS.ProcessEnv, cache: string][] = [
    [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/xdg', HF_HOME: '/hf' }, '/hf/hub'],
    [{ HF_HOME: '~/hf' }, '/home/ada/hf/hub'],
    [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/cache' }, '/cache'],
    [{ HF_HUB_CACHE: '  ', HF_HOME: '' }, '/home/ada/.cache/huggingface/hub'],
  ];
  for (const [env, cache] of caches) {
    it(`put the cache at ${cache} with ${JSON.stringify(env)}`, () => assert.equal(places(env).cache, resolve(cache)));
  }

  it('take the address without the slash at its end, the token, and the wish to stay offline', () => {
    const { endpoint, token, offline } = places({ HF_ENDPOINT: 'http://mirror/', HF_TOKEN: ' hf_x\n', HF_HUB_OFFLINE: '1' });
    assert.deepEqual([endpoint, token, offline], ['http://mirror', 'hf_x', true]);
    assert.equal(places({ HF_HUB_OFFLINE: '0' }).offline, false);
  });

  it('name the file of the token', () => {
    assert.equal(places({ HF_HOME: '/hf' }).tokenFile, resolve('/hf/token'));
    assert.equal(places({ HF_HOME: '/hf', HF_TOKEN_PATH: '~/secret' }).tokenFile, join(HOME, 'secret'));
  });
});
