// What a provider's claims say of a person. What is not said, or said in another shape, is no right: it refuses, in words.
import { providerGroup } from './groups.ts';
import { SignInRefused } from './refused.ts';
import type { SignInSettings } from './settings.ts';

export interface Person {
  issuer: string;
  /** What the provider calls the person for good. */
  subject: string;
  login: string;
  email: string | null;
  name: string | null;
  /** As principals have them (groups.ts). */
  groups: string[];
}

/** As `sudoqld token create` takes it. */
const LOGIN = /^[a-z0-9][a-z0-9._@+-]{0,62}$/;
const EMAIL = /^[^\s<>"',;:@\p{C}]+@[^\s<>"',;:@\p{C}]+$/u;
/** Of one principal; decisions are known to be quick for so many. */
const MOST_GROUPS = 50;

/** Throws SignInRefused. `claims`: of an ID token that was verified, with those of the userinfo endpoint of the same subject. */
export function personOf(claims: Record<string, unknown>, settings: Pick<SignInSettings, 'issuer' | 'claims'>): Person {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw refused('The provider names no subject.');
  return {
    issuer: settings.issuer,
    subject: sub,
    login: loginOf(claims, settings.claims.login),
    email: emailOf(claims, settings.claims.email),
    name: nameOf(claims[settings.claims.name]),
    groups: groupsOf(claims, settings.claims.groups),
  };
}

function loginOf(claims: Record<string, unknown>, claim: string): string {
  const said = claims[claim];
  if (typeof said !== 'string' || said === '') throw refused(`The provider says no ${claim}, which is the login name.`);
  if (claim === 'email' && claims.email_verified === false)
    throw refused('The provider has not verified the address that is the login name.');
  const login = said.toLowerCase();
  if (LOGIN.test(login)) return login;
  throw refused(
    `The login name that the provider says (${claim}) has other than 1 to 63 letters, digits or ._@+-, or begins with one of those.`,
  );
}

/** Only for telling people; who somebody is never hangs on it. */
function emailOf(claims: Record<string, unknown>, claim: string): string | null {
  const said = claims[claim];
  if (typeof said !== 'string' || said.length > 254 || !EMAIL.test(said)) return null;
  return claim === 'email' && claims.email_verified === false ? null : said;
}

const nameOf = (said: unknown): string | null =>
  typeof said === 'string' && said.trim() !== '' ? said.trim().slice(0, 200) : null;

/** As principals have them, in order. Throws SignInRefused where they are not said whole. */
export function groupsOf(claims: Record<string, unknown>, claim: string | null): string[] {
  if (claim === null) return [];
  const said = claims[claim];
  if (elsewhere(claims, claim)) {
    throw refused(
      `The person is in more groups than the provider writes down: it gave a pointer in place of ${claim}. Let it send only the groups that are assigned to sudoql.`,
    );
  }
  if (said === undefined || said === null) {
    throw refused(
      `The provider says no ${claim}: let it send them to sudoql, or set sign_in.claims.groups to the claim that has them.`,
    );
  }
  if (!Array.isArray(said) || !said.every((each) => typeof each === 'string' && each !== ''))
    throw refused(`${claim} is no list of names.`);
  if (said.length > MOST_GROUPS)
    throw refused(`The provider says ${said.length} groups, more than ${MOST_GROUPS}: let it send fewer.`);
  return [...new Set(said.map((name: string) => providerGroup(name)))].sort();
}

/** OpenID Connect Core 5.6.2, which Entra uses past 200 groups, and its `hasgroups` of other flows. */
function elsewhere(claims: Record<string, unknown>, claim: string): boolean {
  const { _claim_names: names, hasgroups } = claims;
  return (typeof names === 'object' && names !== null && claim in names) || (claim === 'groups' && Boolean(hasgroups));
}

const refused = (message: string) => new SignInRefused('claims', message);
