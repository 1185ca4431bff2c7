// No two gateways on one ledger go by one name: in record, notices and log nobody could tell them apart.
import { within } from '../contract/within.ts';
import type { Heartbeat } from '../ledger/heartbeat/heartbeat.ts';

/** Another gateway that lives has this one's name: the start stops. */
export class NameTaken extends Error {}

/** A ledger that answers says by then whose the name is, also where a killed gateway's connection must be seen to be dead first. */
const KNOWN_MS = 20_000;

/** Throws NameTaken. Where the ledger does not say, `namesakeOf` does when it is known. */
export async function refuseNamesake(heartbeat: Pick<Heartbeat, 'named' | 'namesake'>, name: string): Promise<void> {
  await within(heartbeat.named, KNOWN_MS, () => undefined);
  const problem = namesakeOf(heartbeat, name);
  if (problem !== null) throw new NameTaken(problem);
}

/** In words; null when there is none. */
export function namesakeOf({ namesake }: Pick<Heartbeat, 'namesake'>, name: string): string | null {
  if (namesake === null) return null;
  const from = namesake.address === null ? '' : `, which is connected to the ledger from ${namesake.address}`;
  return `Another gateway that runs on this ledger is called ${name}: ${namesake.process}${from}. Give each a name of its own (replica in the configuration; the host's name by default), or end the other.`;
}
