import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { noCache } from '../compiler/compiled-cache.ts';
import { makeCompiler } from '../compiler/compiler.ts';
import { describeProblem } from '../compiler/messages.ts';
import { gate } from './gate.ts';
import { changed, lean, shippedFiles } from '../testing.ts';

const compiler = makeCompiler();
after(() => compiler.close());
const shipped = await shippedFiles();

/** With one more rule, which looks at each four groups that a token has. */
async function refusalWith(path: string, entrypoint: string, rest: string): Promise<string> {
  const text = `package ${path.replace(/\/[^/]*$/, '').replaceAll('/', '.')}

${rest} if {
	some a in input.principal.groups
	some b in input.principal.groups
	some c in input.principal.groups
	some d in input.principal.groups
	a != b
	b != c
	c != d
	d == b
	a == "never"
}
`;
  const result = await gate(changed(lean(shipped), { [path]: text }), { compiler, cache: noCache, tested: true });
  assert.ok(!result.ok, entrypoint);
  return result.problems.map(describeProblem).join('\n');
}

test('promise 9: what an elevation and an administrative request cost at their largest is held to the same limit as a statement', async () => {
  assert.match(
    await refusalWith(
      'sudoql/elevation/rules/slow/slow.rego',
      'elevation',
      'deny contains {"code": "slow", "message": "m", "remedy": "r"}',
    ),
    /^sudoql\/elevation\/rules\/slow\/slow\.rego:3: on the largest input: the policy failed: it takes more than the 200,000,000 steps that a decision may take, in sudoql\.elevation\.rules\.slow\.deny \(too_slow\)$/,
  );
  assert.match(
    await refusalWith('sudoql/admin/rules/slow/slow.rego', 'admin', 'permit'),
    /^sudoql\/admin\/rules\/slow\/slow\.rego:3: on the largest input: the policy failed: it takes more than the 200,000,000 steps that a decision may take, in sudoql\.admin\.rules\.slow\.permit \(too_slow\)$/,
  );
});

test('promise 9: without any one of the rules that hold the floor, or with those of write mode gone, the policy is refused in words', async () => {
  const words = async (files: ReadonlyMap<string, string>) => {
    const result = await gate(files, { compiler, cache: noCache, tested: true });
    return result.ok ? 'accepted' : result.problems.map(describeProblem).join('\n');
  };
  const without = (...rules: string[]) =>
    new Map(
      [...shipped].filter(
        ([path]) => !path.endsWith('_test.rego') && !rules.some((rule) => path.includes(`/rules/${rule}/`)),
      ),
    );
  const eight = ['acts_later', 'whole_table', 'ddl', 'destructive', 'protected', 'accesses', 'read_scopes', 'limits'];
  const said = await words(without(...eight));
  for (const effect of ['code', 'grant', 'remote', 'deferred', 'dynamic'])
    assert.match(
      said,
      new RegExp(`the effect ${effect} in write mode on production, for which no exception is named, must be refused`),
    );
  assert.match(await words(without('acts_later')), /the effect dynamic in write mode on production/);
  // A named exception is one.
  const excepted = (groups: string, targets: string) =>
    changed(without(), {
      'settings/acts_later/data.yaml': `enabled: true\nexceptions: [{ name: a, effects: [dynamic], groups: ["${groups}"], targets: ["${targets}"] }]\n`,
    });
  assert.equal(await words(excepted('dba', 'shop')), 'accepted');
  assert.equal(await words(excepted('*', '*')), 'accepted');
});
