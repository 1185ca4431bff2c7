// Which entries go first, and in whose turn the others are: what one client makes the ledger record costs the others no
// more than its share, and nothing that protects.
import type { EntryDraft } from '../entry/entry.ts';

/**
 * `protect`: what starts, stops and settles (elevations, revocations, tokens, policies): ahead of all others. `outcome`: there is
 * always room for it, for what it is about has run. `statement`: as much as the principal's share has room for.
 */
export type Lane = 'protect' | 'outcome' | 'statement';

/** Where an entry waits. Sessions of a principal take turns, and principals do; entries of one session keep their order. */
export interface Waiting {
  lane: Lane;
  /** Who caused it. What the gateway does by itself is under a name that no principal can have. */
  principal: string;
  /** Null where it depends on no other entry. */
  session: string | null;
}

/** Of what the gateway records by itself, each kind in a turn of its own. */
export const own = (what: string): Waiting => ({ lane: 'protect', principal: `(${what})`, session: null });

const GATEWAY = '(gateway)';

export function placeOf(draft: EntryDraft): Waiting {
  const lane = laneOf(draft);
  // Whoever is stopped, or asked, must not be able to delay it, neither by entries of the session nor by their own flood.
  if (
    'actor' in draft &&
    draft.actor &&
    ('session' in draft || draft.kind === 'token_revoked' || draft.kind === 'sign_in_ended')
  ) {
    return { lane, principal: 'principal' in draft.actor ? draft.actor.principal : GATEWAY, session: null };
  }
  // A notice each has a transaction of its own: the gateway's other affairs do not stand behind a thousand of them.
  if (draft.kind === 'notice_delivered' || draft.kind === 'notice_failed')
    return { lane, principal: '(notices)', session: null };
  const principal = 'principal' in draft ? draft.principal : GATEWAY;
  return { lane, principal, session: 'session' in draft ? draft.session : null };
}

function laneOf(draft: EntryDraft): Lane {
  switch (draft.kind) {
    case 'session_started':
    case 'statement_intent':
    case 'statement_refused':
    case 'admin_decided':
    case 'answer_refused':
      return 'statement';
    case 'reads':
    case 'writes':
    case 'statement_outcome':
    case 'session_ended':
    case 'notice_delivered':
    case 'notice_failed':
    case 'heads_told':
      return 'outcome';
    case 'gateway_started':
    case 'gateway_stopped':
    case 'elevation_started':
    case 'elevation_extended':
    case 'elevation_refused':
    case 'elevation_revoked':
    case 'elevation_ended':
    case 'elevation_settled':
    case 'principal_bound':
    case 'signed_in':
    case 'sign_in_ended':
    case 'elevation_reviewed':
    case 'review_reminded':
    case 'elevation_remarked':
    case 'request_made':
    case 'request_approved':
    case 'request_denied':
    case 'request_withdrawn':
    case 'request_expired':
    case 'request_reminded':
    case 'token_created':
    case 'token_revoked':
    case 'policy_activated':
    case 'policy_refused':
    case 'policy_requested':
    case 'policy_line_ends':
    case 'policy_approved':
    case 'policy_denied':
    case 'chain_anchor':
    case 'ledger_pruned':
    case 'policies_pruned':
      return 'protect';
  }
}
