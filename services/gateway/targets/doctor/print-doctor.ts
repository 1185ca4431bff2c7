import type { Writable } from 'node:stream';
import type { Diagnosis } from './doctor.ts';
import type { Severity } from './findings.ts';

const TITLES: Record<Severity, string> = {
  wrong: 'Wrong (a promise does not hold)',
  weak: 'Weak (one key where there should be two)',
  note: 'Good to know',
};

/** Exit codes of `sudoqld doctor`. Unreachable is an exception, and the command's own. */
export const DOCTOR_EXIT = { well: 0, wrong: 1 } as const;

export function printDiagnosis(diagnosis: Diagnosis, out: Writable): void {
  const say = (line = '') => out.write(`${line}\n`);
  const { target, refusals, findings, attempts, well } = diagnosis;
  say(`${target}: ${well ? 'well' : 'not well'}`);
  if (refusals.length > 0) {
    say('\nserve refuses this target');
    for (const refusal of refusals) say(`  - ${refusal}`);
  }
  for (const severity of ['wrong', 'weak', 'note'] as const) {
    const these = findings.filter((finding) => finding.severity === severity);
    if (these.length === 0) continue;
    say(`\n${TITLES[severity]}`);
    for (const { says, fix } of these) {
      say(`  - ${says}`);
      if (fix !== null) say(`      ${fix}`);
    }
  }
  const refused = attempts.filter((attempt) => attempt.refused !== null).length;
  say(
    `\n${refused} of ${attempts.length} things that these logins must not do were tried, rolled back, and refused by the target.`,
  );
}

export function exitCode(diagnoses: readonly Diagnosis[]): number {
  return diagnoses.every(({ well }) => well) ? DOCTOR_EXIT.well : DOCTOR_EXIT.wrong;
}
