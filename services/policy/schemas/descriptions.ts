// What each field of inputs and answers says, for the JSON Schemas (editors show it) and the reference. By path; `[]` for a list's elements.

const PRINCIPAL = {
  principal: 'who asks, as their token says',
  'principal.id': 'their name',
  'principal.email': 'where they are written to; null when they have none',
  'principal.groups': 'groups of the token; settings name them',
  'principal.kind': 'a person at a keyboard, a program, or an AI agent',
  'principal.elevate': 'how the token may elevate at most: not, by the startup packet, or also by SELECT sudo(…)',
};

const TARGET = {
  target: 'the database behind the gateway',
  'target.name': 'its name in the configuration',
  'target.labels': 'its labels in the configuration: environment, and whatever else is set there',
};

const SESSION = {
  session: 'the connection',
  'session.id': 'one session’s, also in the record',
  'session.via': 'PostgreSQL’s port, or the REPL’s WebSocket',
  'session.application_name': 'what the client calls itself: whoever connects chooses it',
  'session.client_address': 'the address that it comes from',
};

const ELEVATION = {
  id: 'its id, also in the record and in notices',
  reason: 'why, in the words of who asked; of an extended elevation, those given last',
  started_at: 'when it began, ISO 8601',
  deadline: 'when it ends by itself, ISO 8601',
};

const CLOCK = {
  clock: 'the time; Rego has no other here, so that a decision comes out the same again',
  'clock.ns': 'nanoseconds since 1970, as exact as a 64-bit float',
  'clock.iso': 'ISO 8601, UTC, to the millisecond',
};

const VERSION = { version: 'of this document; another number means other fields' };

const REASONS = {
  reasons: 'why not; empty when it is allowed',
  'reasons[].code': 'stable: people search for it, and replay groups by it',
  'reasons[].message': 'a sentence for who asked',
  'reasons[].remedy': 'what to do instead',
};

const SETS = {
  'sets[].name': 'what people call it: dba',
  'sets[].count': 'how many of them must agree',
  'sets[].people': 'who may, by name',
  'sets[].groups': 'and whoever is in one of these groups',
  'sets[].channels': 'channels that are told that they are asked',
  'sets[].wider': 'who may as well, later',
  'sets[].wider[].after_seconds': 'after the request, in seconds',
  'sets[].wider[].people': 'who may then, by name',
  'sets[].wider[].groups': 'and whoever is in one of these groups',
  'sets[].wider[].channels': 'channels that are told then',
};

const under = (path: string, fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([key, text]) => [`${path}.${key}`, text]));

/** By the name of a schema, as in `policies/schemas`. */
export const DESCRIPTIONS: Record<string, Record<string, string>> = {
  'input/statement': {
    ...VERSION,
    ...PRINCIPAL,
    ...TARGET,
    ...SESSION,
    mode: 'the session’s: every session begins in read',
    elevation: 'the one that the session is in; null in read mode',
    ...under('elevation', ELEVATION),
    statement: 'what analysis found in one statement',
    'statement.type': 'PostgreSQL’s name of the statement’s node: SelectStmt, UpdateStmt, DropStmt, …',
    'statement.effects': 'all that any part of it can reach, sorted, each once',
    'statement.relations':
      'what it reaches, with the relations behind views, the parents of partitions, and those that foreign keys change by themselves; at most some hundred, else the floor refuses it',
    'statement.relations[].schema': 'null when the name was not found',
    'statement.relations[].name':
      'without its schema; `*`: all of the schema, or where that is null, others that are not named (`DROP … CASCADE`)',
    'statement.relations[].kind': 'what it is in the catalogue',
    'statement.relations[].access': 'how it is used; one entry a kind of access',
    'statement.relations[].via':
      'the view, the partition, or the table whose foreign keys cascade, through which it is reached; null: it is named itself',
    'statement.relations[].columns': 'what it uses of the columns, by their own names, sorted',
    'statement.relations[].columns.read':
      'what any part of it looks at, also where no value comes out (WHERE, ORDER BY, joins); null: all of them, or it is not told which, so that a rule on one column holds',
    'statement.relations[].columns.written':
      'what INSERT, UPDATE or COPY gives values, all of them where rows are deleted; null: all of them, or it is not told which',
    'statement.functions': 'what it calls by name, by an operator, a cast or a view',
    'statement.functions[].schema': 'null when the name was not found',
    'statement.functions[].name': 'without its schema',
    'statement.functions[].signature':
      'schema.name(argument types) as PostgreSQL prints it; null when it was not found',
    'statement.functions[].volatility': 'as declared; it says nothing of what the function does',
    'statement.functions[].vetted': 'known to do no harm, with the body that it has now',
    'statement.where':
      'of an UPDATE, DELETE or changing MERGE, the most dangerous one inside: a condition on columns of its table is real; null: there is none in it',
    'statement.flags': 'more about it',
    'statement.flags.returns_rows': 'it has a result',
    'statement.flags.locking': 'FOR UPDATE and its kin',
    'statement.flags.explain': 'EXPLAIN of something',
    'statement.flags.explain_analyze': 'an EXPLAIN that runs it',
    'statement.flags.resolved': 'every name in it was found in the target’s catalogue',
    'statement.flags.copy': 'the direction of a COPY; null: it is none',
    'statement.flags.transaction':
      'begin, commit, rollback, savepoint, release, rollback_to, …; null: it is none of these',
    'statement.flags.setting': 'what SET, RESET or SHOW names, in small letters; null: it is none of these',
    'statement.floor': 'what the floor refuses whatever policy says, by code; nearly always empty',
    'statement.fingerprint': 'the same for statements that differ only in their literals',
    'statement.normalized': 'the text with $n for its literals, shortened: for people, not to be parsed',
    ...CLOCK,
  },
  'input/elevation': {
    ...VERSION,
    ...PRINCIPAL,
    ...TARGET,
    ...SESSION,
    by: 'the startup packet, or SELECT sudo(…) in the session',
    reason: 'why, in the words of who asks',
    requested_seconds: 'how long; null: they did not say',
    extends: 'the elevation that is to last longer; null: it is a new one',
    ...under('extends', ELEVATION),
    break_glass: 'they ask to skip approval, and to be reviewed for it',
    checks: 'what the checks of the configuration answered, by their names; each has answered, status and answer',
    recent_elevations:
      'how many this principal began within the last hour, on any target; null: the record did not say',
    channels: 'those that the configuration names for the target; null: how they stand is not known',
    'channels[].name': 'as in the configuration',
    'channels[].failing_seconds': 'how long it has delivered nothing though it was tried; 0 while it delivers',
    ...CLOCK,
  },
  'input/approval': {
    ...VERSION,
    ...PRINCIPAL,
    principal: 'who answers, as their sign-in or token says',
    action: 'agreeing to a request, saying no to it, or reviewing an elevation that broke glass',
    ...TARGET,
    request: 'what they answer',
    'request.id': 'its id; for a review the elevation’s',
    ...under('request', PRINCIPAL),
    'request.principal': 'who asked',
    'request.reason': 'why, in the words of who asked',
    'request.seconds': 'how long',
    'request.age_seconds': 'how long ago it was asked, by the ledger’s clock',
    'request.sets': 'who must agree, as the decision about the elevation says now',
    ...under('request', SETS),
    ...CLOCK,
  },
  'input/admin': {
    ...VERSION,
    ...PRINCIPAL,
    action: 'what they are about to do to sudoql itself',
    subject: 'whose elevation or token; null: nobody’s',
    ...TARGET,
    target: 'the database that it is about; null: none',
    ...CLOCK,
  },
  'output/statement': {
    allow: 'whether it runs, as far as policy is asked',
    ...REASONS,
    obligations: 'what the gateway holds an allowed statement to; its own limits hold besides',
    'obligations.max_rows': 'rows returned; more are an error',
    'obligations.max_bytes': 'bytes returned; more are an error',
    'obligations.max_affected_rows': 'rows changed; with more it is rolled back',
    'obligations.timeout_ms': 'milliseconds that it may take',
  },
  'output/elevation': {
    result:
      'confirm waits for the same person, who confirms it in the console by a fresh sign-in. approve waits for others',
    ...REASONS,
    max_seconds: 'at most; the configuration’s maximum holds whatever is said here',
    default_seconds: 'when they did not say how long',
    notify: 'channels that are told beside those of the configuration',
    approve: 'who must agree; with result allow, who was not asked because glass is broken',
    'approve.sets': 'all of them must agree',
    ...under('approve', SETS),
    'approve.ask_seconds': 'how long they may be waited for',
    'approve.use_seconds': 'how long the elevation may be begun once they agreed',
    break_glass: 'a request to break glass is granted as one',
  },
  'output/approval': {
    allow: 'whether they may answer so',
    ...REASONS,
    sets: 'names of the sets that their answer counts for',
  },
  'output/admin': { allow: 'whether they may', ...REASONS },
};
