import { SCALE } from '../stage/tables.ts';
import type { ThroughputPart } from './part.ts';
import { measureLoad } from './point.ts';

/** What `pgbench -b tpcb-like` sends; as a script, for the built-in one asks the catalogue first. */
export const TPCB = `\\set aid random(1, ${100_000 * SCALE})
\\set bid random(1, ${SCALE})
\\set tid random(1, ${10 * SCALE})
\\set delta random(-5000, 5000)
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
`;
const STATEMENTS = 7;
export const INSERT = "\\set id random(1, 1000000)\nINSERT INTO arrived (id, note) VALUES (:id, 'made');\n";

/** Writes, with fsync as in production (target and ledger), or without. */
export function writes(fsync: boolean): ThroughputPart {
  const name = fsync ? 'writes-fsync' : 'writes';
  const kind = fsync ? 'fsync on' : 'fsync off';
  return {
    name,
    stage: { fsync },
    async run({ stage, options, script, add }) {
      const scripts = {
        'TPC-B-like': [await script(TPCB), STATEMENTS],
        'one INSERT': [await script(INSERT), 1],
      } as const;
      for (const [what, [file, statements]] of Object.entries(scripts))
        for (const clients of options.clients)
          add(
            await measureLoad({
              part: name,
              name: `${what}, prepared, ${kind}, ${clients} client${clients > 1 ? 's' : ''}`,
              ...{ ways: stage.ways, rounds: options.rounds, stage, mode: 'write' },
              load: { scripts: [file], protocol: 'prepared', clients, seconds: options.seconds, statements },
            }),
          );
    },
  };
}
