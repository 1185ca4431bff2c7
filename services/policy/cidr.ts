// Networks as Go's net reads and compares them, which OPA's net.cidr_… functions go by.

interface Network {
  /** 4 or 16, of an IPv4-mapped address 4. */
  bytes: number[];
  mask: number[];
}

/** Whether `network` contains an address, or all of another network. Undefined for what is neither. */
export function cidrContains(network: unknown, inner: unknown): boolean | undefined {
  const outer = parseNetwork(network);
  if (!outer || typeof inner !== 'string') return undefined;
  const address = parseAddress(inner);
  if (address) return contains(outer, shortened(address));
  const other = parseNetwork(inner);
  if (!other) return undefined;
  return contains(outer, shortened(other.bytes)) && contains(outer, shortened(last(other)));
}

/** Whether two networks have an address in common. Undefined for what is no network. */
export function cidrIntersects(one: unknown, other: unknown): boolean | undefined {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  return a && b ? contains(a, shortened(b.bytes)) || contains(b, shortened(a.bytes)) : undefined;
}

function contains({ bytes, mask }: Network, address: number[]): boolean {
  const own = shortened(bytes);
  if (own.length !== address.length) return false;
  const significant = mask.slice(mask.length - own.length);
  return own.every((byte, i) => (byte & (significant[i] ?? 0)) === ((address[i] ?? 0) & (significant[i] ?? 0)));
}

const last = ({ bytes, mask }: Network): number[] => bytes.map((byte, i) => byte | (~(mask[i] ?? 0) & 0xff));

/** An IPv4-mapped address as what it maps. */
function shortened(bytes: number[]): number[] {
  const mapped = bytes.length === 16 && bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return mapped ? bytes.slice(12) : bytes;
}

function parseNetwork(text: unknown): Network | null {
  const [, address = '', length = ''] = (typeof text === 'string' && /^([^/]*)\/(\d+)$/.exec(text)) || [];
  const bytes = parseAddress(address);
  const bits = Number(length);
  if (!bytes || length === '' || bits > bytes.length * 8) return null;
  const mask = bytes.map((_, i) => 0xff & ~(0xff >> Math.min(Math.max(bits - 8 * i, 0), 8)));
  return { bytes: bytes.map((byte, i) => byte & (mask[i] ?? 0)), mask };
}

function parseAddress(text: string): number[] | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): number[] | null {
  const parts = text.split('.');
  const good = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return good ? parts.map(Number) : null;
}

function parseV6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, i) => groups(half, i === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return null;
  if (!tail) return head.length === 16 ? head : null;
  const gap = 16 - head.length - tail.length;
  // The two colons stand for at least one group.
  return gap >= 2 ? [...head, ...Array<number>(gap).fill(0), ...tail] : null;
}

/** Of groups between colons, the last of which may be an IPv4 address where they end the whole. */
function groups(text: string, ending: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const all = text.split(':');
  for (const [i, group] of all.entries()) {
    if (ending && i === all.length - 1 && group.includes('.')) {
      const short = parseV4(group);
      if (!short) return null;
      bytes.push(...short);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return null;
  }
  return bytes;
}
