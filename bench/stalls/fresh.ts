import { parse, query } from '../../services/gateway/wire/frames.ts';

let made = 0;

/** The text with a comment that no other has: what is known by its text costs nothing the second time. */
export const fresh = (text: string): string => `${text}\n--${++made}`;

export const freshQuery = (text: string): Buffer => query(fresh(text));
export const freshParse = (name: string, text: string, types: number[] = []): Buffer => parse(name, fresh(text), types);
