// One YAML file, checked once at start. The only reader of the environment under services.
import { readFileSync, statSync } from 'node:fs';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { availableParallelism, hostname, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { channel } from './channels.ts';
import { check } from './checks.ts';
import type { BundleSettings, Config, LimitSettings } from './configuration.ts';
import type { Algorithm } from '../../policy/source/bundle/signature.ts';
import { isLoopback } from '../../contract/loopback.ts';
import { nearest } from '../../contract/nearest.ts';
import { ConfigError, makeMistakes, type Mistakes, type Path, parseSource, type Source } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { makeSecrets, type ReadFile, type Secrets } from './secrets.ts';
import { login, rareLogin, serverTls } from './servers.ts';
import { signInSettings } from './sign-in.ts';
import { traceSettings } from './traces.ts';
import { bytes, milliseconds } from './units.ts';
import { validate } from './validate.ts';

const MINUTE = 60_000;

const LIMITS: LimitSettings = {
  sessions: 200,
  sessionsPerPrincipal: 20,
  statementsPerPrincipal: 20,
  halfOpen: 1_000,
  halfOpenPerAddress: 250,
  textRead: 64 * 1_024,
  textWrite: 1_024 ** 2,
  rows: 1_000_000,
  bytes: 1_024 ** 3,
  statementTimeout: 5 * MINUTE,
  idleTimeout: 60 * MINUTE,
  idleInTransactionTimeout: 10 * MINUTE,
  shutdownGrace: 20_000,
  shutdownDrain: 5_000,
};

/** Where commands look for the configuration unless they are told: `SUDOQL_CONFIG`, or sudoql.yaml here. */
export function defaultConfigFile(): string {
  return process.env.SUDOQL_CONFIG ?? 'sudoql.yaml';
}

/**
 * Where commands keep what need not be made again: `XDG_CACHE_HOME`, where it is of whoever runs them (`sudo -E` keeps another's), or .cache
 * of their home, whatever HOME says. Null: they have none.
 */
export function commandCache(): string | null {
  const { XDG_CACHE_HOME: named = '' } = process.env;
  try {
    const { homedir, uid } = userInfo();
    const own = isAbsolute(named) && statSync(named, { throwIfNoEntry: false })?.uid === uid;
    return join(own ? named : join(homedir, '.cache'), 'sudoql');
  } catch {
    // A user of a container that has a number and no name.
    return null;
  }
}

/**
 * Loads, checks and fills in a configuration, the secrets and certificates that it names included.
 * Throws ConfigError with `FILE:LINE:COLUMN: PATH: what was expected`, a line for each mistake. `readFile` is for checking files that name paths of another host.
 */
export function loadConfig(
  file: string,
  env: Record<string, string | undefined> = process.env,
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): Config {
  return parseConfig(file, readConfigFile(file), env, readFile);
}

/** Throws ConfigError. */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`);
  }
}

/** As `loadConfig`, of a text; `file` is its name in messages, and its folder is what relative paths start from. */
export function parseConfig(
  file: string,
  text: string,
  env: Record<string, string | undefined> = process.env,
  readFile: ReadFile,
): Config {
  const source = parseSource(file, text);
  const written = validate(source);
  const directory = dirname(resolve(file));
  const mistakes = makeMistakes();
  const secrets = makeSecrets(source, env, directory, readFile, mistakes);
  checkNames(source, written, mistakes);
  checkBounds(source, written, mistakes);
  const channels = Object.entries(written.channels).map(
    ([name, each]) => [name, mistakes.among(() => channel(name, each, secrets, source, env))] as const,
  );
  const checks = Object.entries(written.checks ?? {}).map(
    ([name, each]) => [name, mistakes.among(() => check(name, each, secrets, source, env))] as const,
  );
  const policy = mistakes.among(() => policySettings(source, written, directory, secrets));
  const elevation = mistakes.among(() => elevationBounds(source, written));
  const signIn = mistakes.among(() => signInSettings(source, written, secrets)) ?? null;
  const { traces } = written;
  const tracing = (traces && mistakes.among(() => traceSettings(traces, secrets, source, env))) ?? null;
  const rest = {
    file: resolve(file),
    publicUrl: written.public_url?.replace(/\/$/, '') ?? null,
    replica: written.replica ?? hostname().slice(0, 40),
    processes: written.processes === 'auto' ? Math.min(availableParallelism(), 64) : (written.processes ?? 1),
    logLevel: written.log?.level ?? 'info',
    ...listenSettings(written, secrets),
    signIn,
    metrics: { token: written.metrics ? secrets.fetch(written.metrics.token, ['metrics', 'token']) : null },
    traces: tracing,
    ledger: ledgerSettings(written, secrets),
    security: written.security,
    approvers: { notify: written.approvers?.notify ?? null },
    targets: Object.fromEntries(
      Object.keys(written.targets).map((name) => [name, targetSettings(written, name, secrets)]),
    ),
    limits: limitSettings(written),
  };
  mistakes.among(() => checkFiles(source, rest));
  mistakes.throwAll();
  if (!policy || !elevation) throw source.problem([], 'cannot be used');
  return {
    ...rest,
    policy,
    elevation,
    checks: Object.fromEntries(checks.flatMap(([name, each]) => (each ? [[name, each]] : []))),
    channels: Object.fromEntries(channels.flatMap(([name, each]) => (each ? [[name, each]] : []))),
  };
}

function listenSettings(written: ConfigFile, secrets: Secrets): Pick<Config, 'http' | 'wire'> {
  const { http, wire } = written.listen ?? {};
  const path = ['listen', 'wire', 'tls'];
  return {
    http: {
      host: http?.host ?? '127.0.0.1',
      port: http?.port ?? 8432,
      trustProxy: http?.trust_proxy ?? [],
      origins: http?.origins ?? [],
    },
    wire: {
      host: wire?.host ?? '127.0.0.1',
      port: wire?.port ?? 7432,
      tls: wire?.tls
        ? { cert: secrets.file(wire.tls.cert, [...path, 'cert']), key: secrets.file(wire.tls.key, [...path, 'key']) }
        : null,
      trustProxy: wire?.trust_proxy ?? [],
      allowPlaintext: wire?.allow_plaintext ?? false,
      public: hostAndPort(wire?.public),
    },
  };
}

/** Of the form that the schema asks for. */
function hostAndPort(text: string | undefined): { host: string; port: number } | null {
  const [, host = '', port] = /^(.+):(\d+)$/.exec(text ?? '') ?? [];
  return host === '' ? null : { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function ledgerSettings(written: ConfigFile, secrets: Secrets): Config['ledger'] {
  const { ledger } = written;
  const url = new URL(ledger.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const gateway = { user: decodeURIComponent(url.username), ...(ledger.password ? { password: ledger.password } : {}) };
  return {
    host,
    port: Number(url.port) || 5432,
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: serverTls(ledger.tls, host, secrets, ['ledger', 'tls']),
    gateway: login(gateway, secrets, ['ledger']),
    owner: rareLogin(ledger.owner, secrets, ['ledger', 'owner']),
    auditor: rareLogin(ledger.auditor, secrets, ['ledger', 'auditor']),
    heads: ledger.heads ? { everyMs: milliseconds(ledger.heads.every), notify: ledger.heads.notify } : null,
    graceMs: milliseconds(ledger.grace ?? '10s'),
    leaseMs: milliseconds(ledger.lease ?? '3s'),
    maxSize: ledger.max_size === undefined ? null : bytes(ledger.max_size),
  };
}

function targetSettings(written: ConfigFile, name: string, secrets: Secrets): Config['targets'][string] {
  const target = written.targets[name];
  if (!target) throw new ConfigError(`No target ${name}.`);
  const path = ['targets', name];
  return {
    name,
    labels: target.labels ?? {},
    host: target.host,
    port: target.port ?? 5432,
    database: target.database,
    ssl: serverTls(target.tls, target.host, secrets, [...path, 'tls']),
    reader: login(target.reader, secrets, [...path, 'reader']),
    writer: login(target.writer, secrets, [...path, 'writer']),
    control: login(target.control, secrets, [...path, 'control']),
    admin: rareLogin(target.admin, secrets, [...path, 'admin']),
    listen: target.listen ?? false,
    notify: target.notify,
  };
}

function policySettings(source: Source, { policy }: ConfigFile, folder: string, secrets: Secrets): Config['policy'] {
  const { directory, cache } = policy;
  const { flips: said, lint = 'mistakes', coverage = 'changed' } = policy.gate ?? {};
  const flips = said?.days === 0 ? null : { ...(said ?? { max: 0, days: 7 }), said: said !== undefined };
  const approvals = policy.approvals ?? 0;
  if (policy.bundle && policy.source !== 'bundle')
    throw source.problem(['policy', 'bundle'], `expected no bundle with source: ${policy.source}`);
  const retentionMs = milliseconds(policy.retention ?? '365d');
  const rest = { flips, lint, coverage, approvals, retentionMs };
  if (policy.source === 'directory') {
    if (directory === undefined)
      throw source.problem(['policy'], "directory is missing: expected the policy's directory");
    return {
      source: 'directory',
      directory: resolve(folder, directory),
      cache: cache === undefined ? null : resolve(folder, cache),
      ...rest,
    };
  }
  // Ignored, it would be mistaken for the policy in force.
  if (directory !== undefined)
    throw source.problem(['policy', 'directory'], `expected no directory with source: ${policy.source}`);
  if (cache === undefined)
    throw source.problem(['policy'], 'cache is missing: expected a directory, where the last good policy is kept');
  if (policy.source === 'bundle') {
    const bundle = bundleSettings(source, policy.bundle, secrets);
    return { source: 'bundle', directory: null, cache: resolve(folder, cache), bundle, ...rest };
  }
  return { source: 'database', directory: null, cache: resolve(folder, cache), ...rest };
}

function bundleSettings(source: Source, written: ConfigFile['policy']['bundle'], secrets: Secrets): BundleSettings {
  const path = ['policy', 'bundle'];
  if (!written)
    throw source.problem(['policy'], 'bundle is missing: expected { url: URL, key: PATH, algorithm: RS256 }');
  const { url, algorithm, scope = null, token, ca, every } = written;
  const to = URL.parse(url);
  // The token goes with it, and whoever is on the way could hold back what is newer.
  if (!to || (to.protocol !== 'https:' && !isLoopback(to.hostname)))
    throw source.problem([...path, 'url'], 'expected an https:// URL, or http:// of this host');
  const key = secrets.file(written.key, [...path, 'key']);
  try {
    createPublicKey(key);
  } catch {
    throw source.problem([...path, 'key'], 'expected a public key or a certificate (PEM)');
  }
  return {
    place: {
      url,
      token: token === undefined ? null : secrets.fetch(token, [...path, 'token']),
      ca: ca === undefined ? null : secrets.file(ca, [...path, 'ca']),
    },
    key: { key, algorithm: algorithm as Algorithm, scope },
    everyMs: Math.max(1_000, milliseconds(every ?? '30s')),
  };
}

function elevationBounds(source: Source, written: ConfigFile): Config['elevation'] {
  const defaultSeconds = milliseconds(written.elevation?.default ?? '15m') / 1_000;
  const maxSeconds = milliseconds(written.elevation?.max ?? '4h') / 1_000;
  const waitMs = milliseconds(written.elevation?.wait ?? '2m');
  if (waitMs > 3_600_000) throw source.problem(['elevation', 'wait'], 'expected at most 1h');
  if (maxSeconds < 1) throw source.problem(['elevation', 'max'], 'expected at least 1s');
  if (defaultSeconds < 1 || defaultSeconds > maxSeconds) {
    throw source.problem(['elevation', 'default'], 'expected at least 1s and no more than elevation.max');
  }
  return { defaultSeconds, maxSeconds, waitMs };
}

function limitSettings(written: ConfigFile): LimitSettings {
  const limits = written.limits ?? {};
  const time = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : milliseconds(text));
  const size = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : bytes(text));
  return {
    sessions: limits.sessions ?? LIMITS.sessions,
    sessionsPerPrincipal: limits.sessions_per_principal ?? LIMITS.sessionsPerPrincipal,
    statementsPerPrincipal: limits.statements_per_principal ?? LIMITS.statementsPerPrincipal,
    halfOpen: limits.half_open ?? LIMITS.halfOpen,
    halfOpenPerAddress: limits.half_open_per_address ?? LIMITS.halfOpenPerAddress,
    textRead: size(limits.text_read, LIMITS.textRead),
    textWrite: size(limits.text_write, LIMITS.textWrite),
    rows: limits.rows ?? LIMITS.rows,
    bytes: size(limits.bytes, LIMITS.bytes),
    statementTimeout: time(limits.statement_timeout, LIMITS.statementTimeout),
    idleTimeout: time(limits.idle_timeout, LIMITS.idleTimeout),
    idleInTransactionTimeout: time(limits.idle_in_transaction_timeout, LIMITS.idleInTransactionTimeout),
    shutdownGrace: time(limits.shutdown_grace, LIMITS.shutdownGrace),
    shutdownDrain: time(limits.shutdown_drain, LIMITS.shutdownDrain),
  };
}

/** What has the right form and cannot be meant. */
function checkBounds(source: Source, written: ConfigFile, { note }: Mistakes): void {
  const { ledger, listen } = written;
  if (milliseconds(ledger.lease ?? '3s') > MINUTE) {
    note(source.problem(['ledger', 'lease'], 'expected at most 1m: so long write mode goes on unseen by the ledger'));
  }
  if (milliseconds(ledger.grace ?? '10s') > 10 * MINUTE) {
    const why = 'expected at most 10m: so long reads go on that a crash would take out of the record';
    note(source.problem(['ledger', 'grace'], why));
  }
  if (ledger.heads && milliseconds(ledger.heads.every) < MINUTE)
    note(source.problem(['ledger', 'heads', 'every'], 'expected at least 1m'));
  const url = written.public_url === undefined ? null : new URL(written.public_url);
  if (url?.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) {
    const why =
      'expected https://, for links that stop people are sent with it, and tokens come back (http:// only on this host)';
    note(source.problem(['public_url'], why));
  }
  const [http, wire] = [listen?.http?.port ?? 8432, listen?.wire?.port ?? 7432];
  if (http === wire && http !== 0) {
    const path = ['listen', listen?.wire?.port === undefined ? 'http' : 'wire', 'port'];
    note(source.problem(path, `expected another port than the other listener's, got ${http} for both`));
  }
  for (const side of ['http', 'wire'] as const) {
    for (const [i, from] of (listen?.[side]?.trust_proxy ?? []).entries()) {
      if (isNetwork(from)) continue;
      const path = ['listen', side, 'trust_proxy', i];
      note(source.problem(path, `expected an address or a network such as 10.0.0.0/8, got ${from}`));
    }
  }
}

/** An address, a network, or one of proxy-addr's names for some. */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** A key must be its certificate's. Where certificates are not PEM (a check of another host's file), nothing can be said. */
function checkFiles(source: Source, { wire }: Pick<Config, 'wire'>): void {
  if (!wire.tls?.cert.includes('-----END CERTIFICATE') || wire.tls.key === '') return;
  try {
    if (new X509Certificate(wire.tls.cert).checkPrivateKey(createPrivateKey(wire.tls.key))) return;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw source.problem(['listen', 'wire', 'tls'], `expected a certificate and its key as PEM (${why})`);
  }
  throw source.problem(['listen', 'wire', 'tls', 'key'], "expected the certificate's own key, got another's");
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Names that must fit together: channels that exist, logins that differ. */
function checkNames(source: Source, written: ConfigFile, { note }: Mistakes): void {
  const channels = Object.keys(written.channels);
  const checkName = (name: string, path: Path) => {
    if (NAME.test(name)) return;
    note(source.problem(path, 'expected a name of at most 63 letters, digits, _ and -'));
  };
  for (const name of channels) checkName(name, ['channels', name]);
  const known = (notify: string[], path: Path) => {
    for (const [i, name] of notify.entries()) {
      if (channels.includes(name)) continue;
      const meant = nearest(name, channels);
      const words = `expected a channel's name, got ${name}${meant ? `; did you mean ${meant}?` : ''}`;
      note(source.problem([...path, i], words));
    }
  };
  const someHearAll = (notify: string[], path: Path) => {
    const told = notify.flatMap((name) => written.channels[name] ?? []);
    if (told.length === 0 || told.some(({ events }) => events === undefined)) return;
    note(source.problem(path, 'expected one of them to be told everything, and each has events'));
  };
  known(written.security.notify, ['security', 'notify']);
  someHearAll(written.security.notify, ['security', 'notify']);
  const writing = written.approvers?.notify;
  if (writing !== undefined && written.channels[writing]?.type !== 'email')
    note(source.problem(['approvers', 'notify'], `expected an email channel's name, got ${writing}`));
  if (written.ledger.heads) known(written.ledger.heads.notify, ['ledger', 'heads', 'notify']);
  const targets = Object.keys(written.targets);
  for (const [name, { targets: of = [] }] of Object.entries(written.checks ?? {}))
    for (const [i, target] of of.entries())
      if (!targets.includes(target))
        note(source.problem(['checks', name, 'targets', i], `expected a target's name, got ${target}`));
  for (const [name, target] of Object.entries(written.targets)) {
    const path = ['targets', name];
    checkName(name, path);
    known(target.notify, [...path, 'notify']);
    someHearAll(target.notify, [...path, 'notify']);
    const users = [target.reader.user, target.writer.user, target.control.user];
    for (const [i, role] of (['writer', 'control'] as const).entries()) {
      if (users.indexOf(target[role].user) <= i) {
        const words = 'expected a login of its own: reader, writer and control must differ';
        note(source.problem([...path, role, 'user'], words));
      }
    }
  }
}
