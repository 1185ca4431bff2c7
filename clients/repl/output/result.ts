/** What a result is made of. Values are PostgreSQL's own texts. */
export interface Column {
  name: string;
  /** Oid of its type. */
  type: number;
}

export type Row = (string | null)[];

/** Takes a result as it comes. */
export interface ResultSink {
  columns(columns: Column[]): void;
  /** False: wait for `drained` before the next. */
  row(row: Row): boolean;
  /** Bytes of COPY … TO STDOUT. */
  copy(bytes: Buffer): boolean;
  /** The statement is done; `tag` as PostgreSQL says it (`UPDATE 3`), null for an empty one. `failed`: what came is not all. */
  done(tag: string | null, failed?: boolean): Promise<void>;
  drained(): Promise<void>;
}

const NUMERIC = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);
export const isNumeric = ({ type }: Column): boolean => NUMERIC.has(type);
