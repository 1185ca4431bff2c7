// The numbered SQL files under migrations/: 001–019 ledger, 020–029 notifier, 030–039 policy, 040–049 elevation, 050–059 people.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

export interface Migration {
  id: number;
  name: string;
  sql: string;
  /** Hex SHA-256 of the file. */
  checksum: string;
}

const directory = new URL('migrations/', import.meta.url);

/** In order. Throws when two files have one number. */
export async function readMigrations(from: URL = directory): Promise<Migration[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    files.map(async (file) => {
      const id = Number(/^(\d{3})-[a-z0-9-]+\.sql$/.exec(file)?.[1]);
      if (!Number.isInteger(id)) throw new Error(`Not a migration's name: ${file}`);
      const sql = await readFile(new URL(file, from), 'utf8');
      return { id, name: file, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
  const ids = new Set<number>();
  for (const { id, name } of migrations) {
    if (ids.has(id)) throw new Error(`Two migrations have the number of ${name}.`);
    ids.add(id);
  }
  return migrations;
}
