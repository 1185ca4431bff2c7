// For tests of this folder and of those that need a policy: the shipped files, and changes to them.
import { createHash } from 'node:crypto';
import { cp, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCompiledCache } from './compiler/compiled-cache.ts';
import { makeCompiler } from './compiler/compiler.ts';
import { compilerView } from './gate/gate.ts';
import { type Data, readData } from './settings/settings.ts';
import { makeDirectorySource } from './source/directory-source.ts';
import type { PolicyFiles } from './source/policy-files.ts';

/** The demo's, which every process of a run shares: what was compiled once is not compiled again. */
export const policyCache = fileURLToPath(new URL('../../.demo/policy-cache', import.meta.url));

export const shippedDirectory = fileURLToPath(new URL('../../policies', import.meta.url));

export async function shippedFiles(): Promise<PolicyFiles> {
  const found = await makeDirectorySource(shippedDirectory).read();
  if (!found.ok) throw new Error(found.problems.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  return found.files;
}

/** Of one small rule. */
export const LEAN_TEST = 'sudoql/statement/rules/agents/agents_test.rego';
/** What it begins with. */
const EXAMPLES = 'sudoql/examples/';
const isLean = (path: string) => !path.endsWith('_test.rego') || path === LEAN_TEST || path.startsWith(EXAMPLES);

/** The same policy with the tests of one small rule alone: to compile and run them all takes most of a gate's time. */
export function lean(files: PolicyFiles): PolicyFiles {
  return new Map([...files].filter(([path]) => isLean(path)));
}

/** The same files with some replaced, added, or (null) removed. */
export function changed(files: PolicyFiles, changes: Record<string, string | null>): PolicyFiles {
  const after = new Map(files);
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) after.delete(path);
    else after.set(path, text);
  }
  return after;
}

/** A copy of the shipped policy in a directory of its own, which the caller removes. */
export async function copyOfShipped(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-policy-'));
  await cp(shippedDirectory, directory, { recursive: true });
  return directory;
}

/** The same of the lean policy. */
export async function copyOfLean(): Promise<string> {
  const directory = await copyOfShipped();
  for await (const path of glob('**/*_test.rego', { cwd: directory }))
    if (!isLean(path)) await rm(join(directory, path));
  return directory;
}

/** The shipped policy as it is compiled, and its data. */
export async function shippedModule(): Promise<{ wasm: Uint8Array; data: Data }> {
  const files = await shippedFiles();
  const { data, settingsSchema } = readData(files);
  const view = compilerView(files, data, settingsSchema);
  const cache = makeCompiledCache(policyCache);
  const by = await readFile(new URL('compiler/compiler.sha256', import.meta.url), 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([by, view]))
    .digest('hex');
  const kept = await cache.read(key);
  if (kept) return { wasm: kept, data };
  const compiler = makeCompiler();
  try {
    const { wasm: base64 = '', problems } = await compiler.run({ op: 'build', ...view });
    if (problems) throw new Error(JSON.stringify(problems));
    const wasm = Buffer.from(base64, 'base64');
    await cache.write(key, wasm);
    return { wasm, data };
  } finally {
    await compiler.close();
  }
}
