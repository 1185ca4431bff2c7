// The demo's policy: the project's, with two lines of settings. On `payroll` security must agree; who cannot wait breaks glass.
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const SHIPPED = fileURLToPath(new URL('../../policies', import.meta.url));

/** What is not as shipped, by file and key. */
const SETTINGS: Record<string, Record<string, unknown>> = {
  'settings/elevation/data.yaml': {
    approvals: [
      {
        ...{ name: 'security', groups: ['dev'], targets: ['payroll'], count: 1, channels: ['team-mail'] },
        by: { people: [], groups: ['security'] },
        wider: [],
      },
    ],
    break_glass: [{ groups: ['dev'], targets: ['payroll'] }],
  },
  'settings/people/data.yaml': { groups: { 'oidc:developers': ['dev'], 'oidc:security-team': ['security'] } },
};

/** Writes it anew into `directory`; resolves to where it is. */
export async function writePolicies(directory: string): Promise<string> {
  const policies = join(directory, 'policies');
  await rm(policies, { recursive: true, force: true });
  await cp(SHIPPED, policies, { recursive: true });
  for (const [name, settings] of Object.entries(SETTINGS)) {
    const file = join(policies, name);
    const document = parseDocument(await readFile(file, 'utf8'));
    for (const [key, value] of Object.entries(settings)) document.set(key, value);
    await writeFile(file, String(document));
  }
  return policies;
}
