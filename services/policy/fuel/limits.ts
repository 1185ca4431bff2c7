// What evaluations may cost. In steps, as fuel/meter.ts counts them: they are the same on every machine, loaded or not.

/**
 * Of a decision. The dearest steps that were found take 0.08 ns (bench/fuel.ts), so that no decision takes longer than 20 ms on a
 * machine like that; the usual ones take 0.04 ns, and a statement a million of them.
 */
export const DECISION_FUEL = 200_000_000;

/** Of one test, which may try many inputs. */
export const TEST_FUEL = 2_000_000_000;
