// A replay's report in words.
import type { Group, ReplayReport } from './replay.ts';

const SHOWN = 50;
/** Of a statement. */
const WIDTH = 100;

export function reportLines(report: ReplayReport): string[] {
  const { found, evaluated, gone, faults, flips, otherReasons, otherTerms, groups, ungrouped } = report;
  const lines = [`${number(evaluated)} of ${decisions(found)} evaluated again.`];
  if (gone > 0)
    lines.push(
      `${number(gone)} could not be: what they were decided on is gone (retention), or what was answered was not recorded yet.`,
    );
  if (faults > 0) lines.push(`${number(faults)} could not be decided by this policy, which denies.`);
  const directions = Object.entries(flips).sort();
  if (directions.length === 0) lines.push('No decision flips.');
  for (const [direction, count] of directions) lines.push(`${direction}: ${number(count)}`);
  if (otherReasons > 0) lines.push(`${number(otherReasons)} are refused as before, for other reasons.`);
  if (otherTerms > 0)
    lines.push(
      `${number(otherTerms)} ${otherTerms === 1 ? 'is' : 'are'} allowed as before, on other terms: limits, times, who is told.`,
    );
  for (const group of groups.slice(0, SHOWN)) lines.push('', ...groupLines(group));
  const more = groups.length - SHOWN;
  if (more > 0) lines.push('', `and ${number(more)} more groups; --json has all.`);
  if (ungrouped > 0) lines.push(`${number(ungrouped)} flips are of groups beyond those that are kept apart.`);
  return lines;
}

export function groupLines({ rule, direction, principal, target, fingerprint, count, example }: Group): string[] {
  const change = example.before.length > 0 && example.after.length > 0 ? `, now ${example.after.join(', ')}` : '';
  return [
    `${direction}  ${plain(rule)}${change}  ${plain(principal)} on ${plain(target)}  ${decisions(count)}${fingerprint ? `  ${fingerprint}` : ''}`,
    `  such as ${example.at.slice(0, 19).replace('T', ' ')}  ${example.normalized === null ? 'an elevation' : cut(plain(example.normalized))}`,
  ];
}

const number = (n: number): string => n.toLocaleString('en-US');
const decisions = (n: number): string => `${number(n)} ${n === 1 ? 'decision' : 'decisions'}`;
const cut = (text: string): string => (text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text);

/** On one line, with nothing that a terminal would act upon. */
const plain = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
