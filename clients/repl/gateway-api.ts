// The gateway's HTTP API, as far as a session needs it: who we are, and which targets there are.
import { Type, Value } from '../../services/contract/typebox/typebox.js';
import { Principal, Target } from '../../services/contract/words.ts';
import { EXIT } from './exit-codes.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';

const Wire = Type.Object({ host: Type.String(), port: Type.Number(), tls: Type.Boolean() });
/** Where PostgreSQL's clients reach the gateway. */
export type Wire = Type.Static<typeof Wire>;
const Me = Type.Object({
  principal: Principal,
  token: Type.Optional(Type.Object({ expires_at: Type.String() })),
  wire: Type.Optional(Wire),
});
const Targets = Type.Object({ targets: Type.Array(Target) });
const Refusal = Type.Object({ message: Type.String() });
const PATIENCE_MS = 10_000;

export interface Gateway {
  url: URL;
  token: string;
}

export interface Me {
  user: string;
  groups: string[];
  /** How far the gateway's clock is ahead of ours (ms; a second's precision). */
  clockOffset: number;
  /** ISO 8601; null where the gateway does not say. */
  expiresAt: string | null;
  wire: Wire | null;
}

/** Who the token is. */
export async function whoAmI(gateway: Gateway): Promise<Me> {
  const asked = Date.now();
  const { body, date } = await get(gateway, 'v1/me');
  const { principal, token, wire = null } = understood(Me, body, gateway);
  const clockOffset = Number.isNaN(date) ? 0 : date - (asked + Date.now()) / 2;
  // The header has whole seconds: less than that is no difference.
  return {
    user: principal.id,
    groups: principal.groups,
    clockOffset: Math.abs(clockOffset) < 2_000 ? 0 : clockOffset,
    expiresAt: token?.expires_at ?? null,
    wire,
  };
}

/** Names and labels of the targets that this token may see. */
export async function listTargets(gateway: Gateway): Promise<Target[]> {
  return understood(Targets, (await get(gateway, 'v1/targets')).body, gateway).targets;
}

/** `path` below the gateway's base URL, with http or ws. */
export function gatewayUrl({ url }: Gateway, path: string): URL {
  const base = new URL(url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return new URL(path, base);
}

/** What the gateway answers to a GET, or with a body (null: without one) to a POST. Throws Problem where it refuses. */
export async function answerGateway(gateway: Gateway, path: string, body?: object | null): Promise<unknown> {
  return (await call(gateway, path, body)).body;
}

const get = (gateway: Gateway, path: string) => call(gateway, path);

async function call(gateway: Gateway, path: string, body?: object | null): Promise<{ body: unknown; date: number }> {
  const url = gatewayUrl(gateway, path);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: {
        authorization: `Bearer ${gateway.token}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { method: 'POST', ...(body ? { body: JSON.stringify(body) } : {}) }),
      // A redirect would carry the token to another place.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw unreached(gateway.url, error);
  }
  if (response.status === 401) {
    throw new Problem(
      EXIT.connection,
      'The gateway does not accept the token: it is wrong, expired or revoked.',
      NEW_TOKEN,
    );
  }
  const text = await response.text();
  if (!response.ok) throw new Problem(EXIT.connection, answered(response.status, text));
  return { body: parsed(text), date: Date.parse(response.headers.get('date') ?? '') };
}

/** `error`: what fetch threw. */
export const unreached = (url: URL, error: unknown): Problem =>
  new Problem(EXIT.connection, `The gateway at ${url.href} does not answer: ${reason(error)}`, UNREACHED);

/** What to say of a refusal: the gateway's own sentence where it gave one. */
export function answered(status: number | undefined, text: string): string {
  const body = parsed(text);
  const message = Value.Check(Refusal, body) ? body.message : `it answered ${status}`;
  return `The gateway refused: ${visible(message)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function understood<S extends typeof Me | typeof Targets>(
  schema: S,
  body: unknown,
  { url }: Gateway,
): ReturnType<typeof Value.Parse<S>> {
  if (!Value.Check(schema, body))
    throw new Problem(EXIT.connection, `${url.href} does not answer as a sudoql gateway does.`);
  return Value.Parse(schema, body);
}

/** fetch hides the reason in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}

const UNREACHED = 'Is it running, and is the URL right? SUDOQL_URL, --url, or "url:" in the configuration file.';
const NEW_TOKEN = 'Get a new one: sudoql login; or from the operator: sudoqld token create --user …';
