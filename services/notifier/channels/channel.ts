// How a message travels. `sent` values say what became of it; what a channel throws counts as a failure to try again.
import type { Letter } from '../letter.ts';
import type { Message } from '../message.ts';

export interface EmailSettings {
  type: 'email';
  name: string;
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
}

export interface WebhookSettings {
  type: 'webhook';
  name: string;
  url: string;
  /** `whsec_` and base64, or any text of at least 16 characters; null for `slack`, which cannot be signed. */
  secret: string | null;
  format: 'standard' | 'slack';
  /** Loopback and private addresses, and http:// URLs, are refused unless this is true. */
  allowPrivate: boolean;
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

export interface Channel {
  readonly name: string;
  send(message: Message, letter: Letter): Promise<Sent>;
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
