// Why an elevation is refused: in the words of its client, of the record, and of whoever is told.
import type { ClientError, ErrorCode } from '../contract/errors.ts';
import type { Decided } from '../ledger/entry/entry.ts';
import type { Reason } from '../policy/decision.ts';

/** Before it is recorded. */
export interface Refusal {
  error: ClientError;
  codes: string[];
  /** For people: a sentence each. */
  messages: string[];
  /** Why policy could not decide; for the record. */
  fault?: string;
  revision: string | null;
  decided: Decided | null;
  /** A slip of the pen (an empty reason, `soon`) is recorded; people are told of what was not permitted. */
  tell: boolean;
}

export interface Refused {
  ok: false;
  refusal: Refusal;
}

/** What policy was asked, where it was. */
interface Judgement {
  revision: string | null;
  decided: Decided | null;
}
const NOT_ASKED: Judgement = { revision: null, decided: null };

/** A slip of the pen. */
export function mistaken(code: string, message: string, hint: string): Refused {
  const error = { code: 'sudo_bad_argument', message, hint } as const;
  return { ok: false, refusal: { error, codes: [code], messages: [message], ...NOT_ASKED, tell: false } };
}

/** Of the token, whatever is asked with it. */
export const tokenMayNot = (reason: Reason): Refused =>
  refused('sudo_not_permitted', 'writing is not permitted to this token here', [reason], NOT_ASKED);

/** Whatever policy says. */
export const notPermitted = (reason: Reason, judgement: Judgement): Refused =>
  refused('sudo_not_permitted', 'this elevation is not permitted', [reason], judgement);

export function refusedByPolicy(reasons: Reason[], judgement: Judgement): Refused {
  const none = { code: 'denied', message: 'Policy denies it and gives no reason.', remedy: 'Ask the security team.' };
  const said = reasons.length > 0 ? reasons : [none];
  return refused('sudo_not_permitted', 'policy does not permit this elevation', said, judgement);
}

export function policyFault(fault: string, judgement: Judgement): Refused {
  const error = {
    code: 'fault',
    message: 'policy could not decide, so this is refused',
    hint: 'Tell the security team: the record has the cause.',
  } as const;
  const messages = ['Policy could not decide.'];
  return { ok: false, refusal: { error, codes: ['policy_fault'], messages, fault, ...judgement, tell: true } };
}

function refused(code: ErrorCode, message: string, reasons: Reason[], judgement: Judgement): Refused {
  return {
    ok: false,
    refusal: {
      error: {
        code,
        message,
        detail: reasons.map((reason) => `${reason.code}: ${reason.message}`).join('\n'),
        hint: [...new Set(reasons.map(({ remedy }) => remedy))].join('\n'),
      },
      codes: reasons.map((reason) => reason.code),
      messages: reasons.map((reason) => reason.message),
      ...judgement,
      tell: true,
    },
  };
}
