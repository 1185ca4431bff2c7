import ipaddr from 'ipaddr.js';

/** As proxy-addr, which reads the same list for HTTP, names some. */
const NAMED: Record<string, string[] | undefined> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Whether an address is in one of these networks, addresses and names, which the configuration has checked. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks
    .flatMap((network) => NAMED[network] ?? [network])
    .map((network) => {
      const [address = '', bits] = network.split('/');
      const parsed = ipaddr.parse(address);
      return [parsed, bits === undefined ? (parsed.kind() === 'ipv4' ? 32 : 128) : Number(bits)] as const;
    });
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
  };
}
