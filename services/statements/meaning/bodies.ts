// What runs inside the bodies of functions: resolved when they were made, or looked up when they run, by the path and as the
// user of that moment. A vetted body says what it calls, not what that does today: whatever of the users' own it can reach must
// be vetted as well, or CREATE OR REPLACE of that, or a name put before it, runs what nobody looked at.
import type { BodyNames } from '../body-names.ts';
import { FIRST_OWN_OID, type FunctionRow, type Reached, type RelationRow } from '../catalogue-rows.ts';
import type { Snapshot } from '../catalogue-snapshot.ts';
import type { Vetting } from '../vetting/verdict.ts';
import { schemasAlong } from './names.ts';
import type { Reach } from './reach.ts';
import type { Work } from './work.ts';

export interface BodyPlace {
  /** The session's search_path when bodies run; null when it is not known. */
  searchPath: string | null;
  login: string;
  /** Whether the session can have temporary objects of its own. */
  temporaries: boolean;
}

/** Schemas that a body looks through, in whatever order: its owner may use one that its caller may not. Null for all. */
type Through = ReadonlySet<string> | null;

const TEMPORARY = /^pg_temp(_\d+)?$/;
/** Words of a body that may leave its session with another path. */
const CHANGES_PATH = ['set_config', 'search_path', 'reset'];

export class Bodies {
  /** A body may change the path of whatever runs behind it. */
  changesPath = false;
  readonly #opened = new Set<number>();
  /** Bodies that look their names up along the session's path, and every path that one may run under here. */
  readonly #late: FunctionRow[] = [];
  readonly #paths = new Set<string | null>();
  readonly #users = new Set<string>();
  readonly #through = new Map<string, Through>();
  readonly #typesInSight = new Set<number>();
  readonly #reach: Reach;
  readonly #snapshot: Snapshot;
  readonly #vetting: Vetting;
  readonly #work: Work;
  readonly #place: BodyPlace | null;

  /** `place`: null where only what was resolved is to be followed. */
  constructor(reach: Reach, snapshot: Snapshot, vetting: Vetting, work: Work, place: BodyPlace | null) {
    this.#reach = reach;
    this.#snapshot = snapshot;
    this.#vetting = vetting;
    this.#work = work;
    this.#place = place;
    if (!place) return;
    this.#users.add(place.login);
    this.#paths.add(place.searchPath);
    this.#through.set(...this.#schemas(place.searchPath, place.login));
  }

  /** Of a function that may run: what its body reaches. */
  open(fn: FunctionRow): void {
    const { oid, late, definer } = fn;
    const resolved = this.#snapshot.resolvedBodies.get(oid);
    if ((!late && !resolved) || this.#opened.has(oid)) return;
    this.#opened.add(oid);
    this.#reach.values.make(fn.returns);
    if (resolved) this.#resolved(resolved, fn.signature);
    if (!late || !this.#place) return;
    if (definer !== null) this.#alsoAs(definer);
    if (fn.ownPath === null) {
      for (const through of this.#through.values()) this.#lookUp(fn, late, through);
      this.#late.push(fn);
    } else {
      for (const user of this.#users) this.#lookUp(fn, late, this.#schemas(fn.ownPath, user)[1]);
      // What it calls runs along its path.
      this.#alsoAlong(fn.ownPath);
    }
    if (CHANGES_PATH.some((word) => late.words.has(word)) || (late.words.has('set') && late.words.has('schema'))) {
      this.changesPath = true;
      this.#alsoAlong(null);
      if (fn.ownPath !== null) this.#lookUp(fn, late, null);
    }
  }

  #alsoAs(user: string): void {
    if (this.#users.has(user)) return;
    this.#users.add(user);
    for (const path of this.#paths) this.#also(path, user);
  }

  #alsoAlong(path: string | null): void {
    if (this.#paths.has(path)) return;
    this.#paths.add(path);
    for (const user of this.#users) this.#also(path, user);
  }

  #also(path: string | null, user: string): void {
    const [key, through] = this.#schemas(path, user);
    if (this.#through.has(key)) return;
    this.#through.set(key, through);
    for (const fn of [...this.#late]) if (fn.late) this.#lookUp(fn, fn.late, through);
  }

  #schemas(path: string | null, user: string): [string, Through] {
    this.#work.spend((path?.length ?? 0) / 4);
    const schemas = path === null ? null : schemasAlong(path, user);
    return [JSON.stringify(schemas), schemas && new Set(schemas)];
  }

  #resolved(reached: Reached, signature: string): void {
    const { operatorByOid, operatorSupport, relationByOid } = this.#snapshot;
    this.#work.spend(reached.functions.length + reached.operators.length + reached.relations.length);
    for (const oid of reached.functions) {
      this.#own(oid);
      const name = this.#snapshot.functionByOid.get(oid)?.name;
      if (name === 'set_config') this.changesPath = true;
      if (name === 'current_schema' || name === 'current_schemas') this.#reach.asksForSchema = true;
    }
    for (const oid of reached.operators) {
      this.#own(operatorByOid.get(oid)?.function ?? 0);
      for (const fn of operatorSupport.get(oid) ?? []) this.#own(fn);
    }
    for (const oid of reached.relations) {
      const row = relationByOid.get(oid);
      if (row) this.#read(row, signature);
    }
    for (const type of reached.types) this.#inSight(type);
  }

  #lookUp(fn: FunctionRow, late: BodyNames, through: Through): void {
    const { functions, operators, relations, types } = this.#snapshot;
    if (late.words.has('current_schema') || late.words.has('current_schemas')) this.#reach.asksForSchema = true;
    this.#work.spend(late.called.length + late.operators.length + 2 * late.words.size);
    const temporaries = this.#place?.temporaries === true;
    const seen = ({ schema }: { schema: string }) =>
      TEMPORARY.test(schema) ? temporaries : through === null || through.has(schema) || late.words.has(schema);
    for (const word of late.words) {
      for (const row of relations.get(word) ?? []) {
        if (!seen(row)) continue;
        this.#read(row, fn.signature);
        for (const type of this.#snapshot.ownColumnTypes.get(row.oid) ?? []) this.#inSight(type);
        if (row.kind === 'c') this.#inSight(row.rowType);
        else this.#casts(row.rowType);
      }
      for (const row of types.get(word) ?? []) if (seen(row)) this.#inSight(row.oid);
    }
    for (const type of [...fn.args, fn.returns]) this.#inSight(type);
    for (const name of late.called) for (const row of functions.get(name) ?? []) if (seen(row)) this.#own(row.oid);
    for (const name of late.operators) {
      // One over a type of the users' own does not come before the server's.
      for (const row of operators.get(name) ?? [])
        if (seen(row) && this.#overSeen(row.left) && this.#overSeen(row.right)) this.#own(row.function);
    }
  }

  #overSeen(type: number): boolean {
    return type < FIRST_OWN_OID || this.#typesInSight.has(type);
  }

  /** Whatever could be done with a value of it by functions that nobody names. */
  #inSight(type: number): void {
    if (type < FIRST_OWN_OID || this.#typesInSight.has(type)) return;
    this.#casts(type);
    const { values } = this.#reach;
    values.make(type);
    values.record([type]);
  }

  #casts(type: number): void {
    if (type < FIRST_OWN_OID || this.#typesInSight.has(type)) return;
    this.#typesInSight.add(type);
    const { casts, ownCasts } = this.#snapshot;
    for (const cast of [...(casts.get(type) ?? []), ...(ownCasts.get(type) ?? [])]) this.#own(cast.function);
  }

  /**
   * A relation is read in a body: a view's query, a policy and what planning runs are no part of that; nor is it that the table, or a
   * part of it, is on another server by now.
   */
  #read(row: RelationRow, signature: string): void {
    if (row.oid < FIRST_OWN_OID) return;
    if (row.kind === 'v') this.#reach.relation(row, 'select', { via: signature });
    else this.#reach.around(row, signature);
  }

  /** A function of the users' own, which an extension's is not: its version and body are known. */
  #own(oid: number): void {
    const fn = oid < FIRST_OWN_OID ? undefined : this.#snapshot.functionByOid.get(oid);
    if (!fn || this.#vetting.trusted(fn)) return;
    this.#reach.hidden(oid);
    const defaults = this.#snapshot.argumentDefaults.get(oid);
    if (defaults && !this.#opened.has(-oid)) {
      this.#opened.add(-oid);
      this.#resolved(defaults, fn.signature);
    }
  }
}
