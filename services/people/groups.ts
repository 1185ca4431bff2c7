import { SignInRefused } from './refused.ts';

/** As long as any group. */
const MOST = 63;

/**
 * A provider's group as a principal has it: `oidc:` before its name, so that whoever may name groups at the provider cannot name one of
 * ours; what it means is policy's data (`settings.people.groups`). Other characters than those of our groups are percent-encoded, so
 * that no two names become one. Throws SignInRefused when that is too long.
 */
export function providerGroup(name: string): string {
  const group = `oidc:${encodeURIComponent(name.toWellFormed()).replace(/[!~*'()]/g, percent)}`;
  if (group.length <= MOST) return group;
  throw new SignInRefused('claims', 'A group’s name is too long: let the provider not send it.');
}

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
