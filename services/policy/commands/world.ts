// Who and what a policy is asked about, as far as a configuration and its ledger say: targets with their labels, people by their tokens.
import type { Principal, Target } from '../../contract/words.ts';

export interface World {
  targets: Target[];
  /** One for each kind and elevation that somebody has unexpired tokens of (matrix/people.ts). Null: the ledger did not answer. */
  people: Principal[] | null;
}
