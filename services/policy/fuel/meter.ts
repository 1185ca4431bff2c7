// A policy's module made to count what it does, and to stop itself: nothing else can interrupt an evaluation.
import { moduleOf, Reader, SECTION, type Section, sectionsOf, signed, unsigned, vector } from './binary.ts';
import { type Body, readBody, type Region } from './body.ts';
import { recursiveFunctions } from './call-graph.ts';
import { next, OP } from './instructions.ts';
import { meteredBody } from './metered-body.ts';

/** Exports of a module that counts: steps that are left, and how deep calls are nested. Both i32, both for the host to set. */
export const FUEL = 'sudoql_fuel';
export const DEPTH = 'sudoql_depth';
/** Where memory has what the module's own functions change beside the heap: from and to. */
export const STATE_FROM = 'sudoql_state_from';
export const STATE_TO = 'sudoql_state_to';
/** Exported as well: the module's own variables (its stack), which the host sets back after a stop. Followed by a number. */
export const VARIABLE = 'sudoql_variable_';

/** Small functions without loops are counted where they are called, which costs nothing when it runs. Steps. */
const FLAT = 100;
/** Of one call, beside the steps of what is called. */
const CALL = 4;
/** Of one division, which takes a processor as long as these. */
const DIVISION = 15;
/** At most so many of a region's instructions count: a function that has more leaves by an early branch, mostly. */
const MOST = 20;

const I32 = 0x7f;
/** What a module has until its host says otherwise: it must be able to begin. */
export const MOST_FUEL = 2 ** 31 - 1;
const EMPTY = Uint8Array.of(0);
const GLOBAL_EXPORT = 3;

/**
 * The same module, which takes from `FUEL` at each function's beginning and each turn of a loop what comes before the next of these,
 * and traps when nothing is left; which traps as well when recursive and indirect calls are nested deeper than the host thread's
 * stack is sure to hold. Steps are instructions, all branches counted. The count depends on nothing but what is evaluated.
 * Throws for what is no module, and for one with instructions whose cost is not known.
 */
export function withFuel(wasm: Uint8Array): Uint8Array {
  const sections = sectionsOf(wasm);
  const content = (id: number) => new Reader(sections.find((one) => one.id === id)?.content ?? EMPTY);
  const of = <T>(id: number, read: (reader: Reader) => T): T[] => {
    const reader = content(id);
    return reader.vector(() => read(reader));
  };
  const types = of(SECTION.types, readType);
  const imported = of(SECTION.imports, importedFunction).filter((type) => type !== null);
  const functions = [...imported, ...of(SECTION.functions, (reader) => reader.unsigned())];
  const globals = of(SECTION.globals, readGlobal);
  const bodies = new Map(
    of(SECTION.code, (reader) => readBody(reader.bytes(reader.unsigned()))).map((body, i) => [
      imported.length + i,
      body,
    ]),
  );

  // A circle of calls goes through the table, where every call is counted, or it does not: then its functions are these.
  const calls = new Map([...bodies].map(([index, { regions }]) => [index, regions.flatMap((region) => region.calls)]));
  const recursive = recursiveFunctions(calls);
  const { costOf, flat } = costsOf(bodies, recursive);
  const [fuel, depth] = [globals.length, globals.length + 1];
  const metered = [...bodies].map(([index, body]) => {
    const type = types[functions[index] ?? -1];
    if (!type) throw new Error('The module has a function without a type.');
    return meteredBody(body, { type, fuel, depth, costOf, free: flat.has(index), recursive: recursive.has(index) });
  });

  const state = stateOf(of(SECTION.data, readSegment));
  const variables = globals.flatMap((changes, i) => (changes ? [named(`${VARIABLE}${i}`, i)] : []));
  const made = put(
    put(
      sections,
      SECTION.globals,
      extended(content(SECTION.globals), [variable(MOST_FUEL), variable(0), ...state.map(constant)]),
    ),
    SECTION.exports,
    extended(content(SECTION.exports), [
      ...variables,
      ...[FUEL, DEPTH, STATE_FROM, STATE_TO].map((name, i) => named(name, globals.length + i)),
    ]),
  );
  return moduleOf(wasm, bodies.size > 0 ? put(made, SECTION.code, vector(metered)) : made);
}

/**
 * What the regions of functions cost, and which functions are counted where they are called, for that costs nothing when it runs:
 * those that do little outside their loops and do not come to themselves again.
 */
function costsOf(bodies: ReadonlyMap<number, Body>, recursive: ReadonlySet<number>) {
  const flat = new Map<number, number>();
  const known = new Set<number>();
  const costOf = ({ instructions, divisions, calls, indirect }: Region): number =>
    calls.reduce(
      (sum, called) => sum + CALL + flatCostOf(called),
      Math.min(instructions, MOST) + divisions * DIVISION + indirect * (CALL + FLAT),
    );
  const flatCostOf = (index: number): number => {
    const body = bodies.get(index);
    if (body && !known.has(index) && !recursive.has(index)) {
      const cost = costOf(body.regions[0]);
      if (cost <= FLAT) flat.set(index, cost);
      known.add(index);
    }
    // What counts by itself, or is the host's to count, costs nothing here.
    return flat.get(index) ?? 0;
  };
  for (const index of bodies.keys()) flatCostOf(index);
  return { costOf, flat };
}

function readType(reader: Reader): { parameters: number; results: Uint8Array } {
  if (reader.byte() !== 0x60) throw new Error('The module has a type that is no function.');
  const parameters = reader.bytes(reader.unsigned()).length;
  return { parameters, results: reader.bytes(reader.unsigned()) };
}

/** The type of an imported function. A module of OPA's imports functions and its memory, nothing else. */
function importedFunction(reader: Reader): number | null {
  reader.bytes(reader.unsigned());
  reader.bytes(reader.unsigned());
  const kind = reader.byte();
  if (kind === 0) return reader.unsigned();
  if (kind !== 2) throw new Error('The module imports what is neither a function nor a memory.');
  const limits = reader.byte();
  reader.skipNumber();
  if (limits & 1) reader.skipNumber();
  return null;
}

/** Whether it can change. */
function readGlobal(reader: Reader): boolean {
  reader.byte();
  const changes = reader.byte() === 1;
  while (next(reader).op !== OP.end);
  return changes;
}

const constant = (value: number) => Uint8Array.of(I32, 0, OP.constant, ...signed(value), OP.end);

const variable = (value: number) => Uint8Array.of(I32, 1, OP.constant, ...signed(value), OP.end);

interface Segment {
  address: number;
  size: number;
}

/**
 * OPA's runtime is linked as constants, data that begins with a value, and data that begins as zero; its compiler puts texts behind.
 * That nothing else changes is held by a test.
 */
function stateOf([, first, last]: Segment[]): [from: number, to: number] {
  return first && last ? [first.address, last.address + last.size] : [0, 0];
}

function readSegment(reader: Reader): Segment {
  if (reader.unsigned() !== 0 || reader.byte() !== OP.constant) throw new Error('The module has data without a place.');
  const address = reader.signed();
  if (reader.byte() !== OP.end) throw new Error('The module has data without a place.');
  const size = reader.unsigned();
  reader.bytes(size);
  return { address, size };
}

function named(name: string, index: number): Uint8Array {
  const text = Buffer.from(name);
  return Buffer.concat([
    Uint8Array.from(unsigned(text.length)),
    text,
    Uint8Array.of(GLOBAL_EXPORT, ...unsigned(index)),
  ]);
}

/** A vector with more behind it. */
function extended(reader: Reader, more: readonly Uint8Array[]): Uint8Array {
  const count = reader.unsigned() + more.length;
  return Buffer.concat([Uint8Array.from(unsigned(count)), reader.all.subarray(reader.at), ...more]);
}

/** In place of the section of that kind, or where it belongs. */
function put(sections: readonly Section[], id: number, content: Uint8Array): Section[] {
  const at = sections.findIndex((section) => section.id === id);
  if (at >= 0) return sections.with(at, { id, content });
  const behind = sections.findIndex((section) => section.id > id);
  return sections.toSpliced(behind < 0 ? sections.length : behind, 0, { id, content });
}
