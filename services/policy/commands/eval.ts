import type { Command } from 'commander';
import { ENTRYPOINTS } from '../decision.ts';
import { allows, decide, type Decided } from './decide.ts';
import { type InputOptions, prepareInputs, withInput } from './decision-input.ts';
import { NO, type PolicyCommandParts, say, withDirectory, withJson } from './parts.ts';

export function registerEval(policy: Command, parts: PolicyCommandParts): void {
  withInput(withJson(withDirectory(policy.command('eval'))))
    .summary('what would be decided')
    .description('Facts, decision, and the rules that gave a reason. Exits with 1 when the decision is no.')
    .addHelpText(
      'after',
      `
Example:
  sudoqld policy eval "DELETE FROM orders" --as ana --mode write --target shop --config sudoql.yaml
  sudoqld policy eval --input request.json --entrypoint elevation`,
    )
    .action(async (sql: string | undefined, options: InputOptions & { directory: string; json: boolean }) => {
      const decided = await decide(await prepareInputs(sql, options, parts), options, parts);
      if (options.json) say(parts, JSON.stringify(decided.map(({ trace: _, ...rest }) => rest)));
      else for (const one of decided) print(one, parts);
      if (!decided.every(({ decision }) => allows(decision))) throw parts.fail('', NO);
    });
}

const GIVEN: Record<string, string> = { deny: 'a reason', limit: 'a limit', permit: 'permission' };

/** `; reads id, name` */
const told = (verb: string, columns: string[] | null): string =>
  columns?.length === 0 ? '' : `; ${verb} ${columns?.join(', ') ?? 'any column'}`;

function print({ entrypoint, facts, decision, fired }: Decided, parts: PolicyCommandParts): void {
  if (facts) {
    say(parts, facts.normalized);
    say(parts, `  ${facts.type}; effects ${facts.effects.join(', ') || 'none'}; where ${facts.where ?? '-'}`);
    for (const { schema, name, access, columns } of facts.relations)
      say(
        parts,
        `  ${access} ${schema ? `${schema}.` : ''}${name}${told('reads', columns.read)}${told('writes', columns.written)}`,
      );
    if (facts.floor.length > 0) say(parts, `  refused by the floor, whatever policy says: ${facts.floor.join(', ')}`);
  }
  say(parts, `${ENTRYPOINTS[entrypoint]}: ${JSON.stringify(decision, null, 2)}`);
  for (const rule of fired) say(parts, `  gave ${GIVEN[/\.(deny|limit|permit) /.exec(rule)?.[1] ?? 'deny']}: ${rule}`);
}
