import ipaddr from 'ipaddr.js';

/** Whether a host or address is this machine: `localhost`, a loopback address (also in brackets, as in URLs), a Unix socket's path. Other names are not looked up. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.startsWith('/')) return true;
  const address = host.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
