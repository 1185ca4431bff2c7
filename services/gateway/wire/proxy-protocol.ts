// The PROXY protocol, versions 1 and 2: a balancer says first whose connection it brings. Source: haproxy's
// doc/proxy-protocol.txt, whose rule is kept that a receiver does not guess: who is trusted with it must send it, or a client
// behind a balancer that does not could name any address it likes.
import { isIPv4, isIPv6 } from 'node:net';
import type { Readable } from 'node:stream';
import { plainAddress } from './addresses.ts';
import { ProtocolViolation } from './frames.ts';
import { readExactly } from './read-exactly.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIRST = 8;
/** Of version 1, with its CR LF. */
const LONGEST_LINE = 107;
/** Of version 2's addresses and extensions; more than any balancer sends. */
const LONGEST_BLOCK = 4_096;

/**
 * The client's address as the header names it; null where it names none (the balancer's own health check, a Unix socket). What
 * stands behind it stays in the stream. Throws ProtocolViolation for anything else, and ConnectionEnded.
 */
export async function readProxyHeader(stream: Readable): Promise<string | null> {
  const first = await readExactly(stream, FIRST);
  if (first.toString('latin1', 0, 6) === 'PROXY ') return version1(await restOfLine(stream, first));
  if (first.equals(SIGNATURE.subarray(0, FIRST))) return version2(stream);
  throw none();
}

async function restOfLine(stream: Readable, first: Buffer): Promise<string> {
  let line = first.toString('latin1');
  while (!line.endsWith('\n')) {
    if (line.length >= LONGEST_LINE) throw none();
    line += (await readExactly(stream, 1)).toString('latin1');
  }
  return line;
}

function version1(line: string): string | null {
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/.test(line)) return null;
  const [, family, source = '', destination = '', ...ports] =
    /^PROXY (TCP4|TCP6) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line) ?? [];
  const valid = family === 'TCP4' ? isIPv4 : isIPv6;
  if (family === undefined || !valid(source) || !valid(destination) || ports.some((port) => Number(port) > 65_535))
    throw none();
  return plainAddress(source);
}

const LOCAL = 0;
const PROXY = 1;
/** Family and transport: IPv4 and IPv6 over TCP, with the length of their addresses and ports. */
const ADDRESSES: Record<number, number | undefined> = { 17: 12, 33: 36 };
/** Unspecified, and Unix sockets: of no address. */
const WITHOUT = new Set([0, 49]);

async function version2(stream: Readable): Promise<string | null> {
  const head = await readExactly(stream, 8);
  if (!head.subarray(0, 4).equals(SIGNATURE.subarray(FIRST))) throw none();
  const [version, family, length] = [head.readUInt8(4), head.readUInt8(5), head.readUInt16BE(6)];
  const command = version & 0x0f;
  if (version >>> 4 !== 2 || (command !== LOCAL && command !== PROXY) || length > LONGEST_BLOCK) throw none();
  const block = length === 0 ? Buffer.alloc(0) : await readExactly(stream, length);
  if (command === LOCAL || WITHOUT.has(family)) return null;
  const least = ADDRESSES[family];
  if (least === undefined || block.length < least) throw none();
  if (family === 17) return [...block.subarray(0, 4)].join('.');
  const groups = Array.from({ length: 8 }, (_, n) => block.readUInt16BE(2 * n).toString(16));
  return plainAddress(groups.join(':'));
}

const none = () => new ProtocolViolation('the balancer must say first whose connection this is (PROXY protocol)');
