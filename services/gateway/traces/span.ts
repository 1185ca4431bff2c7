// One thing that took time, as it is told to a collector once it is over. Nothing here holds a text that somebody wrote: no statement, no
// reason, no value, no message of a server.

export type Attribute = string | number | boolean;

export interface Span {
  /** 32 hex digits. */
  trace: string;
  /** 16 hex digits. */
  id: string;
  parent: string | null;
  name: string;
  kind: 'internal' | 'server' | 'client';
  /** Milliseconds since 1970. */
  endedAt: number;
  milliseconds: number;
  /** Those that are null are left out. */
  attributes: Record<string, Attribute | null>;
  failed: boolean;
  /** Of another trace. */
  link?: { trace: string; id: string };
}
