/** What a host says of insights, in the tests of the page. */
import type { InsightName, InsightRequest, InsightValue } from '../../src/core/protocol/insight';
import type { HostMessage } from '../../src/core/protocol/inspector';
import type { HostedPage } from './inspector-page';

/** Fingerprint of the model of every sample. */
export const SAMPLE_MODEL = 'sample';

/** A result. @param id of the page's request; null: the host tells unasked */
export function insightResult<Name extends InsightName>(
  id: number | null,
  request: InsightRequest<Name>,
  value: InsightValue<Name>,
  more: { readonly file?: string; readonly fingerprint?: string } = {},
): HostMessage {
  // TypeScript cannot see that request and value belong together.
  return { type: 'insightResult', id, request, value, fingerprint: SAMPLE_MODEL, ...more } as unknown as HostMessage;
}

/** Id of the page's last request for an insight. */
export async function idOf({ posted }: HostedPage, of: InsightName): Promise<number> {
  const asked = (await posted()).flatMap((message) => (message.type === 'requestInsight' && message.request.of === of ? [message.id] : []));
  const id = asked.at(-1);
  if (id === undefined) throw new Error(`The page has not asked for ${of}.`);
  return id;
}

/** Answers the page's last request for an insight. */
export async function answer<Name extends InsightName>(
  hosted: HostedPage,
  request: InsightRequest<Name>,
  value: InsightValue<Name>,
  more: { readonly file?: string } = {},
): Promise<void> {
  await hosted.send(insightResult(await idOf(hosted, request.of), request, value, more));
}
