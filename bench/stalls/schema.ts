// The target that the places of stalls.ts meet: wide tables, many schemas with tables of one name.
const COLUMNS = Array.from({ length: 1_500 }, (_, n) => `c${n} int`).join();
const EACH_NAMES = 'a,b,c,d,e,f,g,h'.split(',');

/** How many schemas hold the tables `same_1` to `same_3`. */
export const SCHEMAS = 200;

export const SCHEMA = `
  CREATE TABLE t (a int, b text);
  CREATE VIEW v AS SELECT * FROM t;
  CREATE TABLE narrow (${EACH_NAMES.map((name) => `${name} int`).join()});
  CREATE TABLE wide (${COLUMNS});
  CREATE TABLE wider (${COLUMNS});
  CREATE TABLE parent (a int, b text) PARTITION BY LIST (a);
  DO $$BEGIN
    FOR n IN 1..${SCHEMAS} LOOP
      EXECUTE format('CREATE SCHEMA s%s; GRANT USAGE ON SCHEMA s%s TO PUBLIC', n, n);
      FOR m IN 1..3 LOOP
        EXECUTE format('CREATE TABLE s%s.same_%s (a int, b text); GRANT SELECT ON s%s.same_%s TO PUBLIC', n, m, n, m);
      END LOOP;
      EXECUTE format('CREATE FUNCTION s%s.same(int) RETURNS int LANGUAGE sql RETURN $1 + %s', n, n);
      EXECUTE format('CREATE TABLE many_%s (a int, b text)', n);
      EXECUTE format('CREATE TABLE part_%s PARTITION OF parent FOR VALUES IN (%s)', n, n);
    END LOOP;
  END$$`;
