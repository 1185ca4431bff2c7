import ipaddr from 'ipaddr.js';

/** Where clouds answer with credentials though the address looks public, or like one of somebody's own network. */
const METADATA = ['168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::254/128'].map((range) =>
  ipaddr.parseCIDR(range),
);
/** IPv4 as it was once written in IPv6: not mapped, and no receiver's. */
const COMPATIBLE = ipaddr.parseCIDR('::/96');
const LOOPBACK = '::1';
const INSIDE = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/**
 * Whether a webhook may be sent to this address. Without `allowPrivate` only to public unicast; with it, also to loopback and private
 * networks, but never to link-local or metadata addresses, where no receiver lives. IPv4 inside IPv6 is judged as IPv4 where it is
 * mapped, and refused where it is translated or tunnelled.
 */
export function mayConnectTo(address: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const isIn = (range: ReturnType<typeof ipaddr.parseCIDR>) =>
    parsed.kind() === range[0].kind() && parsed.match(range as never);
  if (METADATA.some(isIn) || (isIn(COMPATIBLE) && parsed.toString() !== LOOPBACK)) return false;
  const range = parsed.range();
  return range === 'unicast' || (allowPrivate && INSIDE.has(range));
}
