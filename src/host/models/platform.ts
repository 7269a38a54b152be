/**
 * Where the model can run: onnxruntime publishes its library for these platforms and for no others.
 */
import * as l10n from '@vscode/l10n';
import { Problem } from '../../core/problem';

const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** Why the model cannot run on a platform (`process.platform`, `process.arch`), or `undefined` where it can. */
export function platformProblem(platform: string, arch: string): Problem | undefined {
  const name = `${platform}-${arch}`;
  if (SUPPORTED.includes(name)) return undefined;
  return new Problem(
    'platform-unsupported',
    l10n.t`The model cannot run on ${name}: onnxruntime, which runs it, has no build for this platform.`,
    l10n.t`It runs on ${SUPPORTED.join(', ')}. The model runs where the files are, so a remote or container window may help.`,
  );
}
