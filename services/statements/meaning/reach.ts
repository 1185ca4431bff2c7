// What a statement reaches in the target's catalogue, followed to the end: views to their tables, types to the
// functions that make and print them, aggregates to their parts. Each becomes an effect, a floor code or a fact.
import {
  FIRST_OWN_OID,
  type FunctionRow,
  type Reached,
  type RelationDetail,
  type RelationRow,
} from '../catalogue-rows.ts';
import type { Resolved } from '../analysis.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import type { RelationFact } from '../facts.ts';
import { Findings } from '../findings.ts';
import type { VerdictName } from '../vetting/rules.ts';
import type { Vetting } from '../vetting/verdict.ts';
import { Bodies, type BodyPlace } from './bodies.ts';
import { cascaded, followed } from './cascades.ts';
import { ColumnUses } from './column-uses.ts';
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

/** What they count on stays counted, and says nothing of what was done: it may be ahead of its record. */
const ADVANCES: ReadonlySet<string> = new Set(['nextval', 'txid_current', 'pg_current_xact_id']);

const ASKS_FOR_SCHEMA: ReadonlySet<string> = new Set(['current_schema', 'current_schemas']);

const MOST_CHILDREN = 50;

/** Of one statement: with more, what foreign keys reach is no longer told by name. */
const MOST_BESIDE = 64;

/** Uses that leave the children alone. */
const INTO_IT_ALONE: ReadonlySet<Access> = new Set(['insert', 'copy_from']);

/** Steps that naming a relation takes: a microsecond or two. */
const FACT = 25;

interface Use {
  /** What it is used through. */
  via?: string | null;
  inherit?: boolean;
  uses?: ColumnUses;
}

/** By number, without its sign. */
const SYSTEM_COLUMNS = [undefined, 'ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid'];

/** Where nothing says which columns: what the access by itself takes. */
function wholly(uses: ColumnUses, access: Access): ColumnUses {
  // Columns may be made, renamed, and shown to others.
  if (access === 'ddl') uses.unknown();
  else if (access === 'select' || access === 'copy_to') uses.reads(null);
  else if (access !== 'lock') uses.writes(null);
  return uses;
}

export class Reach {
  /** Object ids of all that was reached, plain or not. */
  readonly functions = new Set<number>();
  readonly operators = new Set<number>();
  readonly relations = new Set<number>();
  /** The schema that objects are made in is asked for. */
  asksForSchema = false;
  /** It may do what the end of the transaction does not take back. */
  actsAtOnce = false;
  /** It changes what may change further rows. */
  further = false;
  /** Relations whose details analysis needs and the snapshot does not have yet. */
  readonly needs = new Set<number>();
  /** What becomes of the statement's values. */
  readonly values: Values;
  /** What runs inside the functions that it calls. */
  readonly bodies: Bodies;
  private readonly expanded = new Set<number>();
  private readonly surrounded = new Set<number>();
  private readonly changed = new Set<number>();
  private readonly passedOn = new Set<string>();
  private readonly uses = new Map<string, ColumnUses>();
  private readonly keys = followed();
  private readonly snapshot: Snapshot;
  private readonly types: Types;
  private readonly place: BodyPlace | null;
  private readonly vetting: Vetting;
  private readonly found: Findings;
  private readonly work: Work;

  /** `place`: where bodies look their names up; null where that is not asked. */
  constructor(
    snapshot: Snapshot,
    types: Types,
    vetting: Vetting,
    found: Findings,
    work: Work,
    place: BodyPlace | null = null,
  ) {
    this.snapshot = snapshot;
    this.types = types;
    this.place = place;
    this.vetting = vetting;
    this.found = found;
    this.work = work;
    this.values = new Values(this, snapshot, types, work);
    this.bodies = new Bodies(this, snapshot, vetting, work, place);
  }

  /** What of the users' own was reached, by object ids: names may mean something else when it runs. Null for nothing. */
  own(): Resolved | null {
    const functions = [...this.functions].filter((oid) => oid >= FIRST_OWN_OID);
    const types = this.values.ownMade();
    return functions.length + types.length === 0 ? null : { functions, types };
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
      this.actsAtOnce = true;
      this.found.effects.add('dynamic');
      return 'dynamic';
    }
    if (oid < FIRST_OWN_OID && ASKS_FOR_SCHEMA.has(fn.name)) this.asksForSchema = true;
    const again = this.functions.has(oid);
    this.functions.add(oid);
    const verdict = this.judge(fn);
    const plain = verdict.name === 'read';
    this.actsAtOnce ||= !plain && verdict.name !== 'setting' && !(oid < FIRST_OWN_OID && ADVANCES.has(fn.name));
    if (named || !plain || oid >= FIRST_OWN_OID) {
      const { schema, name, signature, volatility } = fn;
      this.found.function({ schema, name, signature, volatility, vetted: verdict.vetted });
    }
    if (again) return verdict.name;
    if (plain) this.bodies.open(fn);
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

  /** A function that the server calls itself, with arguments of `servers` types. */
  part(oid: number, servers: readonly number[]): void {
    const fn = this.snapshot.functionByOid.get(oid);
    if (fn && this.harmlessPart(fn, servers)) {
      this.functions.add(oid);
      this.bodies.open(fn);
    } else this.hidden(oid);
  }

  /** Of the columns of a relation that is used in one way, by whatever part of the statement. */
  usesOf(row: RelationRow, access: Access, via: string | null = null): ColumnUses {
    const key = `${row.oid} ${access} ${via}`;
    let uses = this.uses.get(key);
    if (!uses) {
      uses = new ColumnUses(() => this.detail(row.oid)?.columns.map((column) => column.name) ?? null);
      this.uses.set(key, uses);
    }
    return uses;
  }

  private wholly(row: RelationRow, access: Access, via: string | null): ColumnUses {
    return wholly(this.usesOf(row, access, via), access);
  }

  /** A relation is used. `inherit`: its partitions and children with it; `uses`: of its columns, where that is known. */
  relation(row: RelationRow, access: Access, { via = null, inherit = true, uses }: Use = {}): void {
    const { schema, name } = row;
    const columns = uses ?? this.wholly(row, access, via);
    this.relations.add(row.oid);
    this.fact(row, access, via, columns);
    this.family(row, access, inherit, columns);
    if (access === 'select' || access === 'copy_to') this.found.effects.add('read');
    if (secretOf(row) === true) this.found.floor.add('secret_relation');
    if (row.kind === 'f') this.found.effects.add('remote');
    if (CHANGES.has(access)) this.change(row);
    if (access === 'delete' || access === 'update') this.cascade(row, access, columns);
    if (row.kind === 'v') this.passOn(row, access);
    if (row.oid < FIRST_OWN_OID || this.expanded.has(row.oid)) return;
    this.expanded.add(row.oid);
    this.planned(row.oid);
    if (row.kind !== 'v' && !row.rowSecurity && !(row.hasChildren && inherit)) return;
    const detail = this.detail(row.oid);
    if (!detail) return;
    const through = `${schema}.${name}`;
    if (row.kind === 'v' && detail.rule) this.expression(detail.rule, through);
    if (row.rowSecurity && detail.policies) this.expression(detail.policies, through);
    if (inherit) this.foreign(detail, access, through, columns);
  }

  /** Parts of a table that are on other servers. */
  private foreign({ foreignChildren }: RelationDetail, access: Access, via: string, uses?: ColumnUses): void {
    for (const child of foreignChildren) {
      const foreign = this.snapshot.relationByOid.get(child);
      if (foreign) this.relation(foreign, access, { via, ...(uses && { uses }) });
      else this.found.effects.add('remote');
    }
  }

  /** What foreign keys change with its rows. It is no effect: what a table does by itself was somebody else's DDL. */
  private cascade(row: RelationRow, access: 'delete' | 'update', uses: ColumnUses): void {
    if (this.snapshot.cascades.size === 0) return;
    const columns = access === 'update' ? uses.sets : null;
    for (const { relation, access: does, sets, of } of cascaded(
      this.snapshot,
      this.work,
      { row, access, columns },
      this.keys,
    )) {
      const via = `${of.schema}.${of.name}`;
      const own = this.usesOf(relation, does, via);
      own.writes(sets);
      if (!this.beside(relation, does, via, own)) return;
    }
  }

  /** False when there are too many to be named. */
  private beside(row: RelationRow, access: Access, via: string, uses: ColumnUses): boolean {
    if (this.found.relations.size >= MOST_BESIDE) {
      this.unnamed(null, access, via);
      return false;
    }
    this.fact(row, access, via, uses);
    this.relatives(row, access, (oid) => this.snapshot.parents.get(oid) ?? [], uses);
    return true;
  }

  /** Whatever there is in a schema is used; with null, it is not known here what. */
  unnamed(schema: string | null, access: Access, via: string): void {
    const uses = wholly(new ColumnUses(() => null), access);
    this.found.relation({ schema, name: '*', kind: 'unknown', access, via }, uses);
  }

  /** What TRUNCATE … CASCADE empties as well: whatever points to it, or to a child of it, by a foreign key, and so on. */
  referring(row: RelationRow, access: Access, seen: Set<number> = new Set([row.oid])): void {
    const { references, children, relationByOid } = this.snapshot;
    for (const oid of [...(references.get(row.oid) ?? []), ...(children.get(row.oid) ?? [])]) {
      this.work.spend(1);
      const relation = relationByOid.get(oid);
      if (!relation || seen.has(oid)) continue;
      seen.add(oid);
      this.relation(relation, access, { via: `${row.schema}.${row.name}` });
      this.referring(relation, access, seen);
    }
  }

  /**
   * A change of a view's rows is one of the relation that it is written through to, in columns that its own do not tell; a lock of it is
   * one of all that it looks into.
   */
  private passOn(view: RelationRow, access: Access): void {
    const key = `${view.oid} ${access}`;
    if ((access !== 'lock' && !CHANGES.has(access)) || this.passedOn.has(key)) return;
    this.passedOn.add(key);
    const detail = this.detail(view.oid);
    const below = access === 'lock' ? (detail?.rule?.relations ?? []) : [detail?.writesThrough ?? 0];
    for (const oid of below) {
      const relation = this.snapshot.relationByOid.get(oid);
      if (relation) this.relation(relation, access, { via: `${view.schema}.${view.name}` });
    }
  }

  private fact({ schema, name, kind }: RelationRow, access: Access, via: string | null, uses: ColumnUses): void {
    this.work.spend(FACT);
    this.found.relation({ schema, name, kind: KINDS[kind] ?? 'unknown', access, via }, uses);
  }

  /**
   * Rows of a partition or child are its parents' rows too. Children of plain inheritance are tables of their own, and are named with
   * the parent that they are read by; so many that they can only be its parts (partitioning of old, chunks) are not, nor are partitions.
   * What is used of them has the same names.
   */
  private family(row: RelationRow, access: Access, inherit: boolean, uses: ColumnUses): void {
    const { parents, children } = this.snapshot;
    this.relatives(row, access, (oid) => parents.get(oid) ?? [], uses);
    if (!inherit || INTO_IT_ALONE.has(access)) return;
    const below = (oid: number) => {
      const own = children.get(oid) ?? [];
      return own.length <= MOST_CHILDREN ? own : [];
    };
    this.relatives(row, access, below, uses);
  }

  /** `seen`: whose own relatives were named; by several ways to it they are the same. */
  private relatives(
    row: RelationRow,
    access: Access,
    next: (oid: number) => readonly number[],
    uses: ColumnUses,
    seen: Set<number> = new Set(),
  ): void {
    if (seen.has(row.oid)) return;
    seen.add(row.oid);
    for (const oid of next(row.oid)) {
      this.work.spend(1);
      const relative = this.snapshot.relationByOid.get(oid);
      if (!relative) continue;
      this.fact(relative, access, `${row.schema}.${row.name}`, uses);
      this.relatives(relative, access, next, uses, seen);
    }
  }

  /** What reading a relation inside a body of `signature` runs though the body does not say so, and the servers that it asks. */
  around(row: RelationRow, signature: string): void {
    if (this.surrounded.has(row.oid)) return;
    this.surrounded.add(row.oid);
    if (row.kind === 'f') this.relation(row, 'select', { via: signature });
    const detail = row.hasChildren ? this.detail(row.oid) : null;
    if (detail) this.foreign(detail, 'select', signature);
    this.planned(row.oid);
    const policies = row.rowSecurity ? this.detail(row.oid)?.policies : null;
    if (policies) this.expression(policies, `${row.schema}.${row.name}`);
  }

  /** What opening a relation or planning it may run, whatever is read of it. */
  private planned(oid: number): void {
    const support = this.snapshot.relationSupport.get(oid);
    if (!support) return;
    for (const fn of support.run) this.part(fn, [TYPE.internal]);
    for (const operator of support.operators) this.operator(operator);
    for (const inlined of support.inlined) {
      const fn = this.snapshot.functionByOid.get(inlined);
      if (fn) this.bodies.open(fn);
      else this.part(inlined, [TYPE.internal]);
    }
  }

  /**
   * A row put into the server's own catalogue is a login, a setting or code that no statement names; pg_settings sets what it
   * is told. What a view is written through to is among what it reads.
   */
  private change(row: RelationRow, seen: Set<number> = new Set()): void {
    this.actsAtOnce ||= this.runsUnseen(row);
    this.further ||= this.snapshot.changesFurther.has(row.oid);
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

  /** Whether a change of its rows runs what nobody vetted. It is no fact: what a table does by itself was somebody else's DDL. */
  private runsUnseen({ oid }: RelationRow): boolean {
    const own = this.changed.has(oid) ? undefined : this.snapshot.writeSupport.get(oid);
    this.changed.add(oid);
    if (!own) return false;
    if (own.includes(0)) return true;
    const found = new Findings();
    const reach = new Reach(this.snapshot, this.types, this.vetting, found, this.work, this.place);
    for (const fn of own) reach.part(fn, [TYPE.internal]);
    for (const each of reach.needs) this.needs.add(each);
    const reads = found.floor.size === 0 && [...found.effects].every((effect) => effect === 'read');
    return !reads || reach.actsAtOnce;
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
      if (relation) this.relation(relation, 'select', { via, uses: this.readBy(reached, relation, via) });
      else this.found.effects.add('dynamic');
      if (relation && typeof secretOf(relation) === 'object') this.found.floor.add('secret_relation');
    }
  }

  /** What a stored expression reads of a relation, as the server wrote it down. */
  private readBy(reached: Reached, relation: RelationRow, via: string | null): ColumnUses {
    const uses = this.usesOf(relation, 'select', via);
    const numbers = reached.columns.get(relation.oid);
    const columns = numbers && this.detail(relation.oid)?.columns;
    if (!columns) {
      uses.reads(null);
      return uses;
    }
    this.work.spend(columns.length + numbers.size);
    const names = new Map(columns.map(({ number, name }) => [number, name]));
    for (const number of numbers) uses.reads(names.get(number) ?? SYSTEM_COLUMNS[-number] ?? null);
    return uses;
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
      this.bodies.open(row);
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
