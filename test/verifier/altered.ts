// One byte of each entry, one entry at a time, before the gateway's own verification.
import pg from 'pg';
import { ChainWalk } from '../../services/ledger/chain/chain-walk.ts';
import { STORED_ENTRY, type StoredEntry } from '../../services/ledger/chain/stored-entry.ts';

/** Which alterations were not found: chain, number and byte. */
export async function altered(connection: pg.ClientConfig): Promise<{ altered: number; missed: string[] }> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<StoredEntry>(`SELECT ${STORED_ENTRY} FROM entry ORDER BY chain, seq`);
  await client.end();
  const missed: string[] = [];
  let chance = 1;
  const below = (most: number) => {
    chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((chance / 2_147_483_648) * most);
  };
  for (const [chain, entries] of Map.groupBy(rows, (row) => row.chain)) {
    for (const [index, row] of entries.entries()) {
      const data = Buffer.from(row.body + row.hash);
      const at = below(data.length);
      data[at] = (data[at] ?? 0) ^ (1 << below(7));
      const text = data.toString();
      const changed = { ...row, body: text.slice(0, -64), hash: text.slice(-64) };
      const walk = new ChainWalk(chain, null);
      const found = entries.some((each, n) => walk.next(n === index ? changed : each).problem !== null);
      if (!found) missed.push(`${chain} ${row.seq} ${at}`);
    }
  }
  return { altered: rows.length, missed };
}
