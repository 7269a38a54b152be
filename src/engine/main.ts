/**
 * Entry of the engine process. It is forked by `EngineClient`, talks over the IPC channel only, and ends with its parent.
 */
import { buildFlowGraph } from '../core/build/build-flow-graph';
import { buildLensGrid } from '../core/insight/lens-grid';
import { createService } from './service/handlers';
import { loadModel } from './service/load-model';
import { RpcServer } from './service/rpc-server';

/** Milliseconds after an answer in which a page asks for whatever else it shows. */
const SETTLED = 2000;

const { handlers, packNext } = createService({ loadModel, buildFlowGraph, buildLensGrid });
const server = new RpcServer(
  handlers,
  // A reply that cannot be delivered has lost its reader: the parent is gone, and `disconnect` follows.
  (reply) => process.send?.(reply, undefined, undefined, () => undefined),
  (line) => process.stderr.write(`${line}\n`),
  { after: SETTLED, step: packNext },
);

process.on('message', (message) => server.receive(message));
process.on('disconnect', () => process.exit(0));
// Ctrl+C in a terminal reaches every process that was started there; what it means is for the parent to say.
process.on('SIGINT', () => undefined);

if (!process.connected) {
  process.stderr.write('This is the engine process of VISIT; it is started by the extension or by the command "visit".\n');
  process.exit(2);
}
