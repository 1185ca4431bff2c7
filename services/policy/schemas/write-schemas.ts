// `node services/policy/schemas/write-schemas.ts`: writes what policies/ has of ours, the schemas of inputs and outputs and the examples
// that its tests begin with; `--check` fails when they are not current.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examplesInRego } from '../examples.ts';
import { settingsSchema } from '../settings/settings-schema.ts';
import { entrypointSchemas } from './schemas.ts';

const root = fileURLToPath(new URL('../../../policies', import.meta.url));
const check = process.argv.includes('--check');
const stale: string[] = [];

async function write(name: string, text: string): Promise<void> {
  const path = join(root, name);
  const current = await readFile(path, 'utf8').catch(() => null);
  if (current === text) return;
  if (check) {
    stale.push(path);
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  console.log(`wrote ${path}`);
}

for (const [name, schema] of Object.entries({ ...entrypointSchemas(), settings: settingsSchema() })) {
  const document = { $schema: 'http://json-schema.org/draft-07/schema#', ...(schema as object) };
  await write(`schemas/${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
}
await write('sudoql/examples/examples_test.rego', examplesInRego());

if (stale.length > 0) {
  console.error(`Not current; run "node services/policy/schemas/write-schemas.ts":\n  ${stale.join('\n  ')}`);
  process.exit(1);
}
