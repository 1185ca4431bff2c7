// Who never answers, whatever a policy says.
import type { Principal } from '../../contract/words.ts';

export interface Barred {
  code: string;
  message: string;
}

/** Null when the floor lets them: a person, and another one than who asked, by id and by email. */
export function barred(who: Principal, asker: Principal): Barred | null {
  if (who.kind !== 'human') return { code: 'only_people', message: 'only people answer, not services or agents' };
  if (who.id === asker.id) return { code: 'own_request', message: 'your own request is for somebody else to answer' };
  if (sameEmail(who.email, asker.email)) {
    return {
      code: 'own_request',
      message: 'whoever asked has your email: your own request is for somebody else to answer',
    };
  }
  return null;
}

/** Who confirms: the person who asked, and nobody else. */
export function mayConfirm(who: Principal, asker: Principal): Barred | null {
  if (who.kind !== 'human') return { code: 'only_people', message: 'only people answer, not services or agents' };
  if (who.id !== asker.id) return { code: 'not_yours', message: 'whoever asked confirms it themselves' };
  return null;
}

/** By id or by email: one who has two names is one. */
export const samePerson = (a: Principal, b: Principal): boolean => a.id === b.id || sameEmail(a.email, b.email);

const sameEmail = (a: string | null, b: string | null): boolean => a !== null && b !== null && folded(a) === folded(b);
export const folded = (email: string): string => email.trim().normalize('NFKC').toLowerCase();
