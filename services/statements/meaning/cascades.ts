// What foreign keys change by themselves: ON DELETE and ON UPDATE of those that point to rows that a statement changes, and of those that
// point to what these change. Triggers and rules may do as much, and are not followed: what they do is not known before they run.
import type { Cascade, RelationRow } from '../catalogue-rows.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import type { Work } from './work.ts';

type Change = 'delete' | 'update';

export interface Cascaded {
  relation: RelationRow;
  access: Change;
  /** The columns that it changes; null for whole rows. */
  sets: readonly string[] | null;
  /** The relation whose change brings it about. */
  of: RelationRow;
}

/** Keys that were followed: from a deletion, from an update. */
export type Followed = Readonly<Record<Change, Set<Cascade>>>;

export const followed = (): Followed => ({ delete: new Set(), update: new Set() });

/** Each key once for each of its two actions. `columns`: of an UPDATE, those that it sets; null where they are not known. */
export function* cascaded(
  snapshot: Snapshot,
  work: Work,
  changed: { row: RelationRow; access: Change; columns: readonly string[] | null },
  seen: Followed,
): Generator<Cascaded> {
  if (snapshot.cascades.size === 0) return;
  const pending = [changed];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { row, access, columns } = next;
    for (const key of pointingTo(snapshot, work, row)) {
      work.spend(1);
      const does = access === 'delete' ? key.onDelete : sets(key, columns) ? key.onUpdate : null;
      const relation = snapshot.relationByOid.get(key.relation);
      if (does === null || !relation || seen[access].has(key)) continue;
      seen[access].add(key);
      const own = does === 'update' ? key.columns : null;
      yield { relation, access: does, sets: own, of: row };
      pending.push({ row: relation, access: does, columns: own });
    }
  }
}

/** A key to a partitioned table is one to its partitions. One to a child of plain inheritance counts for its parents in the snapshot. */
function* pointingTo(snapshot: Snapshot, work: Work, row: RelationRow): Generator<Cascade> {
  yield* snapshot.cascades.get(row.oid) ?? [];
  for (const oid of snapshot.parents.get(row.oid) ?? []) {
    work.spend(1);
    const parent = snapshot.relationByOid.get(oid);
    if (parent?.kind === 'p') yield* pointingTo(snapshot, work, parent);
  }
}

const sets = ({ key }: Cascade, columns: readonly string[] | null): boolean =>
  key === null || columns === null || columns.some((column) => key.includes(column));
