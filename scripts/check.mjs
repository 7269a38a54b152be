/** `npm run check`: everything that can be said of the sources without running them. Ends with 1 when a tool finds something. */
import { ensureDependencies } from './setup/dependencies.mjs';
import { say } from './setup/output.mjs';
import { main } from './setup/progress.mjs';
import { CHECKS } from './test/checks.mjs';
import { count } from './test/outcome.mjs';
import { checked } from './test/programs.mjs';

await main(async () => {
  await ensureDependencies();
  const outcomes = await checked(CHECKS);
  for (const { title, passed } of outcomes) say(`${passed ? '✔' : '✖'} ${title}`);
  say(count(outcomes));
  if (outcomes.some(({ passed }) => !passed)) process.exitCode = 1;
});
