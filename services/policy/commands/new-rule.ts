import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { NO, type PolicyCommandParts, readDirectory, refuse, say, USAGE, withDirectory, withJson } from './parts.ts';

interface Options {
  directory: string;
  json: boolean;
  for: Area;
  config?: string;
}

type Area = 'statement' | 'elevation';

export function registerNew(policy: Command, parts: PolicyCommandParts): void {
  withJson(
    withDirectory(policy.command('new').argument('<what>', '"rule"').argument('<name>', 'snake_case, also its code')),
  )
    .summary('a folder with a rule and a failing test')
    .addOption(
      new Option('--for <entrypoint>', 'what it judges').choices(['statement', 'elevation']).default('statement'),
    )
    .option('-c, --config <file>', "the gateway's configuration, to say whether it watches the directory")
    .addHelpText('after', '\nExample:\n  sudoqld policy new rule no_friday_writes')
    .action(async (what: string, name: string, options: Options) => {
      if (what !== 'rule') throw parts.fail(`"policy new" makes a rule: sudoqld policy new rule ${name}`, USAGE);
      if (!/^[a-z][a-z0-9_]{0,62}$/.test(name) || name.endsWith('_test')) {
        throw parts.fail(`"${name}" is no name for a rule: small letters, digits and _, and not …_test`, USAGE);
      }
      // Not into a folder that is no policy: what is made there would never be asked.
      const found = await readDirectory(options.directory);
      if (!found.ok) throw refuse(parts, found.problems, options.json);
      const folder = join(options.directory, 'sudoql', options.for, 'rules', name);
      const exists = await access(folder).then(
        () => true,
        () => false,
      );
      if (exists) throw parts.fail(`${folder} exists already.`, NO);
      await mkdir(folder, { recursive: true });
      const files = [join(folder, `${name}.rego`), join(folder, `${name}_test.rego`)] as const;
      await writeFile(files[0], rule(options.for, name));
      await writeFile(files[1], test(options.for, name));
      const live = parts.isWatched?.(options.directory, options.config) ?? false;
      if (options.json) return say(parts, JSON.stringify({ ok: true, files, live }));
      for (const file of files) say(parts, file);
      say(
        parts,
        'It refuses everything until you say what is permitted: run "sudoqld policy test --watch" and make its test pass.',
      );
      if (live) {
        say(
          parts,
          'A gateway watches this directory: the rule is in force there as soon as all tests pass. Until then it refuses what is here, also other changes; work in a copy if that may not be.',
        );
      }
    });
}

function rule(area: Area, name: string): string {
  return `# METADATA
# title: ${name.replaceAll('_', ' ')}
# description: Say here what it is for.
package sudoql.${area}.rules.${name}

import data.sudoql.result

# METADATA
# title: Refused
# custom:
#   code: ${name}
#   message: say here what is wrong
#   remedy: say here what to do instead
#   severity: medium
deny contains result.plain(rego.metadata.rule()) if not permitted

# In the positive form: what is missing from the input is then refused.
permitted if false
`;
}

function test(area: Area, name: string): string {
  const example = area === 'statement' ? 'read' : 'elevation';
  return `package sudoql.${area}.rules.${name}_test

import data.sudoql.examples
import data.sudoql.${area}.rules.${name}

test_what_passes if ${name}.deny == set() with data.settings as examples.settings with input as examples.${example}

test_what_does_not if {
	reasons := ${name}.deny
		with data.settings as examples.settings
		with input as object.union(examples.${example}, {"principal": {"groups": ["somebody else"]}})
	{reason.code | some reason in reasons} == {"${name}"}
}
`;
}
