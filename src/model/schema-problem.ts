import type { z } from 'zod';

/** The first thing that a schema objects to, in words that fit into a sentence: "counts.values: Invalid input". */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'invalid';
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message;
}
