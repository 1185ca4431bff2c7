import type pg from 'pg';
import type { WritesEntry } from '../entry/executions.ts';
import type { Fields } from './stored-entry.ts';
import { SETTLING, type Unsettled } from './unsettled.ts';

/**
 * Which executions in write mode have no result, as the entries are walked: what a lost process left may be ended in a chain that was
 * walked before. Holds what runs, and what was ended before it was seen to begin: both are few, however long the record is.
 */
export class OpenWrites {
  readonly #running = new Map<string, Unsettled>();
  readonly #endedBefore = new Set<string>();

  /** Of the right shape. */
  next(entry: Fields): void {
    if (entry.kind !== 'writes') return;
    const { session, principal, target, first, runs, ended } = entry as unknown as WritesEntry;
    const key = (number: number) => `${number} ${session}`;
    for (const { number } of ended) if (!this.#running.delete(key(number))) this.#endedBefore.add(key(number));
    for (const [n, duration] of runs.duration_us.entries()) {
      const number = first + n;
      if (duration !== null || this.#endedBefore.delete(key(number))) continue;
      this.#running.set(key(number), { statement: `write ${number}`, session, principal, target });
    }
  }

  /** Those of sessions that are over. */
  async unsettled(client: pg.ClientBase): Promise<Unsettled[]> {
    const open = [...this.#running.values()];
    if (open.length === 0) return [];
    const { rows } = await client.query<{ session: string }>(
      `SELECT DISTINCT session FROM entry WHERE kind = 'session_ended' AND at < now() - ${SETTLING} AND session = ANY ($1)`,
      [[...new Set(open.map(({ session }) => session))]],
    );
    const over = new Set(rows.map(({ session }) => session));
    return open.filter(({ session }) => over.has(session));
  }
}
