// What becomes of a statement's values: they are made, printed, compared and cast, and their types run functions for it that no text
// names.
import type { Snapshot } from '../catalogue-snapshot.ts';
import { FIRST_OWN_OID } from '../catalogue-rows.ts';
import type { Reach } from './reach.ts';
import { ANY, TYPE, type Types } from './types.ts';
import type { Work } from './work.ts';

export class Values {
  /** What is written as a literal may be a parameter, of which EXECUTE gives a value of any type. */
  literalsGivenLater = false;
  private readonly printed = new Set<number>();
  private readonly made = new Set<number>();
  private readonly compared = new Set<number>();
  private readonly jsoned = new Set<number>();
  /** Casts that were looked at: what one reaches, its like reaches too. */
  private readonly becoming = new Set<string>();
  private readonly reach: Reach;
  private readonly snapshot: Snapshot;
  private readonly types: Types;
  private readonly work: Work;

  constructor(reach: Reach, snapshot: Snapshot, types: Types, work: Work) {
    this.reach = reach;
    this.snapshot = snapshot;
    this.types = types;
    this.work = work;
  }

  /** A value of a type is printed, stored or compared whole. */
  output(type: number): void {
    if (type < FIRST_OWN_OID || this.printed.has(type)) return;
    this.printed.add(type);
    this.inside(type, (inner) => this.output(inner));
    if (this.types.kind(type) === 'b') this.support(type);
  }

  /** A value of a type is made: from a literal, by a cast, by a parameter. */
  make(type: number): void {
    if (type < FIRST_OWN_OID || this.made.has(type)) return;
    this.made.add(type);
    this.inside(type, (inner) => this.make(inner));
    if (this.types.kind(type) === 'b') this.support(type);
    for (const fn of this.snapshot.rangeParts.get(type)?.functions ?? []) this.reach.part(fn, [TYPE.internal]);
    const checks = this.snapshot.domainChecks.get(type);
    if (checks) this.reach.expression(checks, null);
  }

  /** Types of the users' own of which values are made. */
  ownMade(): number[] {
    return [...this.made].filter((type) => type !== ANY);
  }

  /** A literal, or a parameter whose type is left open, becomes a value of a type; of any where it is ANY. */
  literal(type: number): void {
    this.make(type);
    if (type !== ANY || this.made.has(ANY)) return;
    this.made.add(ANY);
    for (const own of [...this.snapshot.domainChecks.keys(), ...this.snapshot.rangeParts.keys()]) this.make(own);
  }

  /** Values of a type (ANY where it is not known) are sorted, grouped or tested for equality by its default operators. */
  compare(type: number): void {
    if (this.compared.has(type)) return;
    this.compared.add(type);
    if (type === ANY) {
      // It may be of any type that somebody gave a comparison of their own.
      for (const own of this.snapshot.comparisons.keys()) this.compare(own);
      return;
    }
    this.inside(type, (inner) => this.compare(inner));
    const range = this.snapshot.rangeParts.get(type)?.functions ?? [];
    for (const fn of [...range, ...(this.snapshot.comparisons.get(type) ?? [])]) this.reach.part(fn, [TYPE.internal]);
  }

  /** A value may be made JSON of, whole or inside another: a cast to json that is the type's own is then used. */
  json(type: number): void {
    if (type !== ANY && (type < FIRST_OWN_OID || this.jsoned.has(type))) return;
    this.jsoned.add(type);
    this.inside(type, (inner) => this.json(inner));
    const { casts, ownCasts } = this.snapshot;
    for (const to of [TYPE.json, TYPE.jsonb]) {
      const possible = type === ANY ? ownCasts.get(to) : casts.get(type)?.filter(({ target }) => target === to);
      for (const cast of possible ?? []) if (cast.function !== 0) this.reach.hidden(cast.function);
    }
  }

  /** A row without a name of its own: what becomes of it is followed no further, so all that could counts. */
  record(types: readonly number[]): void {
    for (const type of types) {
      this.output(type);
      this.compare(type);
      this.json(type);
    }
  }

  private inside(type: number, look: (inner: number) => void): void {
    const row = this.snapshot.typeByOid.get(type);
    const relation = row?.kind === 'c' ? row.relation : this.snapshot.relationByRowType.get(type)?.oid;
    if (row?.element) look(row.element);
    if (row?.kind === 'd' && row.base) look(row.base);
    const range = this.snapshot.rangeParts.get(type);
    if (range) look(range.subtype);
    const columns = relation === undefined ? [] : (this.reach.detail(relation)?.columns ?? []);
    this.work.spend(columns.length);
    for (const column of columns) look(column.type);
  }

  /** The functions of a type that the server calls itself; a list of ours knows them, or they count as unvetted. */
  private support(type: number): void {
    for (const fn of this.snapshot.typeByOid.get(type)?.functions ?? []) {
      this.reach.part(fn, [TYPE.internal, TYPE.cstring]);
    }
  }

  /** A value of type `from` becomes one of type `to`: by itself, or (`explicit`) by a cast that is written or an assignment. */
  cast(from: number, to: number, explicit = false): void {
    if (from === to && from !== ANY) return;
    this.work.spend(1);
    const key = `${from} ${to} ${explicit}`;
    if (this.becoming.has(key)) return;
    this.becoming.add(key);
    if (to === ANY) {
      // A literal becomes what it meets; a parameter of no known type that it meets becomes what it is.
      if (from === TYPE.unknown) this.literal(ANY);
      else this.make(from);
      this.castAnywhere(from, explicit);
      return;
    }
    this.make(to);
    const source = this.types.base(from);
    const target = this.types.base(to);
    this.resize(target);
    if (from === TYPE.unknown) {
      if (this.literalsGivenLater) this.cast(ANY, to, true);
      return;
    }
    // An array's elements and a row's fields become what is wanted one by one.
    if (from === ANY) {
      const element = this.types.element(target);
      if (element !== 0) this.cast(ANY, element, explicit);
      else if (this.types.composite(target)) this.inside(target, (column) => this.cast(ANY, column, explicit));
    }
    // An anonymous row's fields become the columns of the named one.
    if (source === TYPE.record && this.types.composite(target)) {
      this.inside(target, (column) => this.cast(ANY, column, explicit));
      return;
    }
    const elements = [this.types.element(source), this.types.element(target)] as const;
    if (elements[0] !== 0 && elements[1] !== 0) this.cast(elements[0], elements[1], explicit);
    const possible =
      from === ANY
        ? this.snapshot.ownCasts.get(target)
        : this.snapshot.casts.get(source)?.filter((cast) => cast.target === target);
    for (const cast of possible ?? [])
      if (cast.function !== 0 && (explicit || cast.implicit)) this.reach.hidden(cast.function);
    this.output(from);
  }

  /** A value of one of the server's types, which is not known, becomes one of type `to`. */
  ofServers(to: number): void {
    this.make(to);
    const target = this.types.base(to);
    this.resize(target);
    const key = `servers ${target}`;
    if (this.becoming.has(key)) return;
    this.becoming.add(key);
    const element = this.types.element(target);
    if (element !== 0) this.ofServers(element);
    else if (this.types.composite(target)) this.inside(target, (column) => this.ofServers(column));
    for (const cast of this.snapshot.ownCasts.get(target) ?? [])
      if (cast.source < FIRST_OWN_OID) this.reach.hidden(cast.function);
  }

  /** What the value becomes is not known: every cast of the users' own that it could take counts. */
  private castAnywhere(from: number, explicit: boolean): void {
    for (const cast of this.snapshot.casts.get(this.types.base(from)) ?? []) {
      if (cast.function >= FIRST_OWN_OID && (explicit || cast.implicit)) this.reach.hidden(cast.function);
    }
  }

  /** A window's RANGE offset becomes what the ordering's operator class takes: a type of the server's, or one with a class of its own. */
  castToOffset(from: number): void {
    for (const cast of this.snapshot.casts.get(this.types.base(from)) ?? []) {
      const possible = cast.target < FIRST_OWN_OID || this.snapshot.comparisons.has(cast.target);
      if (possible && cast.implicit && cast.function >= FIRST_OWN_OID) this.reach.hidden(cast.function);
    }
  }

  /** A type's modifier, `numeric(10, 2)`, is a cast of the type to itself. */
  resize(type: number): void {
    for (const cast of this.snapshot.casts.get(this.types.element(type) || type) ?? [])
      if (cast.source === cast.target && cast.function !== 0) this.reach.hidden(cast.function);
  }
}
