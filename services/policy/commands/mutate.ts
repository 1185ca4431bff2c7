// `policy test --mutate`: what could be changed in a policy without a test that notices.
import type { Compiler } from '../compiler/compiler.ts';
import { describeProblem, type Mutation, type Problem } from '../compiler/messages.ts';
import { changedRules } from '../gate/changed-rules.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import { openNamed, type Opened, type PolicyCommandParts, say } from './parts.ts';
import type { TestOptions } from './test.ts';

/** Of all mutants together, of the processor. */
const ALL_MS = 600_000;

/** Null when it was not asked for. The tests pass. */
export async function mutate(
  options: TestOptions,
  { files, view }: Opened & { ok: true },
  compiler: Compiler,
  parts: PolicyCommandParts,
): Promise<Mutation | { problems: Problem[] } | null> {
  const paths = [...options.mutate, ...(await changedFrom(options, files, parts))];
  if (paths.length === 0 && options.changedFrom === undefined) return null;
  const { mutation, problems } = await compiler.run(
    {
      ...{ op: 'mutate', ...view, mutate: paths, most: options.mutants, timeoutMs: options.timeout },
      ...(options.filter !== undefined && { filter: options.filter }),
    },
    ALL_MS,
  );
  return mutation ?? { problems: problems ?? [] };
}

async function changedFrom(
  { changedFrom, ...options }: TestOptions,
  files: PolicyFiles,
  parts: PolicyCommandParts,
): Promise<string[]> {
  if (changedFrom === undefined) return [];
  return changedRules(files, (await openNamed(changedFrom, options, parts)).files);
}

export function printMutation({ tried, unnoticed, left }: Mutation, parts: PolicyCommandParts): void {
  for (const one of unnoticed) say(parts, describeProblem(unnoticedProblem(one)));
  const more = left > 0 ? `; ${left} more were not tried (--mutants)` : '';
  say(parts, `${tried - unnoticed.length} of ${tried} changes are noticed by a test${more}`);
}

export function unnoticedProblem({ kind, text, ...place }: Mutation['unnoticed'][number]): Problem {
  const what = kind === 'negated' ? 'this condition is negated' : 'this rule is gone';
  return { ...place, code: 'unnoticed', message: `no test notices when ${what}: ${text}` };
}
