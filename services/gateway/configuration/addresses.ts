import ipaddr from 'ipaddr.js';

/** Whether a host, as configured, is this machine. Names other than `localhost` are not looked up. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.startsWith('/')) return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
