import { Type, Value } from '../../../services/contract/typebox/typebox.js';
import { EXIT } from '../exit-codes.ts';
import type { GatewayClient } from '../gateway-client.ts';
import { Problem } from '../problem.ts';
import { ask } from '../shell.ts';

const nullable = <T extends ReturnType<typeof Type.Object> | ReturnType<typeof Type.String>>(schema: T) =>
  Type.Union([schema, Type.Null()]);

const SessionStatus = Type.Object({
  mode: Type.String(),
  principal: Type.String(),
  target: Type.String(),
  session: Type.String(),
  elevation: Type.Union([
    Type.Object({
      id: Type.String(),
      reason: Type.String(),
      started_at: Type.String(),
      deadline: Type.String(),
      seconds_left: Type.Number(),
    }),
    Type.Null(),
  ]),
  revision: nullable(Type.String()),
  last_refusal: Type.Union([
    Type.Object({
      at: Type.String(),
      code: Type.String(),
      message: Type.String(),
      detail: nullable(Type.String()),
      hint: nullable(Type.String()),
      reasons: Type.Array(Type.Unknown()),
      statement: nullable(Type.String()),
    }),
    Type.Null(),
  ]),
});

/** What `SELECT sudo_status()` says. Throws StatementError, and a Problem when it says something else. */
export async function sessionStatus(client: GatewayClient) {
  const [row] = await ask(client, 'SELECT sudo_status()');
  let found: unknown = null;
  try {
    found = JSON.parse(row?.sudo_status ?? '');
  } catch {
    // Said below.
  }
  if (!Value.Check(SessionStatus, found))
    throw new Problem(EXIT.connection, 'The gateway’s status is not understood here.');
  return Value.Parse(SessionStatus, found);
}
