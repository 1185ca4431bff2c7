// How a message travels. `sent` values say what became of it; what a channel throws counts as a failure to try again.
import type { Letter } from '../letter.ts';
import type { Message } from '../message.ts';
import type { Subscription } from '../subscription.ts';

export interface EmailSettings {
  type: 'email';
  name: string;
  /** What it is told of; left out for everything. */
  events?: readonly Subscription[];
  smtp: { host: string; port: number /** TLS from the first byte (465), instead of STARTTLS. */; secure: boolean };
  user: string | null;
  password: string | null;
  /** `sudoql <sudoql@example.com>` */
  from: string;
  /** What it calls itself to the server (EHLO); null for this host's name where that has a dot, else the sender's domain. */
  greeting?: string | null;
  to: string[];
  /** Otherwise STARTTLS is demanded, and nothing is sent without it. */
  allowPlaintext: boolean;
  /** Times are said in it, with UTC beside them; null or left out for UTC alone. */
  timeZone?: string | null;
}

/** The shapes of what is posted. */
export const FORMATS = ['standard', 'slack', 'mattermost', 'teams', 'discord', 'pagerduty', 'opsgenie'] as const;

export interface WebhookSettings {
  type: 'webhook';
  name: string;
  /** Likewise. */
  events?: readonly Subscription[];
  url: string;
  /** `standard`: `whsec_` and base64 of at least 24 bytes. `pagerduty`: the routing key. `opsgenie`: the API key. Else null. */
  secret: string | null;
  /** `standard`: messages are signed by it as well, until receivers know the new one. */
  previousSecret?: string | null;
  format: (typeof FORMATS)[number];
  /** Sent with each request, under lower-case names. */
  headers?: Record<string, string>;
  /** Loopback and private addresses, and http:// URLs, are refused unless this is true. */
  allowPrivate: boolean;
  /** An HTTP proxy by which an https:// URL is reached: `http://proxy.example.com:3128`. */
  proxy?: string | null;
  /** Likewise; of no use to `standard`. */
  timeZone?: string | null;
}

export type ChannelSettings = EmailSettings | WebhookSettings;

export type Sent =
  | { ok: true }
  | {
      ok: false;
      /** For the operator; holds no secret and no webhook URL. */
      problem: string;
      /** Trying again is of no use. */
      final: boolean;
      /** What the receiver asked for. */
      retryAfterMs: number | null;
      /** Recipients that have not got it, when some have; null for all. */
      remaining: string[] | null;
    };

/**
 * `people`: one message may tell several events, and says what is true when it is sent. `programs`: one message an event, whose
 * text never changes.
 */
export type Audience = 'people' | 'programs';

export interface Channel {
  readonly name: string;
  readonly audience: Audience;
  /** Of those who read it, as IANA names it; null for UTC. */
  readonly timeZone: string | null;
  /** `signal`: it is given up, and must not arrive any more: it says what may not be so by then. Left out: whoever asks waits for it. */
  send(message: Message, letter: Letter, signal?: AbortSignal): Promise<Sent>;
  close(): void;
}

export const failed = (problem: string, more: Partial<Extract<Sent, { ok: false }>> = {}): Sent => ({
  ok: false,
  problem,
  final: false,
  retryAfterMs: null,
  remaining: null,
  ...more,
});
