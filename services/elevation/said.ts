import type { Said } from '../ledger/entry/entry.ts';
import type { ElevationDecision, Evaluated } from '../policy/decision.ts';

/** What policy answered, as the record keeps it. */
export function saidOf(evaluated: Evaluated<ElevationDecision>): Said {
  if (!evaluated.ok) return { result: 'deny', codes: ['fault'], terms: {} };
  const { result, reasons, ...terms } = evaluated.decision;
  // As JSON has it: a number that is none must not make the refusal impossible to record.
  const recordable = JSON.parse(JSON.stringify(terms)) as object;
  return { result, codes: reasons.map(({ code }) => code), terms: result === 'deny' ? {} : recordable };
}
