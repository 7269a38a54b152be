/** What the host asks of the page and the page alone knows: which view is on the screen, and how it is drawn. */
import * as z from 'zod';
import { TABS, type Tab } from './insight';

/** What is shown in place of all tabs. */
const WITHOUT_TABS = ['welcome', 'comparison', 'difference', 'overviewDifference', 'predictions'] as const;

/** What fills the panel: a tab, or what is shown in place of all that are of one prompt. */
export type ScreenName = (typeof WITHOUT_TABS)[number] | Tab;

const SCREENS: readonly ScreenName[] = [...WITHOUT_TABS, ...TABS.map(({ id }) => id)];

/** See the head of this file. `ground`: drawn on white, as papers are printed, or on a dark ground. */
export type PageQuestion =
  | { readonly of: 'view' }
  | { readonly of: 'picture'; readonly as: 'svg' | 'png'; readonly ground: 'light' | 'dark' };

/** Largest picture that is taken from the page, in characters: a graph of all layers of a large model has some 20 million. */
const MAX_PICTURE = 100_000_000;
/** Most characters of a reason. */
const MAX_REASON = 2_000;

export const pageAnswerSchema = () =>
  z.discriminatedUnion('of', [
    /** `drawn`: there is a picture of it; `kept`: what a page of the same view is given to open with. */
    z.object({ of: z.literal('view'), screen: z.enum(SCREENS), drawn: z.boolean(), kept: z.record(z.string(), z.unknown()) }),
    /** `data`: the document, or a PNG in base 64. */
    z.object({ of: z.literal('picture'), as: z.enum(['svg', 'png']), data: z.string().max(MAX_PICTURE) }),
    /** There is no answer. */
    z.object({ of: z.literal('nothing'), reason: z.string().transform((reason) => reason.slice(0, MAX_REASON)) }),
  ]);
/** What the page answers. */
export type PageAnswer = Readonly<z.infer<ReturnType<typeof pageAnswerSchema>>>;
/** An answer to one kind of question. */
export type PageAnswerTo<Of extends PageQuestion['of']> = Extract<PageAnswer, { readonly of: Of }>;
