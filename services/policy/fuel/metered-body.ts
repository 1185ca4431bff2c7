// A function's body with its counting put in.
import { Reader, signed, unsigned } from './binary.ts';
import type { Body, Region } from './body.ts';
import { OP } from './instructions.ts';

const I32 = 0x7f;
const NOTHING = 0x40;

/**
 * Calls that are nested, of recursive functions and through the table. A statement's input nests seven values; the smallest stack that
 * an evaluation has, a main thread's of 984 KB, holds some ten times as many.
 */
export const DEEPEST = 1_000;

export interface Metering {
  type: { parameters: number; results: Uint8Array };
  /** Indices of the module's variables. */
  fuel: number;
  depth: number;
  /** Steps of a region. */
  costOf: (region: Region) => number;
  /** It is counted where it is called. */
  free: boolean;
  /** It may come to itself by calls that name what they call. */
  recursive: boolean;
}

export function meteredBody(body: Body, metering: Metering): Uint8Array {
  const { type, costOf, free, recursive } = metering;
  const { code, regions, indirect, returns, locals } = body;
  const own = type.parameters + locals;
  const [whole, ...loops] = regions;
  const puts: { at: number; skip: number; put: number[] }[] = [];
  const put = (at: number, bytes: number[], skip = 0) => puts.push({ at, skip, put: bytes });

  if (!free) put(whole.at, spend(metering.fuel, own, costOf(whole)));
  if (recursive) put(whole.at, [...deeper(metering.depth, own), OP.block, blockType(type.results)]);
  for (const loop of loops) put(loop.at, spend(metering.fuel, own, costOf(loop)));
  for (const { at, end } of indirect) {
    put(at, deeper(metering.depth, own));
    put(end, shallower(metering.depth));
  }
  if (recursive) {
    // A return leaves the block that now is around all, as branches to the function's end do.
    for (const { at, nesting } of returns) put(at, [OP.br, ...unsigned(nesting)], 1);
    put(code.length, [...shallower(metering.depth), OP.end]);
  }
  if (puts.length === 0) return Buffer.concat([Uint8Array.from(unsigned(code.length)), code]);

  const parts: Uint8Array[] = [declarations(code)];
  let from = whole.at;
  for (const { at, skip, put } of puts.sort((a, b) => a.at - b.at)) {
    parts.push(code.subarray(from, at), Uint8Array.from(put));
    from = at + skip;
  }
  parts.push(code.subarray(from));
  const all = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.from(unsigned(all.length)), all]);
}

/** With a variable of ours behind the function's own. */
function declarations(code: Uint8Array): Uint8Array {
  const reader = new Reader(code);
  const count = reader.unsigned();
  const first = reader.at;
  for (let i = 0; i < count; i++) {
    reader.skipNumber();
    reader.byte();
  }
  return Buffer.concat([Uint8Array.from(unsigned(count + 1)), code.subarray(first, reader.at), Uint8Array.of(1, I32)]);
}

function blockType(results: Uint8Array): number {
  if (results.length > 1) throw new Error('The module has a recursive function with more than one result.');
  return results[0] ?? NOTHING;
}

const stopIf = (comparison: number) => [comparison, OP.if, NOTHING, OP.unreachable, OP.end];

function spend(fuel: number, local: number, steps: number): number[] {
  const variable = unsigned(local);
  const left = [OP.globalGet, ...unsigned(fuel), OP.constant, ...signed(steps), OP.subtract, OP.localTee, ...variable];
  const stop = [OP.localGet, ...variable, OP.constant, 0, ...stopIf(OP.less)];
  return [...left, OP.globalSet, ...unsigned(fuel), ...stop];
}

function deeper(depth: number, local: number): number[] {
  const variable = unsigned(local);
  const more = [OP.globalGet, ...unsigned(depth), OP.constant, 1, OP.add, OP.localTee, ...variable];
  const stop = [OP.localGet, ...variable, OP.constant, ...signed(DEEPEST), ...stopIf(OP.greater)];
  return [...more, OP.globalSet, ...unsigned(depth), ...stop];
}

const shallower = (depth: number): number[] => [
  ...[OP.globalGet, ...unsigned(depth), OP.constant, 1, OP.subtract],
  ...[OP.globalSet, ...unsigned(depth)],
];
