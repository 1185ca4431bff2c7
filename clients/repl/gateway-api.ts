// The gateway's HTTP API, as far as a session needs it: who we are, and which targets there are.
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Principal, Target } from '../../services/contract/words.ts';
import { EXIT } from './exit-codes.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';

const Me = Type.Object({ principal: Principal });
const Targets = Type.Object({ targets: Type.Array(Target) });
const Refusal = Type.Object({ message: Type.String() });
const PATIENCE_MS = 10_000;

export interface Gateway {
  url: URL;
  token: string;
}

/** Who the token is, and how far the gateway's clock is ahead of ours (ms; a second's precision). */
export async function whoAmI(gateway: Gateway): Promise<{ user: string; clockOffset: number }> {
  const asked = Date.now();
  const { body, date } = await get(gateway, 'v1/me');
  const { principal } = understood(Me, body, gateway);
  const clockOffset = Number.isNaN(date) ? 0 : date - (asked + Date.now()) / 2;
  // The header has whole seconds: less than that is no difference.
  return { user: principal.id, clockOffset: Math.abs(clockOffset) < 2_000 ? 0 : clockOffset };
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

async function get(gateway: Gateway, path: string): Promise<{ body: unknown; date: number }> {
  const url = gatewayUrl(gateway, path);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${gateway.token}` },
      // A redirect would carry the token to another place.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Problem(
      EXIT.connection,
      `The gateway at ${gateway.url.href} does not answer: ${reason(error)}`,
      UNREACHED,
    );
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
const NEW_TOKEN = 'Ask for a new one: sudoqld token create --user …';
