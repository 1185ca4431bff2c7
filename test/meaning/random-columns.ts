// Random statements over a few relations, in every way that a column can be reached by: for the test that compares what is told of columns
// with what PostgreSQL asks privileges for.
import type { Random } from '../fuzz/random.ts';

/** Every column is an int, so that nearly all of them go together. `spare` is named by no statement: PostgreSQL asks for one column at least. */
export const COLUMNS_SCHEMA = `
  CREATE SCHEMA cols;
  CREATE TABLE cols.customer (id int PRIMARY KEY, name int, email int, city int, spare int, UNIQUE (name, city));
  CREATE TABLE cols.orders (id int PRIMARY KEY, customer_id int, total int, email int, spare int);
  CREATE TABLE cols.city (city int, country int, spare int);
  CREATE TABLE cols.split (id int, part int, email int, spare int) PARTITION BY RANGE (part);
  CREATE TABLE cols.split_1 PARTITION OF cols.split FOR VALUES FROM (0) TO (10);
  CREATE TABLE cols.elder (id int, email int, spare int);
  CREATE TABLE cols.younger (own int) INHERITS (cols.elder);
  CREATE VIEW cols.shown WITH (security_invoker) AS SELECT id, name AS label, spare FROM cols.customer WHERE city > 1;
  CREATE VIEW cols.joined WITH (security_invoker) AS
    SELECT o.id, c.email AS who, o.spare FROM cols.orders o JOIN cols.customer c ON c.id = o.customer_id;
  CREATE VIEW cols.over WITH (security_invoker) AS
    SELECT label, spare, (SELECT count(*) FROM cols.city NATURAL JOIN cols.orders)::int + (SELECT count(j) FROM cols.joined j)::int AS y FROM cols.shown;
`;

export const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  customer: ['id', 'name', 'email', 'city'],
  orders: ['id', 'customer_id', 'total', 'email'],
  city: ['city', 'country'],
  split: ['id', 'part', 'email'],
  split_1: ['id', 'part', 'email'],
  elder: ['id', 'email'],
  younger: ['id', 'email', 'own'],
  shown: ['id', 'label'],
  joined: ['id', 'who'],
  over: ['label', 'y'],
};
const TABLES = ['customer', 'orders', 'city', 'split', 'split_1', 'elder', 'younger'] as const;
const ALL = [...TABLES, 'shown', 'joined', 'over'] as const;

interface Shown {
  alias: string;
  columns: readonly string[];
}

interface Around {
  outer: readonly Shown[];
  ctes: readonly Shown[];
}

const NOTHING: Around = { outer: [], ctes: [] };

export function randomStatement(random: Random): string {
  let count = 0;
  const fresh = () => `n${++count}`;
  const { pick, chance, below } = random;
  const some = <T>(items: readonly T[], most = 3): T[] =>
    Array.from({ length: 1 + below(most) }, () => items[below(items.length)]).filter((item) => item !== undefined);

  const column = (shown: readonly Shown[], outer: readonly Shown[]): string => {
    const from = chance(0.15) && outer.length > 0 ? outer : shown;
    const item = from[below(from.length)];
    if (!item || item.columns.length === 0) return '1';
    const name = item.columns[below(item.columns.length)] ?? 'id';
    return chance(0.25) ? name : `${item.alias}.${name}`;
  };

  const value = (shown: readonly Shown[], around: Around, depth: number): string => {
    const one = () => column(shown, around.outer);
    const row = shown[below(shown.length)]?.alias;
    switch (below(depth > 0 ? 12 : 8)) {
      case 0:
        return `${one()} + ${one()}`;
      case 1:
        return `CASE WHEN ${one()} > 1 THEN ${one()} ELSE 2 END`;
      case 2:
        return row === undefined
          ? '1'
          : pick([`length(${row}::text)`, `(${row} IS NULL)::int`, `(to_jsonb(${row}) IS NULL)::int`]);
      case 3:
        return `coalesce(${one()}, 1)`;
      case 8:
        return `(SELECT ${pick(['max', 'min', 'sum'])}(x.v)::int FROM (${select(inside(shown, around), depth - 1, 1)}) x(v))`;
      case 9:
        return `(EXISTS (${select(inside(shown, around), depth - 1)}))::int`;
      case 10:
        return `(${one()} IN (${select(inside(shown, around), depth - 1, 1)}))::int`;
      default:
        return one();
    }
  };
  const inside = (shown: readonly Shown[], { outer, ctes }: Around): Around => ({ outer: [...shown, ...outer], ctes });

  const renamed = (alias: string, columns: readonly string[]): { text: string; shown: Shown } => {
    if (!chance(0.3) || columns.length === 0) return { text: `AS ${alias}`, shown: { alias, columns } };
    const names = columns
      .slice(0, 1 + below(columns.length))
      .map((_, n) => (n === 0 && chance(0.3) ? 'email' : `r${n}`));
    return {
      text: `AS ${alias}(${names.join(', ')})`,
      shown: { alias, columns: [...names, ...columns.slice(names.length)] },
    };
  };

  const from = (around: Around, depth: number, left: readonly Shown[] = []): { text: string; shown: Shown[] } => {
    const kind = below(depth > 0 ? 8 : 3);
    if (kind === 3 && around.ctes.length > 0) {
      const cte = around.ctes[below(around.ctes.length)] ?? { alias: '', columns: [] };
      const { text, shown } = renamed(fresh(), cte.columns);
      return { text: `${cte.alias} ${text}`, shown: [shown] };
    }
    if (kind === 4) {
      const lateral = chance(0.4) && left.length > 0;
      const width = 1 + below(3);
      const inner = select({ ...around, outer: lateral ? [...left, ...around.outer] : around.outer }, depth - 1, width);
      const alias = fresh();
      const columns = Array.from({ length: width }, (_, n) => `c${n}`);
      return {
        text: `${lateral ? 'LATERAL ' : ''}(${inner}) AS ${alias}(${columns.join(', ')})`,
        shown: [{ alias, columns }],
      };
    }
    if (kind === 5 || kind === 6) return joined(around, depth, left);
    if (kind === 7) {
      const alias = fresh();
      return { text: `generate_series(1, 2) AS ${alias}(g)`, shown: [{ alias, columns: ['g'] }] };
    }
    const name = pick(ALL);
    const columns = RELATIONS[name] ?? [];
    if (chance(0.2)) return { text: `cols.${name}`, shown: [{ alias: name, columns }] };
    const { text, shown } = renamed(fresh(), columns);
    return { text: `${chance(0.1) ? 'ONLY ' : ''}cols.${name} ${text}`, shown: [shown] };
  };

  const joined = (around: Around, depth: number, left: readonly Shown[]): { text: string; shown: Shown[] } => {
    const a = from(around, depth - 1, left);
    const b = from(around, depth - 1, [...left, ...a.shown]);
    const shown = [...a.shown, ...b.shown];
    const names = (items: readonly Shown[]) => items.flatMap(({ columns }) => columns);
    const common = names(a.shown).filter((name) => names(b.shown).includes(name));
    const how = pick(['', 'LEFT ', 'FULL ']);
    let text: string;
    if (chance(0.25)) text = `${a.text} NATURAL JOIN ${b.text}`;
    else if (common.length > 0 && chance(0.6)) {
      const using = `${a.text} ${how}JOIN ${b.text} USING (${common[0]})`;
      const alias = fresh();
      text = chance(0.3) ? `${using} AS ${alias}` : using;
    } else
      text = `${a.text} ${pick(['', 'LEFT '])}JOIN ${b.text} ON ${column(shown, around.outer)} = ${column(shown, around.outer)}`;
    if (!chance(0.3)) return { text: `(${text})`, shown };
    const { text: alias, shown: whole } = renamed(fresh(), names(shown));
    return { text: `(${text}) ${alias}`, shown: [whole] };
  };

  /** `width`: of its columns, where that matters; then there is no star. */
  function select(around: Around, depth: number, width = 0): string {
    const ctes = [...around.ctes];
    const withs: string[] = [];
    if (depth > 0 && chance(0.2)) {
      const alias = fresh();
      withs.push(`${alias}(a, b) AS (${select({ ...around, ctes }, depth - 1, 2)})`);
      ctes.push({ alias, columns: ['a', 'b'] });
    }
    const here = { ...around, ctes };
    const parts = [from(here, depth)];
    if (chance(0.3)) parts.push(from(here, depth - 1, parts[0]?.shown));
    const shown = parts.flatMap((part) => part.shown);
    const expression = () => value(shown, here, depth);
    const any = shown[below(shown.length)]?.alias ?? 'n';
    const loose = () => pick([expression(), expression(), `${any}.*`, '*', any, `to_jsonb(${any})`, '1']);
    const targets = Array.from({ length: width || 1 + below(3) }, width > 0 ? expression : loose);
    const names = targets.map((target, n) =>
      width === 0 && chance(0.3) && !/\*$/.test(target) ? `${target} AS ${pick(['email', `o${n}`])}` : target,
    );
    const where = chance(0.5) ? ` WHERE ${expression()} > 0` : '';
    const order = chance(0.3) ? ` ORDER BY ${pick(['1', column(shown, []), expression(), 'email'])}` : '';
    const head = withs.length > 0 ? `WITH ${withs.join(', ')} ` : '';
    if (chance(0.12)) {
      const by = column(shown, []);
      return `${head}SELECT ${Array.from({ length: width || 2 }, () => `count(*)::int AS email`).join(', ')} FROM ${parts.map(({ text }) => text).join(', ')}${where} GROUP BY ${chance(0.4) ? by.replace(/^.*\./, '') : by}`;
    }
    const plain = `${head}SELECT ${chance(0.1) ? 'DISTINCT ' : ''}${names.join(', ')} FROM ${parts.map(({ text }) => text).join(', ')}${where}${order}`;
    if (depth > 0 && width > 0 && chance(0.15))
      return `(${plain}) ${pick(['UNION', 'EXCEPT ALL'])} (${select(here, depth - 1, width)})`;
    return plain;
  }

  const changing = (): string => {
    const name = pick(TABLES);
    const columns = RELATIONS[name] ?? [];
    const self = { alias: 'x', columns };
    const value2 = (items: readonly Shown[]) => value(items, NOTHING, 1);
    const back = chance(0.4) ? ` RETURNING ${pick([value2([self]), '*', 'x', 'x.*', ...columns])}` : '';
    const sets = [...new Set(some(columns))]
      .map((set) => `${set} = ${chance(0.2) ? 'DEFAULT' : value2([self])}`)
      .join(', ');
    const other = from(NOTHING, 1);
    switch (below(4)) {
      case 0: {
        const listed = [...new Set(some(columns))];
        const source = chance(0.5)
          ? `VALUES (${listed.map(() => '1').join(', ')})`
          : `SELECT ${listed.map(() => 'q.v').join(', ')} FROM (${select(NOTHING, 1, 1)}) q(v)`;
        const conflict =
          name !== 'customer' || chance(0.4)
            ? ''
            : ` ON CONFLICT ${pick(['(id)', '(name, city)', 'ON CONSTRAINT customer_pkey'])} DO ${pick(['NOTHING', `UPDATE SET email = excluded.email + x.city WHERE x.name > 1`])}`;
        return `INSERT INTO cols.${name} AS x${chance(0.8) ? ` (${listed.join(', ')})` : ''} ${source}${conflict}${back}`;
      }
      case 1:
        return `UPDATE cols.${name} AS x SET ${sets}${chance(0.4) ? ` FROM ${other.text} WHERE ${value2([self, ...other.shown])} > 1` : ''}${back}`;
      case 2:
        return `DELETE FROM cols.${name} AS x${chance(0.4) ? ` USING ${other.text}` : ''} WHERE ${value2([self])} > 1${back}`;
      default:
        return `MERGE INTO cols.${name} AS x USING ${other.text} ON ${column([self], [])} = ${column(other.shown, [])}
          WHEN MATCHED AND ${column([self], [])} > 1 THEN ${pick(['DELETE', `UPDATE SET ${sets}`])}
          WHEN NOT MATCHED THEN ${pick(['DO NOTHING', `INSERT (${columns[0]}) VALUES (${column(other.shown, [])})`, 'INSERT DEFAULT VALUES'])}${back}`;
    }
  };

  return chance(0.7) ? select(NOTHING, 3) : changing();
}
