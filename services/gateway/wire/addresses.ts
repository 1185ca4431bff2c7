import ipaddr from 'ipaddr.js';

/** An address as people write it: IPv4 that came over an IPv6 socket is IPv4. */
export function plainAddress(remote: string | undefined): string {
  return remote && ipaddr.isValid(remote) ? ipaddr.process(remote).toString() : '';
}

/** What counts as one address when connections are limited: an IPv6 network of 64 bits belongs to one machine. */
export function countedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString();
}
