// What the decisions' runtime asks of us: what OPA's WASM lacks, and what it computes otherwise than OPA does (compiler/ours.go).
// Deterministic: they see only their arguments.
import { CALENDAR } from './calendar.ts';
import { cidrContains, cidrIntersects } from './cidr.ts';

/** Of JSON's values, whole numbers beyond 2^53 as BigInt; undefined makes the call undefined. */
export type HostFunction = (...args: unknown[]) => unknown;

export const HOST_FUNCTIONS: Record<string, HostFunction> = {
  ...CALENDAR,
  'sudoql.format_int': formatInt,
  'sudoql.net.cidr_contains': cidrContains,
  'sudoql.net.cidr_intersects': cidrIntersects,
  'sudoql.replace': replace,
  'sudoql.to_number': toNumber,
};

/** Characters of a text that replacing may make. */
const LONGEST = 1_000_000;
const NUMERAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

function formatInt(number: unknown, base: unknown): string | undefined {
  const radix = Number(base);
  if (![2, 8, 10, 16].includes(radix)) return undefined;
  if (typeof number === 'bigint') return number.toString(radix);
  return typeof number === 'number' && Number.isFinite(number) ? BigInt(Math.trunc(number)).toString(radix) : undefined;
}

/** An empty text is nowhere. */
function replace(text: unknown, old: unknown, by: unknown): string | undefined {
  if (typeof text !== 'string' || typeof old !== 'string' || typeof by !== 'string' || old === '') return undefined;
  const pieces = text.length > LONGEST ? [] : text.split(old);
  // A fault, which denies: nothing that a policy makes of a statement is so long.
  if (text.length + pieces.length * by.length > LONGEST) throw new Error('what replace makes is too long');
  return pieces.join(by);
}

function toNumber(value: unknown): unknown {
  if (value === null || value === false) return 0;
  if (value === true) return 1;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return typeof value === 'string' && NUMERAL.test(value) ? new Numeral(value) : undefined;
}

/** A number as it is written, which JavaScript's own might not hold. */
class Numeral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text);
  }
}
