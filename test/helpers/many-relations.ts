import type pg from 'pg';

/**
 * As many tables as PostgreSQL's catalogue would list after so many CREATE TABLE, without their files and columns: `table_1`, … in
 * `public`. For a superuser. They can be named, not read. 200,000 take some twenty seconds, where CREATE TABLE takes many minutes.
 */
export async function manyRelations(client: pg.ClientBase, count: number): Promise<void> {
  await client.query('SET allow_system_table_mods = on; CREATE TABLE table_template (a int)');
  await client.query(
    `CREATE TEMPORARY TABLE many AS SELECT n, (1000000 + 3 * n)::oid AS class, (1000001 + 3 * n)::oid AS type, (1000002 + 3 * n)::oid AS list
     FROM generate_series(1, $1::int) n`,
    [count],
  );
  const copy = async (table: string, from: string, changes: Record<string, string>) => {
    const { rows } = await client.query(
      `SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [table],
    );
    const values = rows.map(({ attname }) => changes[attname] ?? `t.${attname}`);
    await client.query(`INSERT INTO ${table} SELECT ${values.join()} FROM ${table} t, many WHERE ${from}`);
  };
  await copy('pg_class', "t.relname = 'table_template'", {
    oid: 'many.class',
    relname: "('table_' || many.n)::name",
    reltype: 'many.type',
    relfilenode: 'many.class',
    relnatts: '0',
  });
  await copy('pg_type', "t.typname = 'table_template'", {
    oid: 'many.type',
    typname: "('table_' || many.n)::name",
    typrelid: 'many.class',
    typarray: 'many.list',
  });
  await copy('pg_type', "t.typname = '_table_template'", {
    oid: 'many.list',
    typname: "('_table_' || many.n)::name",
    typelem: 'many.type',
  });
  await client.query('DROP TABLE many; RESET allow_system_table_mods; ANALYZE pg_class; ANALYZE pg_type');
}
