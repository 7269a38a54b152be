import type { ChildProcess } from 'node:child_process';

export const QUIET_SETTINGS: Readonly<Record<string, unknown>>;
export function serveVSCode(options: {
  readonly vsix: string;
  readonly home: string;
  readonly port?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}): Promise<{ readonly address: string; readonly child: ChildProcess }>;
