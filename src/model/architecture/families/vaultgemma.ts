/** VaultGemma (Google 2025, arXiv 2510.15001): Gemma 2 without norms after its branches. */
import type { Family } from '../family';
import { describeGemma2 } from './gemma2';

export const vaultgemma: Family = {
  modelType: 'vaultgemma',
  describe: (config, has) =>
    describeGemma2(vaultgemma.modelType, config, has, { ln1: 'input_layernorm', ln2: 'pre_feedforward_layernorm' }),
};
