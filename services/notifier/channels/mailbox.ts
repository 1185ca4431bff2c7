// Addresses of mailboxes, as they are written.

/** One that can be nothing else: no name, no list, no comment. */
export const PLAIN_ADDRESS = /^[^\s<>@,;"]+@[^\s<>@,;"]+$/;

/** `sudoql <a@example.com>` → `a@example.com` */
export const addressOf = (written: string): string => /<([^<>]+)>\s*$/.exec(written)?.[1] ?? written.trim();
