// The configuration as the gateway uses it: every default filled in, every reference fetched, milliseconds and bytes.
import type { BundlePlace } from '../../policy/source/bundle/fetch-bundle.ts';
import type { BundleKey } from '../../policy/source/bundle/signature.ts';
import type { ConnectionOptions } from 'node:tls';
import type { SignInSettings } from '../../people/settings.ts';
import type { CheckSettings } from '../../elevation/checks/make-checks.ts';
import type { ChannelSettings } from '../../notifier/channels/channel.ts';
import type { TraceSettings } from './traces.ts';

export interface LoginSettings {
  user: string;
  /** Null when none is configured (trust or peer authentication). */
  password: string | null;
}

/** A connection to PostgreSQL without its login. `ssl` as pg takes it: false, or TLS options. */
export interface ServerSettings {
  host: string;
  port: number;
  database: string;
  ssl: false | ConnectionOptions;
}

export interface TargetSettings extends ServerSettings {
  name: string;
  labels: Record<string, string>;
  reader: LoginSettings;
  writer: LoginSettings;
  control: LoginSettings;
  /** For `setup-target` and `doctor` alone; null when not configured or its secret is not there. */
  admin: LoginSettings | null;
  /** LISTEN is permitted. */
  listen: boolean;
  notify: string[];
}

/** Milliseconds, bytes, counts. */
export interface LimitSettings {
  sessions: number;
  sessionsPerPrincipal: number;
  statementsPerPrincipal: number;
  halfOpen: number;
  halfOpenPerAddress: number;
  textRead: number;
  textWrite: number;
  rows: number;
  bytes: number;
  statementTimeout: number;
  idleTimeout: number;
  idleInTransactionTimeout: number;
  shutdownGrace: number;
  /** Between /readyz saying no and the first refusal: so long a balancer may take to notice. */
  shutdownDrain: number;
}

export interface BundleSettings {
  place: BundlePlace;
  key: BundleKey;
  everyMs: number;
}

export interface Config {
  /** The file that it came from. */
  file: string;
  publicUrl: string | null;
  replica: string;
  /** How many serve on this host, each on both ports. */
  processes: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  http: { host: string; port: number; trustProxy: string[]; origins: string[] };
  wire: {
    host: string;
    port: number;
    tls: { cert: string; key: string } | null;
    trustProxy: string[];
    allowPlaintext: boolean;
    /** Where clients reach it; null: not said. */
    public: { host: string; port: number } | null;
  };
  /** Null: nobody signs in here, and there is no console. */
  signIn: SignInSettings | null;
  metrics: { token: string | null };
  /** Null: nothing is traced. */
  traces: TraceSettings | null;
  ledger: ServerSettings & {
    gateway: LoginSettings;
    /** For `migrate` and `ledger prune` alone; null when not configured or its secret is not there. */
    owner: LoginSettings | null;
    auditor: LoginSettings | null;
    /** When, and by which channels, the chains' heads are told; null: not on a schedule. */
    heads: { everyMs: number; notify: string[] } | null;
    graceMs: number;
    leaseMs: number;
    /** Bytes; null when no size is configured. */
    maxSize: number | null;
  };
  policy: (
    | { source: 'directory'; directory: string; cache: string | null }
    | { source: 'database'; directory: null; cache: string }
    | { source: 'bundle'; directory: null; cache: string; bundle: BundleSettings }
  ) & {
    /** How many decisions of the last days may turn from deny to allow by an activation; null: any. `said`: by the configuration. */
    flips: { max: number; days: number; said: boolean } | null;
    /** Whether tests must reach what is new in rules. */
    coverage: 'off' | 'changed';
    /** Which findings of the linter refuse a policy. */
    lint: 'off' | 'mistakes' | 'all';
    /** So many others approve a policy before it is in force. */
    approvals: number;
    /** Of stored policies that no longer decide. */
    retentionMs: number;
  };
  /** Seconds. */
  elevation: { defaultSeconds: number; maxSeconds: number; waitMs: number };
  checks: Record<string, CheckSettings>;
  channels: Record<string, ChannelSettings>;
  security: { notify: string[] };
  /** An email channel; null: who may decide a request is told by the shared channels alone. */
  approvers: { notify: string | null };
  targets: Record<string, TargetSettings>;
  limits: LimitSettings;
}
