import { logins, type SetupPlan } from '../setup/setup-plan.ts';

/** Lines for the top of pg_hba.conf: the gateways' logins come from the gateways' addresses, with TLS, and from nowhere else. */
export function hbaLines(plan: SetupPlan): string {
  const users = logins(plan)
    .map(({ user }) => quoted(user))
    .join(',');
  const from = plan.gateways?.length ? plan.gateways : ['<address of the gateways>/32'];
  return [
    '# sudoql: above every other line of pg_hba.conf, then SELECT pg_reload_conf();',
    ...from.map((address) => `hostssl ${quoted(plan.database)} ${users} ${address} scram-sha-256`),
    `local all ${users} reject`,
    `host all ${users} all reject`,
  ].join('\n');
}

/** pg_hba.conf takes keywords (`all`, `replication`) and commas literally only in quotes. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !['all', 'replication', 'sameuser', 'samerole', 'samegroup'].includes(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}
