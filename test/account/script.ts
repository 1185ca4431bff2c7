// Generated sessions in write mode: transactions, savepoints, texts of several statements, batches, failures, and an end at
// some point of it. What they write can be counted in the target afterwards: see `truth`.
import type { Random } from '../fuzz/random.ts';

export interface Step {
  /** `parts`: as `extended`, and what has rows is fetched one first and then the rest; `half`: and no more than one. */
  protocol: 'simple' | 'extended' | 'parts' | 'half';
  statements: string[];
  /** The next step is sent right behind it, and not when it is answered. */
  together?: boolean;
  /** It is cancelled so long after it was sent, in ms: at its gateway, or at another one. */
  cancelled?: { after: number; far: boolean };
}

/** How a COPY FROM STDIN says that it is to fail: its data end in CopyFail. */
export const FAILING = '/* fails */';

/** `revoke`: the elevation ends from outside; `kill`: the writer's backend is ended; `vanish`: the client's connection breaks. */
export type End = 'revoke' | 'vanish' | 'kill' | 'unsudo' | 'terminate';

export interface Script {
  steps: Step[];
  end: End;
  /** The step under which it ends; null: after all of them, when nothing runs. */
  at: number | null;
  /** How long after that step was sent, in ms, or once its first answer has come. */
  after: number | 'answer';
}

export const TABLES = ['ins', 'upd', 'late', 'cte', 'proc', 'slow', 'slowly'] as const;

/** `truth` counts new rows, and each time that an old one was changed. */
export const SCHEMA = `
  ${TABLES.map(
    (table) => `CREATE TABLE ${table} (id bigserial PRIMARY KEY, n int NOT NULL DEFAULT 0, k int);
      INSERT INTO ${table} (id) VALUES (-1), (-2), (-3);`,
  ).join('\n')}
  ALTER TABLE late ADD CONSTRAINT late_k UNIQUE (k) DEFERRABLE INITIALLY DEFERRED;
  -- They trap their cancel, the one in the statement, the other in its COMMIT; they are over after k ms, or when the gate is open.
  CREATE TABLE gate AS SELECT false AS open;
  CREATE FUNCTION stubborn() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE over timestamptz := clock_timestamp() + NEW.k * interval '1 ms'; BEGIN
    WHILE clock_timestamp() < over AND NOT (SELECT open FROM gate) LOOP
      BEGIN PERFORM pg_sleep(0.02); EXCEPTION WHEN query_canceled THEN NULL; END;
    END LOOP;
    RETURN NEW;
  END $$;
  CREATE TRIGGER stubborn BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION stubborn();
  CREATE CONSTRAINT TRIGGER stubborn AFTER INSERT ON slowly DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stubborn();
  CREATE PROCEDURE commits(fails boolean) LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO proc DEFAULT VALUES; COMMIT; INSERT INTO proc DEFAULT VALUES;
    IF fails THEN RAISE EXCEPTION 'after its commit'; END IF;
  END $$;
  CREATE PROCEDURE chains() LANGUAGE plpgsql AS $$ BEGIN
    FOR n IN 1..3 LOOP
      INSERT INTO proc DEFAULT VALUES;
      IF n = 2 THEN ROLLBACK AND CHAIN; ELSE COMMIT AND CHAIN; END IF;
    END LOOP;
    INSERT INTO proc DEFAULT VALUES;
  END $$;`;
export const TRUTH = TABLES.map(
  (table) =>
    `SELECT 'public.${table}' AS name, (count(*) FILTER (WHERE id > 0) + coalesce(sum(n), 0))::int AS rows FROM ${table}`,
).join(' UNION ALL ');
export const CLEAN = TABLES.map(
  (table) => `DELETE FROM ${table} WHERE id > 0; UPDATE ${table} SET n = 0 WHERE n > 0`,
).join('; ');

const LONG = 'é'.repeat(31);
/** Each list: the same name to PostgreSQL. */
const NAMES: readonly [readonly string[], ...(readonly string[])[]] = [
  ['a', 'A', '"a"', 'U&"\\0061"', 'a /* b */', 'a -- b\n'],
  ['b', '"b"', 'U&"d!0062" UESCAPE \'!\''.replace('d', '')],
  ['ä', '"ä"', 'U&"\\00e4"'],
  ['Ä', '"Ä"'],
  [`${LONG}x`, `${LONG}y`, `"${LONG}xyz"`],
  [`x${'1'.repeat(70)}`, `X${'1'.repeat(62)}`],
  ['"x;y"', '"x;y" /* ; */'],
  ['"q""r"'],
  ['release', '"release"'],
];

export function makeScript(random: Random): Script {
  const { below, pick, chance } = random;
  let block = false;
  let failed = false;
  let savepoints: number[] = [];

  const named = (index: number) => {
    const [first = 'a', ...others] = NAMES[index] ?? [];
    return pick([first, ...others]);
  };
  const known = () =>
    (savepoints.length > 0 && chance(0.97) ? savepoints[below(savepoints.length)] : below(NAMES.length)) ?? 0;
  const over = (chain = false) => {
    block = chain;
    failed = false;
    savepoints = [];
  };

  const statement = (): string => {
    if (failed && chance(0.7)) {
      if (savepoints.length > 0 && chance(0.6)) return rollbackTo();
      over();
      return pick(['ROLLBACK', 'COMMIT', 'ABORT', 'END']);
    }
    const what = below(100);
    if (!block && what < 30) {
      block = true;
      return pick(['BEGIN', 'START TRANSACTION', 'BEGIN ISOLATION LEVEL SERIALIZABLE']);
    }
    if (block && what < 12) {
      const chain = chance(0.2);
      over(chain);
      return `${pick(['COMMIT', 'END', 'COMMIT WORK'])}${chain ? ' AND CHAIN' : ''}`;
    }
    if (block && what < 16) {
      const chain = chance(0.2);
      over(chain);
      return `${pick(['ROLLBACK', 'ABORT'])}${chain ? ' AND CHAIN' : ''}`;
    }
    if (block && what < 34) {
      const index = below(NAMES.length);
      savepoints.push(index);
      return `SAVEPOINT ${named(index)}`;
    }
    if (block && savepoints.length > 0 && what < 45) return rollbackTo();
    if (block && savepoints.length > 0 && what < 50) {
      const index = known();
      const at = savepoints.lastIndexOf(index);
      if (at < 0) failed = true;
      else savepoints = savepoints.slice(0, at);
      return `RELEASE ${pick(['', 'SAVEPOINT '])}${named(index)}`;
    }
    if (what < 66) return `INSERT INTO ins (k) SELECT generate_series(1, ${1 + below(4)})`;
    if (what < 77) return `UPDATE upd SET n = n + 1 WHERE id >= ${-1 - below(3)} AND id < 0`;
    if (what < 80) return `WITH w AS (INSERT INTO cte DEFAULT VALUES RETURNING 1) SELECT * FROM w`;
    if (what < 83) return `INSERT INTO late (k) VALUES (${below(1_000_000)})`;
    // Both fail at the commit.
    if (what < 85) return 'INSERT INTO late (k) VALUES (-7), (-7)';
    if (what < 88) {
      failed = block;
      return pick(['SELECT 1 / 0', 'INSERT INTO ins (id) VALUES (-1)', 'SAVEPOINT outside']);
    }
    if (what < 90) return `CALL commits(${chance(0.5)})`;
    if (what < 91) return pick(['CALL chains()', 'DO $$ BEGIN CALL chains(); END $$']);
    if (what < 93) return `COPY ins (k) FROM STDIN ${chance(0.3) ? FAILING : ''}`;
    if (what < 95) return 'INSERT INTO ins (k) SELECT generate_series(1, 3) RETURNING id';
    if (what < 96) return `SELECT pg_catalog.pg_sleep(0.00${1 + below(9)})`;
    if (what < 98) return 'SELECT 1';
    return `INSERT INTO ${pick(['slow', 'slowly'])} (k) VALUES (${pick([100, 260, 300, 600])})`;
  };
  const rollbackTo = (): string => {
    const index = known();
    const at = savepoints.lastIndexOf(index);
    failed = at < 0;
    if (at >= 0) savepoints = savepoints.slice(0, at + 1);
    return `${pick(['ROLLBACK TO', 'ROLLBACK TO SAVEPOINT', 'ROLLBACK WORK TO'])} ${named(index)}`;
  };
  const step = (): Step => ({
    protocol: pick(['simple', 'simple', 'simple', 'extended', 'extended', 'parts', 'half'] as const),
    statements: Array.from({ length: chance(0.4) ? 1 : 1 + below(9) }, statement),
    ...(chance(0.2) && { together: true }),
    ...(chance(0.1) && { cancelled: { after: below(8), far: chance(0.5) } }),
  });

  /** A block in which nothing fails, so that what its savepoints keep is committed: in one text, one batch, or message by message. */
  const wholeBlock = (): Step[] => {
    const open: number[] = [];
    const inside = Array.from({ length: 3 + below(10) }, () => {
      const what = below(4);
      const at = below(open.length);
      const index = open[at];
      if (what === 0) return `SAVEPOINT ${named(open[open.push(below(NAMES.length)) - 1] ?? 0)}`;
      if (what === 1 && index !== undefined) {
        open.length = open.lastIndexOf(index) + 1;
        return `ROLLBACK TO ${named(index)}`;
      }
      if (what === 2 && index !== undefined && chance(0.5)) {
        open.length = open.lastIndexOf(index);
        return `RELEASE ${named(index)}`;
      }
      return `INSERT INTO ins (k) SELECT generate_series(1, ${1 + below(4)})`;
    });
    const all = ['BEGIN', ...inside, 'COMMIT'];
    const protocol = pick(['simple', 'extended'] as const);
    return chance(0.5) ? [{ protocol, statements: all }] : all.map((one) => ({ protocol, statements: [one] }));
  };

  /** Savepoints inside each other, with something written under each; then back to one of them, or one of them released. */
  const ladder = (): Step[] => {
    const open = Array.from({ length: 2 + below(3) }, () => below(NAMES.length));
    const insert = () => `INSERT INTO ins (k) SELECT generate_series(1, ${1 + below(4)})`;
    const to = named(pick(open as [number, ...number[]]));
    const all = [
      'BEGIN',
      ...open.flatMap((index) => [`SAVEPOINT ${named(index)}`, insert()]),
      `${pick(['ROLLBACK TO', 'ROLLBACK TO', 'RELEASE'])} ${to}`,
      insert(),
      'COMMIT',
    ];
    return [{ protocol: pick(['simple', 'extended'] as const), statements: all }];
  };

  const whole = () => (chance(0.5) ? ladder() : wholeBlock());
  const steps = Array.from({ length: 1 + below(8) }, () => (!block && chance(0.4) ? whole() : [step()])).flat();
  // A COMMIT or a statement that does not heed its cancel, so that no answer comes.
  const stubborn = chance(0.25);
  if (stubborn) {
    const [table, protocol] = [pick(['slow', 'slowly'] as const), pick(['simple', 'extended'] as const)];
    const insert = `INSERT INTO ${table} (k) VALUES (${pick([260, 300, 600, 5_000])})`;
    if (chance(0.5)) {
      if (block) steps.push({ protocol, statements: ['ROLLBACK'] });
      steps.push({ protocol, statements: [insert] });
    } else if (chance(0.2)) steps.push({ protocol, statements: ['BEGIN', insert, 'COMMIT', 'SELECT 1'] });
    else
      steps.push(
        { protocol: 'simple', statements: ['BEGIN', insert] },
        { protocol, statements: [pick(['COMMIT', 'END'])] },
      );
  }
  const end = pick<End>(['revoke', 'revoke', 'vanish', 'vanish', 'kill', 'unsudo', 'terminate']);
  const idle = end === 'unsudo' || end === 'terminate' || chance(0.15);
  return {
    steps,
    end,
    at: idle ? null : stubborn ? steps.length - 1 : below(steps.length),
    after: chance(0.3) ? 'answer' : below(4) === 0 ? 0 : below(12),
  };
}

/** What is sent of a step: its statements in one text, each still on a line of its own, for some end in a comment. */
export const textOf = ({ statements }: Step): string => statements.join('\n; ');
