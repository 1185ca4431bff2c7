// docs/policy.md says what is so: its rule works, and it lists every rule, code, function and command.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { registerPolicyCommands } from '../commands/policy-commands.ts';
import { noCache } from '../compiler/compiled-cache.ts';
import { makeCompiler } from '../compiler/compiler.ts';
import { describeProblem } from '../compiler/messages.ts';
import { gate } from '../gate/gate.ts';
import { isRego, isTest } from '../source/policy-files.ts';
import { changed, lean, shippedFiles } from '../testing.ts';

const compiler = makeCompiler();
after(() => compiler.close());
const text = await readFile(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const shipped = await shippedFiles();

test("the guide's own rule passes the gate with its tests, formatted", async () => {
  const files: Record<string, string> = {};
  for (const [, path = '', rego = ''] of text.matchAll(/^`(sudoql\/\S+\.rego)`\n\n```rego\n([\s\S]*?)```$/gm))
    files[path] = rego;
  assert.equal(Object.keys(files).length, 2);
  const result = await gate(changed(lean(shipped), files), { compiler, cache: noCache });
  assert.ok(result.ok, result.ok ? '' : result.problems.map(describeProblem).join('\n'));
  const { formatted } = await compiler.run({ op: 'format', files });
  assert.deepEqual(formatted, files);
});

test('every rule and every code is in the table of rules', async () => {
  const files = Object.fromEntries([...shipped].filter(([path]) => isRego(path) && !isTest(path)));
  const { rules = [] } = await compiler.run({ op: 'rules', files });
  const rows = [...text.matchAll(/^\| `((?:statement|elevation|approval)\/rules\/\w+|admin)` \|.*$/gm)];
  const documented = new Map(rows.map(([row, rule = '']) => [rule, row]));
  const folders = Object.keys(files).flatMap(
    (path) => /^sudoql\/((?:statement|elevation|approval)\/rules\/\w+)\//.exec(path)?.[1] ?? [],
  );
  assert.deepEqual([...documented.keys()].filter((rule) => rule !== 'admin').sort(), [...new Set(folders)].sort());
  for (const { package: of, custom } of rules) {
    if (custom?.code === undefined) continue;
    const rule = of.startsWith('sudoql.admin') ? 'admin' : of.replace('sudoql.', '').replaceAll('.', '/');
    assert.match(documented.get(rule) ?? '', new RegExp(`\`${custom.code}\``), `${custom.code} of ${rule}`);
  }
});

test('exactly the functions that there are are listed', async () => {
  const { builtins = [] } = await compiler.run({ op: 'capabilities', files: {} });
  const listed = /\*\*Functions\.\*\*[^\n]*\n\n([\s\S]*?)\n\n/.exec(text)?.[1]?.match(/[a-z_.0-9]+/g) ?? [];
  assert.deepEqual(listed, builtins.filter((name) => !name.startsWith('internal.')).sort());
});

test('exactly the commands that there are are listed', () => {
  const program = new Command();
  registerPolicyCommands(program, {
    out: process.stdout,
    err: process.stderr,
    signal: new AbortController().signal,
    fail: (message) => new Error(message),
  });
  const commands = program.commands[0]?.commands.map((command) => command.name()) ?? [];
  assert.deepEqual(
    [...text.matchAll(/^\| `sudoqld policy ([\w-]+)` \|/gm)].map(([, name]) => name),
    commands,
  );
});
