// The gateway's side of logging in and out.
import { Type, Value } from '../../../services/contract/typebox/typebox.js';
import { EXIT } from '../exit-codes.ts';
import { answered, type Gateway, gatewayUrl, unreached } from '../gateway-api.ts';
import { Problem } from '../problem.ts';

const Token = Type.Object({ user: Type.String(), token: Type.String(), expires_at: Type.String() });
export type Token = Type.Static<typeof Token>;
const Device = Type.Object({
  device_code: Type.String(),
  user_code: Type.String(),
  verification_uri: Type.String(),
  expires_in: Type.Number(),
  interval: Type.Number(),
});
export type Device = Type.Static<typeof Device>;
type Place = Pick<Gateway, 'url'>;

/** Throws a Problem. */
export async function redeem(place: Place, code: string, verifier: string): Promise<Token> {
  return Value.Parse(Token, (await post(place, 'v1/login/token', { code, verifier })).body);
}

export async function beginDevice(place: Place, client: string): Promise<Device> {
  return Value.Parse(Device, (await post(place, 'v1/login/device', { client })).body);
}

/** Null as long as nobody has answered. */
export async function pollDevice(place: Place, device: string): Promise<Token | null> {
  const { status, body } = await post(place, 'v1/login/device/token', { device_code: device });
  return status === 202 ? null : Value.Parse(Token, body);
}

/** False when the token was good no more. */
export async function revoke(gateway: Gateway): Promise<boolean> {
  const { status } = await post(gateway, 'v1/logout', {}, { authorization: `Bearer ${gateway.token}` }, [401]);
  return status === 200;
}

async function post(
  place: Place,
  path: string,
  body: object,
  headers: Record<string, string> = {},
  also: readonly number[] = [],
): Promise<{ status: number; body: unknown }> {
  let response: Response;
  try {
    response = await fetch(gatewayUrl({ ...place, token: '' }, path), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw unreached(place.url, error);
  }
  const text = await response.text();
  if (response.ok) return { status: response.status, body: JSON.parse(text) };
  if (also.includes(response.status)) return { status: response.status, body: null };
  if (response.status === 404)
    throw new Problem(
      EXIT.connection,
      'Nobody signs in at that gateway: it has no sign_in.',
      'Its operator gives out tokens.',
    );
  throw new Problem(EXIT.connection, answered(response.status, text));
}
