// Statements that ask for more than they are long: columns behind a star, names that many things have, scopes in scopes.
import { SCHEMAS } from './schema.ts';

const times = (n: number, one: (i: number) => string, between = ',') =>
  Array.from({ length: Math.max(1, Math.floor(n)) }, (_, i) => one(i)).join(between);
const nested = (levels: number, around: (inner: string, level: number) => string, innermost: string) =>
  Array.from({ length: Math.max(1, Math.floor(levels)) }, (_, i) => i).reduce(around, innermost);
const schemas = times(SCHEMAS, (i) => `s${i + 1}`);

/** By the length that they shall have, in characters. */
export const SPREADING: Record<string, (n: number) => string[]> = {
  'a join, ambiguous columns': (n) => [`SELECT ${times(n / 6, (i) => `c${i % 1_500}`)} FROM wide, wider`],
  'a join, ambiguous columns of many tables': (n) => [
    `SELECT ${times(n / 8, (i) => `c${i % 7}`)} FROM ${times(n / 24, (i) => `wide w${i}`)}`,
  ],
  'a join, USING many columns': (n) => [
    `SELECT 1 FROM wide JOIN wider USING (${times(n / 6, (i) => `c${i % 1_500}`)})`,
  ],
  'many joins, USING': (n) => [
    `SELECT * FROM narrow n ${times(n / 34, (i) => `JOIN narrow n${i} USING (a, b, c)`, ' ')}`,
  ],
  'many joins of wide tables, USING': (n) => [
    `SELECT * FROM wide w ${times(n / 34, (i) => `JOIN wide w${i} USING (c0, c1)`, ' ')}`,
  ],
  'many joins, NATURAL': (n) => [`SELECT * FROM narrow n ${times(n / 26, (i) => `NATURAL JOIN narrow n${i}`, ' ')}`],
  'many joins, ON': (n) => [
    `SELECT * FROM wide w ${times(n / 34, (i) => `LEFT JOIN wide w${i} ON w${i}.c0 = w.c1`, ' ')}`,
  ],
  'many tables beside each other': (n) => [`SELECT * FROM ${times(n / 10, (i) => `wide w${i}`)}`],
  'many tables of different names': (n) => [
    `SELECT 1 FROM ${times(Math.min(n / 12, SCHEMAS), (i) => `many_${i + 1} m${i}`)}`,
  ],
  'many statements, all columns of a wide table': (n) => [
    times(Math.min(n / 20, 499), () => 'SELECT * FROM wide', ';'),
  ],
  'many statements, a join of wide tables': (n) => [
    times(Math.min(n / 28, 499), () => 'SELECT * FROM wide, wider', ';'),
  ],
  'many statements, names': (n) => [
    times(Math.min(n / 130, 499), () => `SELECT ${times(20, (i) => `c${i}`)} FROM wide WHERE c1 = 1`, ';'),
  ],
  'GROUP BY': (n) => [`SELECT 1 FROM wide GROUP BY ${times(n / 6, (i) => `c${i % 1_500}`)}`],
  'GROUP BY, its output': (n) => [
    `SELECT ${times(n / 16, (i) => `c${i % 1_500} AS x${i}`)} FROM wide GROUP BY ${times(n / 16, (i) => `x${i}`)}`,
  ],
  'GROUPING SETS': (n) => [`SELECT 1 FROM wide GROUP BY GROUPING SETS (${times(n / 8, (i) => `(c${i % 1_500})`)})`],
  'ORDER BY': (n) => [`SELECT 1 FROM wide ORDER BY ${times(n / 6, (i) => `c${i % 1_500}`)}`],
  'ORDER BY, its output': (n) => [
    `SELECT ${times(n / 16, (i) => `c${i % 1_500} AS x${i}`)} FROM wide ORDER BY ${times(n / 16, (i) => `x${i}`)}`,
  ],
  'ORDER BY, numbers': (n) => [`SELECT * FROM wide ORDER BY ${times(n / 5, (i) => `${(i % 1_499) + 1}`)}`],
  'DISTINCT ON': (n) => [`SELECT DISTINCT ON (${times(n / 6, (i) => `c${i % 1_500}`)}) * FROM wide`],
  'many CTEs': (n) => [`WITH ${times(n / 34, (i) => `w${i} AS (SELECT * FROM narrow)`)} SELECT * FROM w0`],
  'many CTEs, one of the other': (n) => [
    `WITH w0 AS (SELECT * FROM narrow), ${times(Math.min(n / 34, 300), (i) => `w${i + 1} AS (SELECT * FROM w${i})`)} SELECT * FROM w1`,
  ],
  'many CTEs, doubled': (n) => [
    `WITH w0 AS (SELECT * FROM narrow), ${times(Math.min(n / 44, 12), (i) => `w${i + 1} AS (SELECT * FROM w${i} x, w${i} y)`)} SELECT * FROM w1`,
  ],
  'a recursive CTE': (n) => [
    `WITH RECURSIVE r AS (SELECT * FROM narrow UNION ALL SELECT * FROM r WHERE ${times(n / 10, (i) => `r.a < ${i % 10}`, ' AND ')}) SELECT * FROM r`,
  ],
  'deep, queries': (n) => [
    nested(Math.min(n / 24, 900), (inner, i) => `SELECT * FROM (${inner}) a${i}`, 'SELECT * FROM narrow'),
  ],
  'deep, wide queries': (n) => [
    nested(Math.min(n / 24, 900), (inner, i) => `SELECT * FROM (${inner}) a${i}`, 'SELECT * FROM wide'),
  ],
  'deep, a name of the outermost level': (n) => [
    `SELECT (${nested(Math.min(n / 34, 400), (inner, i) => `SELECT (${inner}) FROM wide w${i}`, `SELECT ${times(n / 8, () => 'zz')}`)}) FROM (SELECT 1 AS zz) s`,
  ],
  'deep, EXISTS': (n) => [
    `SELECT 1 FROM narrow WHERE ${nested(Math.min(n / 44, 400), (inner, i) => `EXISTS (SELECT 1 FROM wide w${i} WHERE ${inner})`, 'a = 1')}`,
  ],
  'deep, parentheses and calls': (n) => [`SELECT ${nested(Math.min(n / 6, 900), (inner) => `abs(${inner})`, '1')}`],
  'deep, CASE': (n) => [
    `SELECT ${nested(Math.min(n / 30, 900), (inner) => `CASE WHEN a = 1 THEN ${inner} ELSE 2 END`, '1')} FROM t`,
  ],
  'deep, arrays': (n) => [`SELECT ${nested(Math.min(n / 8, 900), (inner) => `ARRAY[${inner}]`, '1')}`],
  'many subqueries': (n) => [`SELECT ${times(n / 30, () => '(SELECT max(c1) FROM wide)')}`],
  'unions of wide tables': (n) => [times(n / 26, () => 'SELECT * FROM wide', ' UNION ')],
  'IN, names': (n) => [`SELECT 1 FROM wide WHERE c1 IN (${times(n / 6, (i) => `c${i % 1_500}`)})`],
  'IN, texts': (n) => [`SELECT 1 FROM t WHERE b IN (${times(n / 8, (i) => `'x${i}'`)})`],
  'IN, rows': (n) => [`SELECT 1 FROM t WHERE (a, b) IN (${times(n / 8, () => "(1,'x')")})`],
  'IN, rows of columns': (n) => [
    `SELECT 1 FROM wide WHERE (${times(n / 12, (i) => `c${i % 1_500}`)}) IN (${times(n / 12, (i) => `ROW(c${i % 1_500})`)})`,
  ],
  conditions: (n) => [`SELECT 1 FROM wide WHERE ${times(n / 14, (i) => `c${i % 1_500} = ${i}`, ' OR ')}`],
  'windows, over': (n) => [
    `SELECT ${times(n / 40, (i) => `sum(c${i % 1_500}) OVER (PARTITION BY c${i % 1_500})`)} FROM wide`,
  ],
  'windows, named': (n) => [
    `SELECT ${times(n / 50, (i) => `sum(a) OVER w${i}`)} FROM narrow WINDOW ${times(n / 50, (i) => `w${i} AS (PARTITION BY a, b)`)}`,
  ],
  'windows, one of the other': (n) => [
    `SELECT sum(a) OVER w1 FROM narrow WINDOW w0 AS (PARTITION BY a), ${times(n / 14, (i) => `w${i + 1} AS (w${i})`)}`,
  ],
  'FILTER and ORDER BY in calls': (n) => [
    `SELECT ${times(n / 60, (i) => `array_agg(c${i % 99} ORDER BY c1, c2) FILTER (WHERE c3 = ${i})`)} FROM wide`,
  ],
  'VALUES, rows': (n) => [`VALUES ${times(n / 8, () => "(1,'x')")}`],
  'VALUES, columns': (n) => [`VALUES (${times(n / 2, () => '1')})`],
  'VALUES, rows of calls': (n) => [`VALUES ${times(n / 12, () => '(abs(1),2)')}`],
  'whole rows': (n) => [
    `SELECT ${times(n / 16, (i) => `w${i % 100}`)} FROM ${times(Math.min(n / 16, 100), (i) => `wide w${i}`)}`,
  ],
  'stars of a subquery': (n) => [`SELECT ${times(n / 4, () => 's.*')} FROM (SELECT * FROM narrow) s`],
  'operators that are overloaded': (n) => [`SELECT 1 FROM t WHERE ${times(n / 14, () => 'b || b = b', ' AND ')}`],
  'calls that are overloaded': (n) => [`SELECT ${times(n / 18, () => "to_char(now(), 'x')")}`],
  casts: (n) => [`SELECT ${times(n / 12, (i) => `a::${['text', 'int8', 'numeric', 'oid'][i % 4]}`)} FROM t`],
  'casts to arrays and rows': (n) => [`SELECT ${times(n / 12, () => 'NULL::wide')}`],
  'functions in FROM': (n) => [`SELECT * FROM ${times(n / 26, (i) => `generate_series(1, 2) g${i}`)}`],
  'ROWS FROM': (n) => [`SELECT * FROM ROWS FROM (${times(n / 24, () => 'generate_series(1, 2)')}) x`],
  'a path of many schemas, a name of all': (n) => [
    `SET search_path = ${schemas}`,
    `SELECT ${n} FROM ${times(n / 12, (i) => `same_${(i % 3) + 1} x${i}`)}`,
  ],
  'an unknown path, a name of all': (n) => [
    `SET search_path = '${'x, '.repeat(2_000)}y'`,
    `SELECT ${n} FROM ${times(n / 12, (i) => `same_${(i % 3) + 1} x${i}`)}`,
  ],
  'an unknown path, columns of a name of all': (n) => [
    `SET search_path = '${'x, '.repeat(2_000)}y'`,
    `SELECT ${times(n / 2, () => 'a')} FROM same_1, same_2`,
  ],
  'an unknown path, calls of a name of all': (n) => [
    `SET search_path = '${'x, '.repeat(2_000)}y'`,
    `SELECT ${times(n / 8, () => 'same(1)')}`,
  ],
  'a partitioned table, again and again': (n) => [`SELECT 1 FROM ${times(n / 12, (i) => `parent p${i}`)}`],
};
