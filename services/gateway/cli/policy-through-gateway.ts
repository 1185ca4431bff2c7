import { Type, Value } from '../../contract/typebox/typebox.js';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import type { ActivationResult } from '../policy/activation.ts';
import { CommandFailed, EXIT } from './io.ts';

const Answer = Type.Object({
  revision: Type.String(),
  changed: Type.Boolean(),
  previous: Type.Union([Type.String(), Type.Null()]),
  summary: Type.String(),
  /** Left out by older gateways. */
  request: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  rights: Type.Optional(Type.Array(Type.String())),
});
const Problem = Type.Object({ code: Type.String(), message: Type.Optional(Type.String()) });

/** The gates are the gateway's; an author's tests have a minute there. */
const PATIENCE_MS = 180_000;

/** PUT /v1/policies as the token's principal. Fails with the gateway's words when it is not permitted or not reached. */
export async function activateThrough(
  url: string,
  token: string,
  files: PolicyFiles,
  { expected, opens }: { expected?: string; opens?: number },
): Promise<ActivationResult> {
  const content = JSON.stringify({ files: Object.fromEntries(files), expected, opens });
  try {
    const body = await askGateway(url, token, '/v1/policies', { method: 'PUT', body: content });
    if (!Value.Check(Answer, body)) throw new CommandFailed('It is no gateway of this version.', EXIT.no);
    const { revision, previous, summary, request = null, rights = [] } = body;
    if (request !== null) return { kind: 'requested', request, revision, summary, rights };
    return body.changed ? { kind: 'activated', revision, previous, summary, rights } : { kind: 'unchanged', revision };
  } catch (error) {
    if (error instanceof GatewaySaidNo && error.code === 'policy_refused')
      return { kind: 'refused', revision: '', problem: error.message };
    throw error;
  }
}

class GatewaySaidNo extends CommandFailed {
  readonly code: string;
  constructor(code: string, words: string, status: number) {
    super(words, status >= 500 ? EXIT.unavailable : EXIT.no);
    this.code = code;
  }
}

/** What the gateway answers to the token's principal. Fails with its words when it is not permitted or not reached. */
export async function askGateway(url: string, token: string, path: string, init: RequestInit = {}): Promise<unknown> {
  let answer: Response;
  try {
    const to = new URL(path, url);
    // The token goes with it.
    if (to.protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(to.hostname))
      throw new CommandFailed('--gateway takes an https:// URL, or one of this host.', EXIT.usage);
    answer = await fetch(to, {
      ...init,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${token}`,
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(`The gateway does not answer: ${reasonOf(error)}`, EXIT.unavailable);
  }
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const problem = Value.Check(Problem, body) ? body : { code: 'no_gateway', message: `it answered ${answer.status}` };
  throw new GatewaySaidNo(problem.code, problem.message ?? problem.code, answer.status);
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error);
}
