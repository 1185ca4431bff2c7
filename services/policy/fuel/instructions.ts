// The instructions of a function's body, one after the other.
import type { Reader } from './binary.ts';

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  grow: 0x40,
  constant: 0x41,
  less: 0x48,
  greater: 0x4a,
  add: 0x6a,
  subtract: 0x6b,
  shiftRight: 0x76,
} as const;

/** Division, remainder and square root, of any type. */
export const DIVISIONS = new Set([0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x91, 0x95, 0x9f, 0xa3]);

const PREFIX = 0xfc;
export interface Instruction {
  /** Of `OP`; of those with a prefix, prefix and number. */
  op: number;
  /** What is called, or the type of what is called indirectly; else 0. */
  operand: number;
}

/** Leaves `reader` behind the instruction. Throws for one that it does not know: it may take any time. */
export function next(reader: Reader): Instruction {
  const op = reader.byte();
  const operand = op === PREFIX ? reader.unsigned() : 0;
  if (op === PREFIX) return { op: conversion(operand), operand: 0 };
  if (op === OP.call) return { op, operand: reader.unsigned() };
  if (op === OP.callIndirect) {
    const type = reader.unsigned();
    reader.skipNumber();
    return { op, operand: type };
  }
  skipOperands(op, reader);
  return { op, operand: 0 };
}

function skipOperands(op: number, reader: Reader): void {
  if (op === 0x0e) {
    reader.vector(() => reader.skipNumber());
    reader.skipNumber();
  } else if (op >= 0x28 && op <= 0x3e) {
    reader.skipNumber();
    reader.skipNumber();
  } else if (op === 0x43) reader.bytes(4);
  else if (op === 0x44) reader.bytes(8);
  else if (
    (op >= OP.block && op <= OP.if) ||
    op === OP.br ||
    op === 0x0d ||
    (op >= OP.localGet && op <= OP.globalSet) ||
    (op >= 0x3f && op <= 0x42)
  )
    reader.skipNumber();
  else if (
    !(
      op <= 0x01 ||
      op === 0x05 ||
      op === OP.end ||
      op === OP.return ||
      op === 0x1a ||
      op === 0x1b ||
      (op >= 0x45 && op <= 0xc4)
    )
  )
    throw new Error(`The policy's module has an instruction (0x${op.toString(16)}) whose cost is not known.`);
}

function conversion(number: number): number {
  // Conversions. What copies and fills memory takes as long as its operands say, and OPA's modules have none of it.
  if (number > 7) throw new Error(`The policy's module has an instruction (0xfc ${number}) whose cost is not known.`);
  return (PREFIX << 8) | number;
}
