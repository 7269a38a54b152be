/**
 * An extension for benchmarks: says how long the process of extensions served nobody else. It writes the port on which it answers into
 * `.turns-port` of the folder that is open; each answer is the longest turn since the one before, as `{ clock, work }` in milliseconds, by the
 * clock and by the processor time of the thread that serves. `/activate` starts the extension that its query names, and is answered with what that took.
 */
const { writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const path = require('node:path');
const { extensions, workspace } = require('vscode');

/** Milliseconds from one look at the clock to the next. */
const LAP = 2;

/** Processor time of this thread. What others of the process do at the same time, such as collecting garbage, holds nobody up. */
const used = (before) => process.threadCpuUsage(before);

/** What it takes to read an extension and to start it. */
async function activation(id) {
  const extension = extensions.getExtension(id);
  if (extension === undefined || extension.isActive) throw new Error(`${id} is not here, or has been started.`);
  const [time, before] = [performance.now(), used()];
  await extension.activate();
  const { user, system } = used(before);
  return { clock: performance.now() - time, work: (user + system) / 1e3 };
}

exports.activate = () => {
  let longest = { clock: 0, work: 0 };
  let [time, before] = [performance.now(), used()];
  setInterval(() => {
    const { user, system } = used(before);
    const clock = performance.now() - time - LAP;
    longest = { clock: Math.max(longest.clock, clock), work: Math.max(longest.work, (user + system) / 1e3) };
    [time, before] = [performance.now(), used()];
  }, LAP);
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://localhost');
    if (pathname === '/activate') {
      activation(search.slice(1)).then(
        (took) => response.end(JSON.stringify(took)),
        (error) => response.writeHead(500).end(String(error)),
      );
      return;
    }
    response.end(JSON.stringify(longest));
    longest = { clock: 0, work: 0 };
  });
  server.listen(0, '127.0.0.1', () => {
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    if (folder !== undefined) writeFileSync(path.join(folder, '.turns-port'), String(server.address().port));
  });
};
