// What a statement reaches in the target's catalogue, followed to the end: views to their tables, types to the
// functions that make and print them, aggregates to their parts. Each becomes an effect, a floor code or a fact.
import type { BodyNames } from '../body-names.ts';
import {
  FIRST_OWN_OID,
  type FunctionRow,
  type Reached,
  type RelationDetail,
  type RelationRow,
} from '../catalogue-rows.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import type { RelationFact } from '../facts.ts';
import type { Findings } from '../findings.ts';
import type { VerdictName } from '../vetting/rules.ts';
import type { Vetting } from '../vetting/verdict.ts';
import type { Names } from './names.ts';
import { secretOf } from './secrets.ts';
import { TYPE, type Types } from './types.ts';
import { Values } from './values.ts';
import type { Work } from './work.ts';

export type Access = RelationFact['access'];

const KINDS: Readonly<Record<string, RelationFact['kind']>> = {
  r: 'table',
  v: 'view',
  m: 'materialized_view',
  f: 'foreign_table',
  p: 'partitioned_table',
  S: 'sequence',
  c: 'composite_type',
};

/** The server's own functions in SQL whose bodies cast what they are given to text, by whatever cast there is. */
export const TO_TEXT: ReadonlySet<string> = new Set(['textanycat', 'anytextcat', 'quote_literal', 'quote_nullable']);

/** Uses that change what a relation holds. */
const CHANGES: ReadonlySet<Access> = new Set(['insert', 'update', 'delete', 'merge', 'truncate', 'copy_from']);

const MOST_CHILDREN = 50;

/** Uses that leave the children alone. */
const INTO_IT_ALONE: ReadonlySet<Access> = new Set(['insert', 'copy_from']);

export class Reach {
  /** Object ids of all that was reached, plain or not. */
  readonly functions = new Set<number>();
  readonly operators = new Set<number>();
  readonly relations = new Set<number>();
  /** Relations whose details analysis needs and the snapshot does not have yet. */
  readonly needs = new Set<number>();
  /** What becomes of the statement's values. */
  readonly values: Values;
  private readonly expanded = new Set<number>();
  /** Functions whose bodies' names were looked up. */
  private readonly opened = new Set<number>();
  private readonly snapshot: Snapshot;
  private readonly types: Types;
  private readonly vetting: Vetting;
  private readonly found: Findings;
  private readonly work: Work;
  private readonly names: readonly Names[];

  /** `names`: as a body may look them up, by the rights of who calls it or of who owns it; none where that is not asked. */
  constructor(
    snapshot: Snapshot,
    types: Types,
    vetting: Vetting,
    found: Findings,
    work: Work,
    names: readonly Names[] = [],
  ) {
    this.snapshot = snapshot;
    this.types = types;
    this.vetting = vetting;
    this.found = found;
    this.work = work;
    this.names = names;
    this.values = new Values(this, snapshot, types, work);
  }

  detail(oid: number): RelationDetail | null {
    const known = this.snapshot.details.get(oid);
    if (!known) this.needs.add(oid);
    return known ?? null;
  }

  /** `named`: a call that the statement itself names, which is always a fact. */
  function(oid: number, named = false): VerdictName {
    const fn = this.snapshot.functionByOid.get(oid);
    if (!fn) {
      this.found.effects.add('dynamic');
      return 'dynamic';
    }
    const again = this.functions.has(oid);
    this.functions.add(oid);
    const verdict = this.judge(fn);
    const plain = verdict.name === 'read';
    if (named || !plain || oid >= FIRST_OWN_OID) {
      const { schema, name, signature, volatility } = fn;
      this.found.function({ schema, name, signature, volatility, vetted: verdict.vetted });
    }
    if (again) return verdict.name;
    if (plain) this.body(fn);
    if (!verdict.vetted) this.found.unvetted.push({ signature: fn.signature, body: fn.body });
    if (!plain && verdict.name !== 'setting') this.found.apply(verdict.name);
    return verdict.name;
  }

  /** A call leaves arguments out. */
  defaults(oid: number): void {
    const reached = this.snapshot.argumentDefaults.get(oid);
    if (reached) this.expression(reached, null);
  }

  /** As `function`, where it cannot be the statement's own set_config with arguments that were looked at. */
  hidden(oid: number): void {
    if (this.function(oid) === 'setting') this.found.floor.add('gateway_setting');
  }

  operator(oid: number): void {
    const operator = this.snapshot.operatorByOid.get(oid);
    if (!operator) {
      this.found.effects.add('dynamic');
      return;
    }
    if (this.operators.has(oid)) return;
    this.operators.add(oid);
    this.hidden(operator.function);
    // Its classes compare and hash in its stead, in sorts and joins; NOT of it is planned as its negator.
    for (const fn of this.snapshot.operatorSupport.get(oid) ?? []) this.part(fn, [TYPE.internal]);
  }

  /**
   * A body in SQL or another language looks its names up when it runs, by the session's path: whoever has a function, operator,
   * view or domain of such a name there puts it in the place of what was vetted.
   */
  private body({ oid, late, signature }: FunctionRow): void {
    if (!late || this.opened.has(oid)) return;
    this.opened.add(oid);
    for (const names of this.names) this.lookedUp(late, names, signature);
  }

  private lookedUp(late: BodyNames, names: Names, signature: string | null): void {
    this.work.spend(late.called.length + late.operators.length + 2 * late.words.length);
    for (const name of late.called) this.shadows(names.functions([name]).map(({ row }) => row.oid));
    for (const name of late.operators) {
      // One over a type of the users' own does not come before the server's.
      const rows = names.operators([name]).map(({ row }) => row);
      const over = rows.filter(({ left, right }) => left < FIRST_OWN_OID && right < FIRST_OWN_OID);
      this.shadows(over.map((row) => row.function));
    }
    for (const word of late.words) {
      for (const row of names.relations([word]))
        if (row.kind === 'v' && row.oid >= FIRST_OWN_OID) this.relation(row, 'select', signature);
      for (const type of names.types([word])) if (this.types.kind(type) === 'd') this.values.make(type);
    }
  }

  private shadows(functions: readonly number[]): void {
    for (const oid of functions) {
      const fn = oid < FIRST_OWN_OID ? undefined : this.snapshot.functionByOid.get(oid);
      if (fn && !this.vetting.trusted(fn)) this.hidden(oid);
    }
  }

  /** A function that the server calls itself, with arguments of `servers` types. */
  part(oid: number, servers: readonly number[]): void {
    const fn = this.snapshot.functionByOid.get(oid);
    if (fn && this.harmlessPart(fn, servers)) {
      this.functions.add(oid);
      this.body(fn);
    } else this.hidden(oid);
  }

  /** A relation is used. `inherit`: its partitions and children with it. */
  relation(row: RelationRow, access: Access, via: string | null = null, inherit = true): void {
    const { schema, name } = row;
    this.relations.add(row.oid);
    this.fact(row, access, via);
    this.family(row, access, inherit);
    if (access === 'select' || access === 'copy_to') this.found.effects.add('read');
    if (secretOf(row) === true) this.found.floor.add('secret_relation');
    if (row.kind === 'f') this.found.effects.add('remote');
    if (CHANGES.has(access)) this.change(row);
    if (row.oid < FIRST_OWN_OID || this.expanded.has(row.oid)) return;
    this.expanded.add(row.oid);
    this.planned(row.oid);
    if (row.kind !== 'v' && !row.rowSecurity && !(row.hasChildren && inherit)) return;
    const detail = this.detail(row.oid);
    if (!detail) return;
    const through = `${schema}.${name}`;
    if (row.kind === 'v' && detail.rule) this.expression(detail.rule, through);
    if (row.rowSecurity && detail.policies) this.expression(detail.policies, through);
    if (!inherit) return;
    for (const child of detail.foreignChildren) {
      const foreign = this.snapshot.relationByOid.get(child);
      if (foreign) this.relation(foreign, access, through);
      else this.found.effects.add('remote');
    }
  }

  private fact({ schema, name, kind }: RelationRow, access: Access, via: string | null): void {
    this.found.relation({ schema, name, kind: KINDS[kind] ?? 'unknown', access, via });
  }

  /**
   * Rows of a partition or child are its parents' rows too. Children of plain inheritance are tables of their own, and are named with
   * the parent that they are read by; so many that they can only be its parts (partitioning of old, chunks) are not, nor are partitions.
   */
  private family(row: RelationRow, access: Access, inherit: boolean): void {
    const { parents, children } = this.snapshot;
    this.relatives(row, access, (oid) => parents.get(oid) ?? []);
    if (!inherit || INTO_IT_ALONE.has(access)) return;
    this.relatives(row, access, (oid) => {
      const own = children.get(oid) ?? [];
      return own.length <= MOST_CHILDREN ? own : [];
    });
  }

  /** `seen`: whose own relatives were named; by several ways to it they are the same. */
  private relatives(
    row: RelationRow,
    access: Access,
    next: (oid: number) => readonly number[],
    seen: Set<number> = new Set(),
  ): void {
    if (seen.has(row.oid)) return;
    seen.add(row.oid);
    for (const oid of next(row.oid)) {
      this.work.spend(1);
      const relative = this.snapshot.relationByOid.get(oid);
      if (!relative) continue;
      this.fact(relative, access, `${row.schema}.${row.name}`);
      this.relatives(relative, access, next, seen);
    }
  }

  /** What opening a relation or planning it may run, whatever is read of it. */
  private planned(oid: number): void {
    const support = this.snapshot.relationSupport.get(oid);
    if (!support) return;
    for (const fn of support.run) this.part(fn, [TYPE.internal]);
    for (const operator of support.operators) this.operator(operator);
    for (const inlined of support.inlined) {
      const fn = this.snapshot.functionByOid.get(inlined);
      if (fn?.late) this.body(fn);
      else this.part(inlined, [TYPE.internal]);
    }
  }

  /**
   * A row put into the server's own catalogue is a login, a setting or code that no statement names; pg_settings sets what it
   * is told. What a view is written through to is among what it reads.
   */
  private change(row: RelationRow, seen: Set<number> = new Set()): void {
    if (row.oid < FIRST_OWN_OID) {
      this.found.floor.add('catalogue_by_hand');
      this.found.effects.add('admin').add('code');
    } else if (row.kind === 'v' && !seen.has(row.oid)) {
      seen.add(row.oid);
      for (const oid of this.detail(row.oid)?.rule?.relations ?? []) {
        const below = this.snapshot.relationByOid.get(oid);
        if (below) this.change(below, seen);
      }
    }
  }

  /** Everything that an expression stored in the catalogue was resolved to. */
  expression(reached: Reached, via: string | null): void {
    // A handler (of TABLESAMPLE) takes what only the server can give.
    for (const oid of reached.functions) this.part(oid, [TYPE.internal]);
    for (const oid of reached.operators) this.operator(oid);
    const functions = reached.functions.map((oid) => this.snapshot.functionByOid.get(oid));
    const operators = reached.operators.map((oid) => this.snapshot.operatorByOid.get(oid)?.function ?? 0);
    const all = [...functions, ...operators.map((oid) => this.snapshot.functionByOid.get(oid))];
    const printing = all.some((fn) => fn && TO_TEXT.has(fn.name));
    // Which of its functions takes which type is not followed: what any could do with a value counts.
    for (const type of reached.types) {
      this.values.make(type);
      this.values.record([type]);
      if (printing) this.values.cast(type, TYPE.text, true);
    }
    if (reached.locks) {
      this.found.effects.add('lock');
      this.found.flags.locking = true;
    }
    for (const oid of reached.relations) {
      const relation = this.snapshot.relationByOid.get(oid);
      // A sequence or composite type has no rows to look through; what the snapshot does not hold cannot be judged.
      if (relation) this.relation(relation, 'select', via);
      else this.found.effects.add('dynamic');
      if (relation && typeof secretOf(relation) === 'object') this.found.floor.add('secret_relation');
    }
  }

  private judge(fn: FunctionRow): { name: VerdictName; vetted: boolean } {
    const verdict = this.vetting.judge(fn);
    const parts = fn.kind === 'a' ? this.snapshot.aggregateParts.get(fn.oid) : undefined;
    // All aggregates have the same empty body: an own one is what its parts are.
    if (!parts || this.vetting.trusted(fn)) {
      return { name: verdict.name, vetted: verdict.listed && verdict.name !== 'dynamic' };
    }
    const rows = parts.map((oid) => this.snapshot.functionByOid.get(oid));
    const harmful = rows.filter((row) => !row || !this.harmlessPart(row, [TYPE.internal]));
    for (const row of rows) {
      if (!row || harmful.includes(row)) continue;
      this.functions.add(row.oid);
      this.body(row);
    }
    const sort = this.snapshot.aggregateSorts.get(fn.oid);
    if (sort !== undefined) this.operator(sort);
    for (const row of harmful) if (row) this.hidden(row.oid);
    return harmful.length === 0 ? { name: 'read', vetted: true } : { name: 'dynamic', vetted: false };
  }

  /** Plain in itself, or only ever called by the server with arguments of `servers` types, which no statement can make. */
  private harmlessPart(fn: FunctionRow, servers: readonly number[]): boolean {
    const verdict = this.vetting.judge(fn);
    if (verdict.name === 'read') return true;
    const internal = servers.some((type) => fn.returns === type || fn.args.includes(type));
    return internal && verdict.name === 'dynamic' && this.vetting.trusted(fn);
  }
}
