/** Which token is studied on each side of a comparison; apart from the schema of a whole one, which is read by those who need it. */
import * as z from 'zod';

export const comparedTargetsSchema = z.enum(['own', 'left', 'right', 'difference']);
/**
 * Which token each side is read for. `own`: the side's own target, which is its prediction unless it names one. `left`,
 * `right`: that side's target, for both. `difference`: the left side's target against the right side's, for both (when
 * they are one token: that token).
 */
export type ComparedTargets = z.infer<typeof comparedTargetsSchema>;
