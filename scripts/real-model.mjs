/**
 * Fetches a real trained model of 30 layers, needs Python, and prints the folder that it is in:
 *   node scripts/real-model.mjs
 *   npm run visit -- story --model .cache/real-model/smollm2-135m --prompt "The capital of Japan is the city of"
 *
 * `npm test -- --only real` does the same and checks what the extension says of it.
 */
import { main } from './setup/progress.mjs';
import { ensureRealModel } from './setup/real-model.mjs';

await main(async () => console.log(await ensureRealModel()));
