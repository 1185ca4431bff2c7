// Phrases that several messages share.
import type { Letter } from '../letter.ts';
import type { Message, Told } from '../message.ts';
import type { NoticeEvent, NoticeSubject } from '../notice.ts';
import { inWords } from '../../contract/durations.ts';
import { clockTime, count } from '../render/times.ts';
import { inline, shorten, visible } from '../render/visible.ts';

export type EventOf<K extends NoticeEvent['event']> = Extract<NoticeEvent, { event: K }>;

/** What a text gets to write with: the first event speaks for what all have in common. */
export interface Writing<E extends NoticeEvent> {
  first: E;
  events: [E, ...E[]];
  message: Message;
  now: Date;
  /** Null when there is none, or the deadline has passed. */
  stopLink(elevation: string, deadline: string): string | null;
}

export type Text<E extends NoticeEvent> = (writing: Writing<E>) => Omit<Letter, 'head'>;

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

export const inSessions = (n: number): string => (n === 1 ? '' : ` in ${count(n, 'session')}`);

export const when = (iso: string, now: Date): string => clockTime(new Date(iso), now);

export function latest(times: string[]): string {
  return times.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
}

/** A message that an outage held back says so, for what it tells may be over. */
export function lateness(told: Told, now: Date): string[] {
  const late = now.getTime() - told.createdAt.getTime();
  if (late < 60_000) return [];
  return [
    `This message is ${inWords(late / 1_000)} late: it was recorded at ${clockTime(told.createdAt, now)} and could not be delivered sooner.`,
  ];
}

/** Which of a message's several sessions. */
export const aboutSession = (event: NoticeSubject): string => `${inline(event.session, 60)} · ${origin(event)}`;

/** More make a mail that nobody reads; the rest are counted. */
const SHOWN = 50;

/** The sessions of a message and how to stop them: links where there are some, otherwise only names; nothing for a single one without. */
export function sessionsAndStops(
  events: (NoticeSubject & { elevation: string; deadline: string })[],
  stopLink: (elevation: string, deadline: string) => string | null,
): Pick<Letter, 'blocks' | 'stop'> {
  const shown = events.slice(0, SHOWN);
  const more = events.length - shown.length;
  const stop = shown.flatMap((event) => {
    const url = stopLink(event.elevation, event.deadline);
    return url ? [{ elevation: event.elevation, about: events.length > 1 ? aboutSession(event) : null, url }] : [];
  });
  const rows = events.length > 1 && stop.length === 0 ? shown.map((event) => [aboutSession(event)]) : [];
  if (more > 0)
    rows.push([`… and ${count(more, 'more session')}: sudoqld ledger show, or GET /v1/elevations, lists all`]);
  return {
    blocks: rows.length ? [{ title: stop.length ? 'Not shown' : 'The sessions', note: null, rows, code: false }] : [],
    stop,
  };
}

export const LEDGER_ADVICE = (elevation: string): string =>
  `The statements, with their values left out, are in the ledger: sudoqld ledger show --elevation ${inline(elevation, 80)}`;
