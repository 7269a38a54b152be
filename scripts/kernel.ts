/**
 * Compiles the kernel that dequantises blocks into `src/engine/blocks/kernel-bytes.ts`; a test fails when that is out of date.
 *   npm run kernel
 */
import { writeFileSync } from 'node:fs';
import { compiledKernel, KERNEL_BYTES } from './kernel/compile';

void compiledKernel().then((text) => writeFileSync(KERNEL_BYTES, text));
