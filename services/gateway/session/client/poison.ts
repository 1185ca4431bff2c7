// What is sent in place of a refused message when something before it must not be committed. It fails whatever a client
// may have prepared: an unqualified column with no FROM does not exist, and a name that does is an error as well.
import { parse, query } from '../../wire/frames.ts';

const TEXT = 'SELECT _sudoql_refused';

/** In the extended protocol; it leaves the unnamed statement alone. */
export const POISON = parse('_sudoql_refused', TEXT);
/** In a simple-query conversation, and to fail a transaction on the reader. */
export const POISON_TEXT = TEXT;
export const POISON_QUERY = query(TEXT);
