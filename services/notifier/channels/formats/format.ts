// How a message looks to one kind of receiver, and what that receiver's answer means.
import type { Letter } from '../../letter.ts';
import type { Message } from '../../message.ts';
import type { Audience, WebhookSettings } from '../channel.ts';

/** One POST. */
export interface Outgoing {
  /** Behind the channel's URL; null for the URL itself. */
  path: string | null;
  headers: Record<string, string>;
  body: string;
}

export interface Format {
  readonly audience: Audience;
  /**
   * Sent one after another, and all again at the next attempt when one fails: what must not count twice bears an id of its own.
   * `at`: of this attempt.
   */
  outgoing(message: Message, letter: Letter, at: Date): Outgoing[];
  /** Why a 2xx answer is no success; null where it is one. */
  problemOf(status: number, body: string): string | null;
}

export type FormatName = WebhookSettings['format'];

/** A POST of JSON to the channel's URL. */
export const json = (body: unknown, headers: Record<string, string> = {}): Outgoing => ({
  path: null,
  headers,
  body: JSON.stringify(body),
});
