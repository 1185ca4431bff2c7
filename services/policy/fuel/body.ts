// A function's body, read once: what is counted where.
import { Reader } from './binary.ts';
import { DIVISIONS, next, OP } from './instructions.ts';

/** What runs once each time that `at` is passed: a function's beginning, or a loop's. What is in loops within it is theirs. */
export interface Region {
  at: number;
  instructions: number;
  /** Among them those that divide. */
  divisions: number;
  /** Functions that are called by their name, as often as it stands there. */
  calls: number[];
  /** How many calls go through the table. */
  indirect: number;
}

export interface Body {
  code: Uint8Array;
  /** Variables that it declares. */
  locals: number;
  /** The function's own first. */
  regions: [Region, ...Region[]];
  /** Beginnings and ends of calls through the table. */
  indirect: { at: number; end: number }[];
  /** Places of returns, and how many blocks each is in. */
  returns: { at: number; nesting: number }[];
}

export function readBody(code: Uint8Array): Body {
  const reader = new Reader(code);
  let locals = 0;
  reader.vector(() => {
    locals += reader.unsigned();
    reader.byte();
  });
  const whole: Region = { at: reader.at, instructions: 0, divisions: 0, calls: [], indirect: 0 };
  const body: Body = { code, locals, regions: [whole], indirect: [], returns: [] };
  const open: Region[] = [whole];
  while (!reader.done) {
    const at = reader.at;
    const { op, operand } = next(reader);
    const region = open.at(-1) ?? whole;
    region.instructions++;
    if (DIVISIONS.has(op)) region.divisions++;
    if (op === OP.call) region.calls.push(operand);
    if (op === OP.callIndirect) {
      region.indirect++;
      body.indirect.push({ at, end: reader.at });
    }
    if (op === OP.return) body.returns.push({ at, nesting: open.length - 1 });
    if (op === OP.block || op === OP.if) open.push(region);
    if (op === OP.loop) {
      const loop: Region = { at: reader.at, instructions: 0, divisions: 0, calls: [], indirect: 0 };
      body.regions.push(loop);
      open.push(loop);
    }
    if (op === OP.end) open.pop();
  }
  return body;
}
