// The configuration file's schema. Each leaf carries `expected`: the words that a person who got it wrong is told.
import { type Static, Type } from '../../contract/typebox/typebox.js';
import { ALGORITHMS } from '../../policy/source/bundle/signature.ts';
import { FORMATS } from '../../notifier/channels/channel.ts';
import { SUBSCRIPTIONS } from '../../notifier/subscription.ts';
import { DURATION_PATTERN, SIZE_PATTERN } from './units.ts';

const closed = { additionalProperties: false };

const MOST_PROCESSES = 64;

const text = (expected: string) => Type.String({ minLength: 1, expected });
const duration = (example: string) =>
  Type.String({ pattern: DURATION_PATTERN, expected: `a duration with its unit (ms, s, m, h, d), such as ${example}` });
const size = (example: string) =>
  Type.String({
    pattern: SIZE_PATTERN,
    expected: `a size with its unit (KiB, MiB, GiB, KB, MB, GB), such as ${example}`,
  });
const count = (minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, expected: `a whole number from ${minimum} to ${maximum}` });
const port = Type.Integer({ minimum: 0, maximum: 65_535, expected: 'a port number from 1 to 65535 (0: any free one)' });
const flag = Type.Boolean({ expected: 'true or false' });
const names = (what: string, minItems: number) =>
  Type.Array(Type.String({ expected: what }), { minItems, expected: `a list of at least ${minItems} ${what}` });

/** A secret is never written into the file; its value is fetched when the file is loaded. */
export const SECRET_PATTERN = '^(\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}|file:.+)$';
const secret = Type.String({
  pattern: SECRET_PATTERN,
  secret: true,
  expected: `a reference to a secret, never the secret itself: "\${ENVIRONMENT_VARIABLE}" or file:/path`,
});

const oneOf = <const T extends readonly string[]>(...values: T) =>
  Type.Unsafe<T[number]>(Type.Enum([...values], { expected: `one of ${values.join(', ')}` }));

const Login = Type.Object(
  {
    user: text("a login's name"),
    password: Type.Optional(secret),
  },
  { ...closed, expected: `a login: { user: NAME, password: "\${VARIABLE}" }` },
);

/** As libpq's sslmode; `verify-full` is what one wants. */
const ServerTls = Type.Object(
  {
    mode: oneOf('disable', 'require', 'verify-ca', 'verify-full'),
    ca: Type.Optional(text("the path of the authority's certificate (PEM)")),
    cert: Type.Optional(text("the path of the client's certificate (PEM)")),
    key: Type.Optional(text("the path of the client's key (PEM)")),
  },
  { ...closed, expected: 'TLS settings: { mode: verify-full, ca: PATH }' },
);

/** A channel that has them is told of nothing else. */
const subscriptions = Type.Array(oneOf(...SUBSCRIPTIONS), {
  minItems: 1,
  expected: `a list of some of ${SUBSCRIPTIONS.join(', ')}`,
});

const Email = Type.Object(
  {
    type: Type.Literal('email'),
    smtp: Type.String({ pattern: '^smtps?://[^@/]+$', expected: 'smtp://host:port or smtps://host:port' }),
    user: Type.Optional(text('a user name')),
    password: Type.Optional(secret),
    from: text('a sender, such as sudoql <sudoql@example.com>'),
    /** What the gateway calls itself to the mail server (EHLO). */
    greeting: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
        expected: 'a host name, such as sudoql.example.com',
      }),
    ),
    to: names('addresses', 1),
    events: Type.Optional(subscriptions),
    /** TLS is demanded of an SMTP server that is not on this host. */
    allow_plaintext: Type.Optional(flag),
    /** Of those who read it; UTC stands beside it. */
    time_zone: Type.Optional(text('a time zone such as Europe/Berlin')),
  },
  closed,
);

const Webhook = Type.Object(
  {
    type: Type.Literal('webhook'),
    /** Itself often a secret, so it may be a reference. */
    url: Type.Optional(text('an https:// URL, or a reference to one')),
    secret: Type.Optional(secret),
    /** Of `standard`, while receivers still know only this one. */
    previous_secret: Type.Optional(secret),
    format: Type.Optional(oneOf(...FORMATS)),
    /** Sent with each request: `{ x-team: db }`, or a reference to a value. */
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String({ expected: 'a text, or a reference to one' }), {
        expected: 'headers: { NAME: VALUE }',
      }),
    ),
    events: Type.Optional(subscriptions),
    /** Loopback, private and link-local addresses are refused unless this is true. */
    allow_private: Type.Optional(flag),
    time_zone: Type.Optional(text('a time zone such as Europe/Berlin')),
    /** `none`: not even where HTTPS_PROXY is set. */
    proxy: Type.Optional(text('http://host:port, or a reference to it, or none')),
  },
  closed,
);

/** The company's identity provider, by OpenID Connect. */
const SignIn = Type.Object(
  {
    issuer: Type.String({ pattern: '^https?://[^?#]+$', expected: 'an issuer such as https://id.example.com' }),
    client: text("the client's id at the provider"),
    /** Without it the client is public, and PKCE alone protects it. */
    secret: Type.Optional(secret),
    scopes: Type.Optional(names('scopes', 1)),
    claims: Type.Optional(
      Type.Object(
        {
          login: Type.Optional(text('a claim, such as preferred_username')),
          email: Type.Optional(text('a claim, such as email')),
          name: Type.Optional(text('a claim, such as name')),
          /** `none`: the provider says none, and nobody has any. */
          groups: Type.Optional(text('a claim, such as groups, or none')),
        },
        { ...closed, expected: '{ login: preferred_username, groups: groups }' },
      ),
    ),
    elevate: Type.Optional(oneOf('none', 'connect', 'in-band')),
    /** Of what `sudoql login` gets. */
    token: Type.Optional(duration('8h')),
    /** A browser's session: without a request, and at most. */
    idle: Type.Optional(duration('1h')),
    absolute: Type.Optional(duration('12h')),
    /** `signed-in`: the stop link in a mail stops only for who is signed in. */
    stop: Type.Optional(oneOf('link', 'signed-in')),
    /** Where policy wants the same person to confirm: how fresh their sign-in must be, and of which `acr`. */
    confirm: Type.Optional(
      Type.Object(
        {
          within: Type.Optional(duration('5m')),
          acr: Type.Optional(Type.Array(text('an acr value'), { minItems: 1, expected: 'a list of acr values' })),
        },
        { ...closed, expected: '{ within: 5m }' },
      ),
    ),
    /** How often the provider is asked again, by its refresh token, which is kept under this key; without it none is kept. */
    refresh: Type.Optional(
      Type.Object(
        { every: Type.Optional(duration('15m')), key: secret },
        { ...closed, expected: `{ every: 15m, key: "\${VARIABLE}" }` },
      ),
    ),
  },
  { ...closed, expected: '{ issuer: https://id.example.com, client: sudoql }' },
);

export const ConfigFile = Type.Object(
  {
    /** Where people reach the HTTP side; links in mails begin with it. */
    public_url: Type.Optional(
      Type.String({ pattern: '^https?://[^/?#]+/?$', expected: 'a URL such as https://sudoql.example.com' }),
    ),
    /** Names this gateway among its replicas. */
    replica: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,40}$',
        expected: 'a name of at most 40 letters, digits, dots and dashes',
      }),
    ),
    /** How many processes serve here, each with a core's worth of work: `auto` is one a core. */
    processes: Type.Optional(
      Type.Unsafe<'auto' | number>(
        Type.Enum(['auto', ...Array.from({ length: MOST_PROCESSES }, (_, i) => i + 1)], {
          expected: `auto, or a whole number from 1 to ${MOST_PROCESSES}`,
        }),
      ),
    ),
    listen: Type.Optional(
      Type.Object(
        {
          http: Type.Optional(
            Type.Object(
              {
                host: Type.Optional(text('an address to listen on')),
                port: Type.Optional(port),
                /** Addresses of the ingress, whose X-Forwarded-For is believed. */
                trust_proxy: Type.Optional(names('addresses or networks', 1)),
                /** Web origins that may open /v1/connect; none unless named. */
                origins: Type.Optional(names('origins such as https://example.com', 1)),
              },
              closed,
            ),
          ),
          wire: Type.Optional(
            Type.Object(
              {
                host: Type.Optional(text('an address to listen on')),
                port: Type.Optional(port),
                tls: Type.Optional(
                  Type.Object(
                    { cert: text("the certificate's path (PEM)"), key: text("the key's path (PEM)") },
                    { ...closed, expected: '{ cert: PATH, key: PATH }' },
                  ),
                ),
                /** Addresses of balancers, which must say first whose connection it is (PROXY protocol, versions 1 and 2). */
                trust_proxy: Type.Optional(names('addresses or networks', 1)),
                /** Lets clients that are not on this host authenticate without TLS. */
                allow_plaintext: Type.Optional(flag),
                /** Where clients reach it, as `sudoql login` tells them; the host of `public_url` and this port unless said. */
                public: Type.Optional(
                  Type.String({
                    pattern: '^[A-Za-z0-9._:\\[\\]-]+:[0-9]{1,5}$',
                    expected: 'host:port, such as sql.example.com:5432',
                  }),
                ),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    sign_in: Type.Optional(SignIn),
    metrics: Type.Optional(Type.Object({ token: secret }, { ...closed, expected: `{ token: "\${VARIABLE}" }` })),
    /** Spans by OpenTelemetry's protocol (OTLP over HTTP, as JSON); none unless it is said. */
    traces: Type.Optional(
      Type.Object(
        {
          url: text('an https:// URL such as https://otel.example.com/v1/traces, or a reference to one'),
          headers: Type.Optional(
            Type.Record(Type.String(), Type.String({ expected: 'a text, or a reference to one' }), {
              expected: 'headers: { NAME: VALUE }',
            }),
          ),
          /** Of all traces. */
          sample: Type.Optional(Type.Number({ minimum: 0, maximum: 1, expected: 'a number from 0 to 1' })),
          /** Loopback, private and link-local addresses, and http://, are refused unless this is true. */
          allow_private: Type.Optional(flag),
          proxy: Type.Optional(text('http://host:port, or a reference to it, or none')),
        },
        { ...closed, expected: '{ url: URL }' },
      ),
    ),
    log: Type.Optional(
      Type.Object(
        { level: oneOf('debug', 'info', 'warn', 'error', 'silent') },
        { ...closed, expected: '{ level: info }' },
      ),
    ),
    ledger: Type.Object(
      {
        url: Type.String({
          pattern: '^postgres(ql)?://[^:@/]+@[^@/]+/[^/?]+$',
          secret: true,
          expected: 'postgres://USER@HOST:PORT/DATABASE with no password in it',
        }),
        password: Type.Optional(secret),
        tls: Type.Optional(ServerTls),
        /** Who may make and migrate the ledger's schema; only `migrate` and `ledger prune` use it, never `serve`. */
        owner: Type.Optional(Login),
        /** The login for auditors that `migrate` makes; it may only read entries. */
        auditor: Type.Optional(Login),
        grace: Type.Optional(duration('10s')),
        lease: Type.Optional(duration('3s')),
        max_size: Type.Optional(size('50GB')),
        /** Where the chains end is told on a schedule. */
        heads: Type.Optional(
          Type.Object(
            { every: duration('24h'), notify: names('channel names', 1) },
            { ...closed, expected: '{ every: 24h, notify: [CHANNEL] }' },
          ),
        ),
      },
      closed,
    ),
    policy: Type.Object(
      {
        /**
         * `directory`: watched, for one gateway. `database`: what was activated in the ledger's database, for all gateways. `bundle`: signed,
         * from a web server.
         */
        source: oneOf('directory', 'database', 'bundle'),
        /** Needed, and read, with `source: directory` alone. */
        directory: Type.Optional(text("the policy's directory")),
        /** Needed, and read, with `source: bundle` alone. */
        bundle: Type.Optional(
          Type.Object(
            {
              url: Type.String({ pattern: '^https?://', expected: 'an https:// URL, or http:// of this host' }),
              /** PEM: the public key, or a certificate of it. */
              key: text("the public key's path (PEM)"),
              algorithm: oneOf(...ALGORITHMS),
              /** What the signature says it is for. */
              scope: Type.Optional(text('the scope in its signature')),
              /** Sent as a bearer token. */
              token: Type.Optional(secret),
              /** Of who certifies the server; the system's authorities unless it is said. */
              ca: Type.Optional(text("the authorities' path (PEM)")),
              every: Type.Optional(duration('30s')),
            },
            { ...closed, expected: '{ url: URL, key: PATH, algorithm: RS256 }' },
          ),
        ),
        /** Compiled revisions are kept here (mode 0700), so that a second start is fast. Needed unless `source: directory`. */
        cache: Type.Optional(text('a directory')),
        /** For how long what no longer decides is kept at least; "ledger prune" removes it then. */
        retention: Type.Optional(duration('365d')),
        /** So many others approve a policy before it is in force; none unless it is said. Nobody edits it by a policy. */
        approvals: Type.Optional(count(0, 5)),
        /** What an activation must pass beside the gates that always hold. */
        gate: Type.Optional(
          Type.Object(
            {
              /**
               * At most `max` of the decisions of the last `days` may turn from deny to allow. Unless it is said: of 7 days as many as whoever
               * activates says (`--opens`). With `days: 0` they are not looked at; of more than 200,000 the activation is refused.
               */
              flips: Type.Optional(
                Type.Object(
                  { max: count(0, 1_000_000_000), days: count(0, 366) },
                  { ...closed, expected: '{ max: 0, days: 30 }' },
                ),
              ),
              /** Which findings of the linter refuse a policy that is new: what can only be a mistake (the default), all, or none. */
              lint: Type.Optional(oneOf('off', 'mistakes', 'all')),
              /** Whether a test must reach each line of a rule that is new or changed (the default). */
              coverage: Type.Optional(oneOf('off', 'changed')),
            },
            { ...closed, expected: '{ flips: { max: 0, days: 30 } }' },
          ),
        ),
      },
      closed,
    ),
    elevation: Type.Optional(
      Type.Object(
        {
          default: Type.Optional(duration('15m')),
          max: Type.Optional(duration('4h')),
          /** How long `sudo` waits for others to agree, before it answers with the request's id. */
          wait: Type.Optional(duration('2m')),
        },
        closed,
      ),
    ),
    /** Facts from outside that policy decides elevations on. */
    checks: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }),
        Type.Object(
          {
            url: text('an https:// URL, or a reference to one'),
            /** Sent as a bearer token. */
            token: Type.Optional(secret),
            /** Asked about these alone; about all unless named. */
            targets: Type.Optional(names('target names', 1)),
            timeout: Type.Optional(duration('2s')),
            /** An answer about the same is used again for so long. */
            cache: Type.Optional(duration('10s')),
            allow_private: Type.Optional(flag),
            proxy: Type.Optional(text('http://host:port, or a reference to it, or none')),
          },
          closed,
        ),
        { maxProperties: 10, expected: 'at most 10 checks by name' },
      ),
    ),
    channels: Type.Record(Type.String(), Type.Union([Email, Webhook]), {
      minProperties: 1,
      expected: 'at least one channel',
    }),
    security: Type.Object({ notify: names('channel names', 1) }, { ...closed, expected: '{ notify: [CHANNEL] }' }),
    /** By which email channel's server those who may decide a request are written to, each at their own address. */
    approvers: Type.Optional(
      Type.Object({ notify: text('an email channel’s name') }, { ...closed, expected: '{ notify: CHANNEL }' }),
    ),
    targets: Type.Record(
      Type.String(),
      Type.Object(
        {
          labels: Type.Optional(
            Type.Record(Type.String(), Type.String({ expected: 'a text' }), {
              expected: 'labels: { environment: production }',
            }),
          ),
          host: text('a host name or address'),
          port: Type.Optional(port),
          database: text("the database's name"),
          tls: Type.Optional(ServerTls),
          reader: Login,
          writer: Login,
          control: Login,
          /** Used only by `setup-target` and `doctor`; `serve` does not even look at its password. */
          admin: Type.Optional(Login),
          listen: Type.Optional(flag),
          notify: names('channel names', 1),
        },
        closed,
      ),
      { minProperties: 1, expected: 'at least one target' },
    ),
    limits: Type.Optional(
      Type.Object(
        {
          sessions: Type.Optional(count(1, 100_000)),
          sessions_per_principal: Type.Optional(count(1, 100_000)),
          statements_per_principal: Type.Optional(count(1, 100_000)),
          half_open: Type.Optional(count(1, 100_000)),
          half_open_per_address: Type.Optional(count(1, 100_000)),
          text_read: Type.Optional(size('64KiB')),
          text_write: Type.Optional(size('1MiB')),
          rows: Type.Optional(count(1, 1_000_000_000_000)),
          bytes: Type.Optional(size('1GiB')),
          statement_timeout: Type.Optional(duration('5m')),
          idle_timeout: Type.Optional(duration('1h')),
          idle_in_transaction_timeout: Type.Optional(duration('10m')),
          shutdown_grace: Type.Optional(duration('20s')),
          shutdown_drain: Type.Optional(duration('5s')),
        },
        closed,
      ),
    ),
  },
  closed,
);
/** The file as written: names, texts and references; config/load.ts turns it into `Config`. */
export type ConfigFile = Static<typeof ConfigFile>;
