// Phrases that several messages share.
import { inWords } from '../../contract/durations.ts';
import type { Letter } from '../letter.ts';
import type { Told } from '../message.ts';
import type { NoticeEvent, NoticeSubject } from '../notice.ts';
import { clockTime, clockTimes } from '../render/times.ts';
import { inline, shorten, visible } from '../render/visible.ts';

export type EventOf<K extends NoticeEvent['event']> = Extract<NoticeEvent, { event: K }>;

/** What a text gets to write with. */
export interface Writing {
  now: Date;
  /** Of the channel; null for UTC. */
  zone: string | null;
  /** Null when there is none, or the deadline has passed. */
  stopLink(elevation: string, deadline: string): string | null;
  /** A page of the console; null when there is none. */
  page(path: string): string | null;
}

export type Written = Omit<Letter, 'head'>;

/** `shop (production)` */
export const place = ({ target, environment }: NoticeSubject): string =>
  environment ? `${inline(target, 60)} (${inline(environment, 40)})` : inline(target, 60);

export const who = ({ principal }: NoticeSubject): string => inline(principal, 60);

/** `: fix order 4211`, cut for a subject. */
export const because = (reason: string): string => `: ${inline(reason, 90)}`;

/** The person, with the address where it says more than the name. */
export const person = ({ principal, email }: NoticeSubject): string =>
  email && email !== principal ? `${inline(principal, 100)} <${inline(email, 200)}>` : inline(principal, 100);

/** From where: the client's own name for itself, and its address. */
export function origin({ application_name, client_address }: NoticeSubject): string {
  const program = visible(application_name).trim();
  return `${program ? shorten(program, 100) : 'a client without a name'}, from ${inline(client_address, 100)}`;
}

export const inSessions = (n: number): string => (n === 1 ? '' : ` in ${n.toLocaleString('en-US')} sessions`);

/** For a subject or a headline. */
export const when = (iso: string, { now, zone }: Writing): string => clockTime(new Date(iso), now, zone);

/** For everything else: with UTC beside it. */
export const whenExactly = (iso: string, { now, zone }: Writing): string => clockTimes(new Date(iso), now, zone);

/** `42 s, at 20:41 UTC`, `4 min 10 s, from 20:41 to 20:45 UTC`. */
export function span(from: string, to: string, writing: Writing): string {
  const words = inWords((Date.parse(to) - Date.parse(from)) / 1_000);
  const [begin, end] = [whenExactly(from, writing), whenExactly(to, writing)];
  return begin === end ? `${words}, at ${begin}` : `${words}, from ${begin} to ${end}`;
}

export function latest(times: string[]): string {
  return times.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
}

/** A message that an outage held back says so. */
export function lateness(told: Told, { now, zone }: Writing): string[] {
  const late = now.getTime() - told.createdAt.getTime();
  if (late < 60_000) return [];
  return [
    `This message is ${inWords(late / 1_000)} late: it was recorded at ${clockTimes(told.createdAt, now, zone)} and could not be delivered sooner. It says what is known now.`,
  ];
}

/** Where one goes on, by a page of the console; null where there is none. */
export const link = (words: string, url: string | null) => (url === null ? null : { words, url });

/** Which of a message's several sessions. */
export const aboutSession = (event: NoticeSubject): string => `${inline(event.session, 60)} · ${origin(event)}`;

/** Which processes say it, where that is known. */
export const gatewaysOf = (events: NoticeEvent[]): string[] => [
  ...new Set(events.flatMap((event) => ('gateway' in event && event.gateway ? [event.gateway] : []))),
];

export const saidBy = (events: NoticeEvent[]): [string, string][] => {
  const gateways = gatewaysOf(events);
  return gateways.length === 0 ? [] : [['Gateway', gateways.map((one) => inline(one, 100)).join(', ')]];
};

export const LEDGER_ADVICE = (elevation: string): string =>
  `The statements, with their values left out, are in the ledger: sudoqld ledger show --elevation ${inline(elevation, 80)}`;
