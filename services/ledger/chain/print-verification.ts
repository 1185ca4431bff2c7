import type { Writable } from 'node:stream';
import type { Verification } from './verify.ts';

/** For people, or as one JSON document. */
export function printVerification(result: Verification, out: Writable, { json = false } = {}): void {
  if (json) {
    out.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const counted = `${result.entries} ${result.entries === 1 ? 'entry' : 'entries'} in ${result.chains} ${result.chains === 1 ? 'chain' : 'chains'}`;
  for (const { hash, chain, seq } of result.heads) out.write(`The head ${hash} is entry ${seq} of chain ${chain}.\n`);
  if (result.pruned.length > 0) out.write(`Pruned, so not looked at: ${result.pruned.join(', ')}.\n`);
  const { count, statements } = result.unsettled;
  if (count > 0) {
    const said = count === 1 ? '1 statement has' : `${count} statements have`;
    out.write(`${said} no outcome in the record though the session is over; what became of them is not known:\n`);
    for (const each of statements) {
      out.write(`  statement ${each.statement} of session ${each.session} (${each.principal} on ${each.target})\n`);
    }
  }
  if (result.ok) {
    out.write(`The record is whole: ${counted}.\n`);
    return;
  }
  out.write(`The record was ALTERED (${counted}). The first entry of each chain that is not as it was written:\n`);
  for (const { chain, seq, at, what } of result.problems) {
    const where = [chain && `chain ${chain}`, seq !== null && `entry ${seq}`, at].filter(Boolean).join(', ');
    out.write(`  ${where ? `${where}: ` : ''}${what}\n`);
  }
}
