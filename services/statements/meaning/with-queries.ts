// WITH: its queries, each in view of those that it may name.
import { child, list, strings, text, type TypedNode, unwrap } from '../tree.ts';
import { typeOf } from './expressions.ts';
import type { Look } from './look.ts';
import { body, into, query } from './queries.ts';
import { type Cte, Scope, type ScopeColumn } from './scope.ts';
import { TYPE } from './types.ts';

/** The CTEs of a WITH clause, each looked at once, with those that it may name in view. */
export function withQueries(look: Look, clause: TypedNode | null, outer: Scope | null): Map<string, Cte> {
  const ctes = new Map<string, Cte>();
  const nodes = list(clause?.body.ctes).map(unwrap);
  const recursive = clause?.body.recursive === true;
  // WITH RECURSIVE lets a query name later ones: their columns are then not known yet, and any name may be one.
  if (recursive) for (const node of nodes) ctes.set(text(node?.body.ctename), { columns: null });
  for (const node of nodes) {
    if (!node) continue;
    look.seen.add(node.body);
    const name = text(node.body.ctename);
    const cte: Cte = ctes.get(name) ?? { columns: null };
    const named = (columns: ScopeColumn[] | null) => renamed(look, columns, strings(node.body.aliascolnames));
    // Those before it, and all of a recursive WITH: the map grows only after each was looked at.
    const scope = new Scope(outer, [], ctes);
    const statement = child(node, 'ctequery');
    if (recursive && statement?.type === 'SelectStmt') {
      const inner = new Scope(scope, [], withQueries(look, child(statement, 'withClause'), scope));
      into(look, statement);
      const full = body(look, statement, inner, (left) => {
        cte.columns = withMarks(look, node, named(left), inner);
      });
      cte.columns = withMarks(look, node, named(full), inner);
    } else cte.columns = withMarks(look, node, named(query(look, statement, scope)), scope);
    ctes.set(name, cte);
  }
  return ctes;
}

/** SEARCH and CYCLE add columns. */
function withMarks(look: Look, cte: TypedNode, columns: ScopeColumn[] | null, scope: Scope): ScopeColumn[] | null {
  const search = child(cte, 'search_clause');
  const cycle = child(cte, 'cycle_clause');
  let mark: number = TYPE.bool;
  if (cycle) {
    const value = child(cycle, 'cycle_mark_value');
    typeOf(look, child(cycle, 'cycle_mark_default'), scope);
    if (value) mark = typeOf(look, value, scope);
    look.values.compare(mark);
  }
  if (!search && !cycle) return columns;
  look.work.spend(4 * (columns?.length ?? 0));
  // Their columns go into rows without a name.
  const rows = [...strings(search?.body.search_col_list), ...strings(cycle?.body.cycle_col_list)];
  look.values.record(columns?.filter(({ name }) => rows.includes(name)).map(({ type }) => type) ?? []);
  const added = [
    [search?.body.search_seq_column, search?.body.search_breadth_first === true ? TYPE.record : TYPE.recordArray],
    [cycle?.body.cycle_mark_column, mark],
    [cycle?.body.cycle_path_column, TYPE.recordArray],
  ] as const;
  const marks = added.flatMap(([name, type]) => (typeof name === 'string' ? [{ name, type }] : []));
  return columns && [...columns, ...marks.filter(({ name }) => !columns.some((column) => column.name === name))];
}

/** The first columns take the names of an alias's list. */
export function renamed(look: Look, columns: ScopeColumn[] | null, names: readonly string[]): ScopeColumn[] | null {
  if (!columns || names.length === 0) return columns;
  look.work.spend(columns.length);
  return columns?.map((column, i) => ({ ...column, name: names[i] ?? column.name })) ?? null;
}
