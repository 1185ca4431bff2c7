// What a refusal says of functions that nobody vetted.
import type { ClientError } from '../../../contract/errors.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { VettedFunction } from '../../../statements/vetting/verdict.ts';
import { vettingLine } from '../../../statements/vetting/vetted.ts';

/** Of one refusal; the rest is counted. */
const SHOWN = 3;

/** Adds to the hint the lines of policy data that would vet what a refused statement reaches: signatures and hashes, no bodies. */
export function withVettingLines(
  error: ClientError,
  facts: StatementFacts | null,
  unvetted: readonly VettedFunction[],
  target: string,
): ClientError {
  // Who reads anyway refused for something else is not helped by them.
  if (unvetted.length === 0 || !facts?.effects.includes('dynamic')) return error;
  const lines = [...new Set(unvetted.map((fn) => vettingLine(target, fn)))];
  // What write mode says of the same statement says it too.
  if (lines.every((line) => error.hint?.includes(line))) return error;
  const more = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more: sudoqld functions --target ${target}`] : [];
  const vet = [
    'For reads, the security team can vet what it calls, in settings/vetted:',
    ...lines.slice(0, SHOWN),
    ...more,
  ];
  return { ...error, hint: [...(error.hint ? [error.hint] : []), ...vet].join('\n') };
}
