// Decisions that were made, with what they were made on: what replay evaluates again.
import type { EntrypointName } from '../schemas/schemas.ts';

export type Result = 'allow' | 'confirm' | 'approve' | 'deny';

export interface RecordedDecision {
  /** Where it stands in the record: `chain:seq`. */
  entry: string;
  at: string;
  entrypoint: EntrypointName;
  /** Hashes of the input without clock and statement, and of the statement's facts. */
  context: string;
  facts: string | null;
  /** The clock that it was decided by, ISO 8601 with milliseconds. */
  clock: string;
  /** What policy said, and the codes of its reasons. Null: it was recorded by a version that did not record it, and is compared with nothing. */
  result: Result | null;
  codes: string[];
  /** On which it allowed it: obligations, an elevation's times and channels. */
  terms: object;
  revision: string | null;
  principal: string;
  target: string;
  /** Of a statement; the action that `admin` was asked about. */
  fingerprint: string | null;
  normalized: string | null;
  /** Of equal decisions that it stands for. */
  count: number;
}

/** Some decisions, in their order, and the texts (JSON) of those of their parts that there still are, by hash. */
export interface DecisionPage {
  decisions: RecordedDecision[];
  parts: ReadonlyMap<string, string>;
}

/** Bounded pages; read only as fast as they are taken. */
export type Decisions = AsyncIterable<DecisionPage>;

/** A decision page holds no more than this, so that what is in memory is known. */
export const PAGE_DECISIONS = 500;
