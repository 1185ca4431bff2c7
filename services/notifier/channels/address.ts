import ipaddr from 'ipaddr.js';

/** Where clouds answer with credentials though the address looks public. */
const METADATA = new Set(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254']);
const INSIDE = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/**
 * Whether a webhook may be sent to this address. Without `allowPrivate` only to public unicast; with it, also to loopback and private
 * networks, but never to link-local or metadata addresses, where no receiver lives. IPv4 inside IPv6 is judged as IPv4 where it is
 * mapped, and refused where it is translated or tunnelled.
 */
export function mayConnectTo(address: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (METADATA.has(parsed.toString())) return false;
  const range = parsed.range();
  return range === 'unicast' || (allowPrivate && INSIDE.has(range));
}
