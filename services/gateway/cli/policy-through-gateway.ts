import { Type, Value } from '../../contract/typebox/typebox.js';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import type { ActivationResult } from '../policy/activation.ts';
import { CommandFailed, EXIT } from './io.ts';

const Answer = Type.Object({
  revision: Type.String(),
  changed: Type.Boolean(),
  previous: Type.Union([Type.String(), Type.Null()]),
  summary: Type.String(),
});
const Problem = Type.Object({ code: Type.String(), message: Type.Optional(Type.String()) });

/** The gates are the gateway's; an author's tests have a minute there. */
const PATIENCE_MS = 180_000;

/** PUT /v1/policies as the token's principal. Fails with the gateway's words when it is not permitted or not reached. */
export async function activateThrough(
  url: string,
  token: string,
  files: PolicyFiles,
  expected: string | undefined,
): Promise<ActivationResult> {
  let answer: Response;
  try {
    const to = new URL('/v1/policies', url);
    // The token goes with it.
    if (to.protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(to.hostname))
      throw new CommandFailed('--gateway takes an https:// URL, or one of this host.', EXIT.usage);
    answer = await fetch(to, {
      method: 'PUT',
      redirect: 'error',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ files: Object.fromEntries(files), ...(expected === undefined ? {} : { expected }) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`The gateway does not answer: ${reasonOf(error)}`, EXIT.unavailable);
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && Value.Check(Answer, body)) {
    const { revision, previous, summary } = body;
    return body.changed ? { kind: 'activated', revision, previous, summary } : { kind: 'unchanged', revision };
  }
  const problem = Value.Check(Problem, body) ? body : { code: 'no_gateway', message: `it answered ${answer.status}` };
  const words = problem.message ?? problem.code;
  if (problem.code === 'policy_refused') return { kind: 'refused', revision: '', problem: words };
  throw new CommandFailed(words, answer.status >= 500 ? EXIT.unavailable : EXIT.no);
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error);
}
