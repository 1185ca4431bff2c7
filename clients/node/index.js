// Write mode of a sudoql gateway for node-postgres. The gateway decides, records and tells the team; nothing here can make a session write.

export class SudoError extends Error {
  constructor({ message, routine, code, detail, hint }, cause) {
    super(message, { cause });
    this.name = new.target.name;
    this.code = routine ?? '';
    this.sqlstate = code ?? '';
    this.detail = detail ?? '';
    this.hint = hint ?? '';
  }
}
export class SudoRequired extends SudoError {}
export class SudoRefused extends SudoError {}
export class ElevationEnded extends SudoError {}

const CLASSES = {
  write_needs_elevation: SudoRequired,
  refused_by_policy: SudoRefused,
  refused_by_floor: SudoRefused,
  not_understood: SudoRefused,
  sudo_not_permitted: SudoRefused,
  elevation_ended: ElevationEnded,
  statement_cancelled: ElevationEnded,
};

function classOf({ routine, hint = '' }) {
  // The hint names the way into write mode where that helps, and only there.
  const helps = hint.includes('SELECT sudo(') || hint.includes('sudoql.reason');
  return routine === 'write_needs_elevation' && !helps ? SudoRefused : (CLASSES[routine] ?? SudoError);
}

export function explain(error) {
  const seen = new Set();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    if (at instanceof SudoError) return at;
    if (at.file === 'sudoql') return new (classOf(at))(at, at);
  }
  return null;
}

export async function withSudo(on, reason, act, options = {}) {
  if (typeof on.totalCount !== 'number') return during(on, reason, act, options);
  const client = await on.connect();
  let broken;
  try {
    return await during(client, reason, act, options);
  } catch (error) {
    if (error instanceof NotLeft) {
      broken = error.cause;
      throw error.cause;
    }
    throw error;
  } finally {
    // A session that could not be brought back to read mode is nobody else's: the pool ends it.
    client.release(broken);
  }
}

/** Write mode may not have been left. */
class NotLeft extends Error {}

async function during(client, reason, act, options) {
  const status = watchStatus(client);
  try {
    await call(client, 'SELECT sudo($1)', reason, options.for);
    let result;
    let failure;
    try {
      result = await act(client);
      if (status.open()) failure = new Error('A transaction was left open in withSudo(): it was rolled back.');
    } catch (error) {
      failure = error;
    }
    try {
      if (status.open()) await client.query('ROLLBACK');
      await client.query('SELECT unsudo()');
    } catch (error) {
      throw new NotLeft('', { cause: failure ?? error });
    }
    if (failure) throw failure;
    return result;
  } finally {
    status.stop();
  }
}

async function call(client, text, reason, duration) {
  const query = duration === undefined ? [text, [reason]] : ['SELECT sudo($1, $2)', [reason, duration]];
  try {
    await client.query(...query);
  } catch (error) {
    throw explain(error) ?? error;
  }
}

export function onMode(client, listener) {
  const heard = ({ parameterName, parameterValue }) => {
    if (parameterName === 'sudoql.mode') listener(parameterValue);
  };
  client.connection.on('parameterStatus', heard);
  return () => client.connection.off('parameterStatus', heard);
}

/** Whether the session is in a transaction, as PostgreSQL says it with each ReadyForQuery. */
function watchStatus(client) {
  let status = 'I';
  const heard = (message) => {
    status = message.status;
  };
  client.connection.on('readyForQuery', heard);
  return { open: () => status !== 'I', stop: () => client.connection.off('readyForQuery', heard) };
}
