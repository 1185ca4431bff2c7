import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ToAsk } from './requests.ts';

/** Equal where the same is asked: by the same person, of the same target, in the same way, for the same reason and time. */
export function bindingOf({
  request,
  reason,
  requestedSeconds,
  confirm,
}: Pick<ToAsk, 'request' | 'reason' | 'requestedSeconds' | 'confirm'>): string {
  const { principal, target } = request.session;
  const what = {
    principal: principal.id,
    target: target.name,
    mode: 'write',
    by: request.by,
    reason,
    requestedSeconds,
    ...(confirm && { confirm, breakGlass: request.breakGlass === true }),
  };
  return createHash('sha256')
    .update(canonicalize(what) ?? '')
    .digest('hex');
}
