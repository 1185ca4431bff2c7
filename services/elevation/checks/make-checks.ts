import { post } from '../../notifier/channels/post.ts';
import type { CheckInput } from '../../policy/decision.ts';
import type { Checks, CheckSubject } from './checks.ts';

export interface CheckSettings {
  url: string;
  /** Sent as a bearer token. */
  token: string | null;
  /** Null: of every target. */
  targets: string[] | null;
  timeoutMs: number;
  /** For so long the answer about the same is used again. */
  cacheMs: number;
  allowPrivate: boolean;
  proxy: string | null;
}

/** Bytes of an answer. */
const MAX_ANSWER = 4_096;
/** Answers that are remembered. */
const REMEMBERED = 1_000;

const SILENT: CheckInput = { answered: false, status: null, answer: null };

interface Kept {
  until: number;
  answer: Promise<CheckInput>;
}

/** `now`: milliseconds, monotonic. */
export function makeChecks(
  settings: Record<string, CheckSettings>,
  now: () => number = () => performance.now(),
): Checks {
  const kept = new Map<string, Kept>();
  const all = Object.entries(settings);

  const once = (name: string, check: CheckSettings, subject: string): Promise<CheckInput> => {
    const key = `${name} ${subject}`;
    const known = kept.get(key);
    if (known && known.until > now()) return known.answer;
    const answer = askOne(check, subject);
    kept.delete(key);
    kept.set(key, { until: now() + check.timeoutMs + check.cacheMs, answer });
    for (const oldest of kept.keys()) {
      if (kept.size <= REMEMBERED) break;
      kept.delete(oldest);
    }
    void answer.then(({ answered }) => {
      const mine = kept.get(key);
      if (mine?.answer !== answer) return;
      // Silence is asked again.
      if (answered) mine.until = now() + check.cacheMs;
      else kept.delete(key);
    });
    return answer;
  };

  return {
    ask({ principal, target, reason }: CheckSubject) {
      const asked = all.filter(([, { targets }]) => targets === null || targets.includes(target.name));
      if (asked.length === 0) return null;
      const { id, email, groups, kind } = principal;
      const subject = JSON.stringify({ principal: { id, email, groups, kind }, target, reason });
      return Promise.all(asked.map(async ([name, check]) => [name, await once(name, check, subject)] as const)).then(
        (answers) => Object.fromEntries(answers),
      );
    },
  };
}

/** Never rejects. */
async function askOne(check: CheckSettings, subject: string): Promise<CheckInput> {
  try {
    const { status, body } = await post(
      new URL(check.url),
      {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(check.token === null ? {} : { authorization: `Bearer ${check.token}` }),
      },
      subject,
      {
        timeoutMs: check.timeoutMs,
        maxBytes: MAX_ANSWER,
        allowPrivate: check.allowPrivate,
        proxy: check.proxy === null ? null : new URL(check.proxy),
      },
    );
    if (status < 200 || status > 299) return { ...SILENT, status };
    return { answered: true, status, answer: JSON.parse(body) };
  } catch {
    return SILENT;
  }
}
