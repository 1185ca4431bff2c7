/** Where somebody wanted to go, if that is a page of ours; else the first page. What is anything but a path here leads elsewhere. */
export function returnPath(wanted: unknown): string {
  if (typeof wanted !== 'string' || wanted.length > 1_000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return '/';
  const base = 'http://here.invalid';
  const url = URL.canParse(wanted, base) ? new URL(wanted, base) : null;
  // Signing in or out once more is no place to go back to.
  if (url?.origin !== base || url.pathname.startsWith('/sign-')) return '/';
  return url.pathname + url.search;
}
