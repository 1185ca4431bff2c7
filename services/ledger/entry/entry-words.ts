// An entry in one line of plain words.
import type { Actor, EntryDraft, TransactionState, WrittenTo, Written } from './entry.ts';
import { executionsOf, type ReadsEntry, type WritesEntry } from './executions.ts';

const who = (actor: Actor | null): string =>
  actor === null ? 'nobody' : 'principal' in actor ? actor.principal : `operator ${actor.operator}`;
const rows = (n: number | null): string => (n === null ? '' : `, ${n} ${n === 1 ? 'row' : 'rows'}`);

function writtenTo(told: WrittenTo | undefined): string {
  if (!told) return '';
  const { mailed, no_address: without, too_many: many } = told;
  if (many !== undefined) return `, too many to write to one by one (${many})`;
  const unheard = without.length > 0 ? `, without an address: ${without.join(', ')}` : '';
  return `${mailed.length > 0 ? `, written to: ${mailed.join(', ')}` : ''}${unheard}`;
}

export function wordsOf(entry: EntryDraft): string {
  switch (entry.kind) {
    case 'gateway_started':
      return `${entry.replica}, version ${entry.version}`;
    case 'gateway_stopped':
      return entry.replica;
    case 'session_started':
      return `${entry.application_name || 'a client'} from ${entry.client_address} (${entry.via}), token ${entry.token}`;
    case 'session_ended':
      return `${entry.why}, ${entry.statements} statements`;
    case 'elevation_started':
    case 'elevation_extended':
      return `until ${entry.deadline}${entry.break_glass ? ', BROKE GLASS' : ''}${entry.request ? `, ${entry.request}` : ''}: ${entry.reason}`;
    case 'request_made':
      return `${entry.request} to ${entry.asked.join(', ')} until ${entry.expires}${writtenTo(entry.told)}: ${entry.reason}`;
    case 'request_approved':
      return `${entry.request} by ${who(entry.actor)} for ${entry.sets.join(', ')}${entry.approved ? '' : ', more are needed'}${entry.why === null ? '' : `: ${entry.why}`}`;
    case 'request_denied':
      return `${entry.request} by ${who(entry.actor)}${entry.why === null ? '' : `: ${entry.why}`}`;
    case 'request_withdrawn':
      return `${entry.request} by ${who(entry.actor)}`;
    case 'request_expired':
      return entry.request;
    case 'request_reminded':
      return `${entry.request}: ${entry.step}${writtenTo(entry.told)}`;
    case 'answer_refused':
      return `${entry.action} of ${entry.about} by ${who(entry.actor)} (${entry.codes.join(', ')})`;
    case 'elevation_reviewed':
      return `by ${who(entry.actor)}: ${entry.comment}`;
    case 'elevation_remarked':
      return `${entry.says} by ${who(entry.actor)}${entry.text === null ? '' : `: ${entry.text}`}`;
    case 'review_reminded':
      return `a review is owed, reminder ${entry.step}`;
    case 'elevation_refused':
      return `${entry.codes.join(', ')}${entry.fault ? ` (${entry.fault})` : ''}: ${entry.reason}`;
    case 'elevation_revoked':
      return `by ${who(entry.actor)}${entry.why === undefined ? '' : `: ${entry.why}`}`;
    case 'elevation_ended':
      return `${entry.why} after ${entry.seconds} s${entry.summary ? `, ${entry.summary.statements} statements${entry.summary.backend === 'gone' ? '' : ', the backend was NOT seen to be gone'}` : ''}`;
    case 'elevation_settled':
      return `the backend ${entry.backend === 'gone' ? 'was seen to be gone' : 'still was NOT seen to be gone'} ${entry.seconds} s after the end`;
    case 'statement_intent':
      return `${entry.mode}: ${entry.normalized}`;
    case 'statement_outcome':
      return `${entry.result}${entry.sqlstate ? ` ${entry.sqlstate}` : ''}${rows(entry.rows)}, ${entry.duration_ms} ms`;
    case 'statement_refused':
      return `${entry.code}${entry.reasons.length ? ` (${entry.fault ?? entry.reasons.join(', ')})` : ''}: ${entry.normalized ?? ''}`;
    case 'reads':
      return entry.runs
        ? readsOf(entry)
        : `${entry.count} × ${entry.normalized}${rows(entry.rows)}${entry.failed ? `, ${entry.failed} failed` : ''}`;
    case 'writes':
      return writesOf(entry);
    case 'token_created':
      return `${entry.token} for ${entry.principal} (${entry.principal_kind}, elevate ${entry.elevate}) by ${who(entry.actor)}`;
    case 'principal_bound':
      return `${entry.principal} is ${entry.subject} of ${entry.issuer}, by ${who(entry.actor)}`;
    case 'signed_in':
      return `${entry.sign_in} from ${entry.client_address} (${entry.client})`;
    case 'sign_in_ended':
      return `${entry.sign_in} of ${entry.principal}: ${entry.why}, by ${who(entry.actor)}`;
    case 'token_revoked':
      return `${entry.token} of ${entry.principal} by ${who(entry.actor)}`;
    case 'policy_activated':
      return `${entry.revision.slice(0, 12)} by ${who(entry.actor)}: ${[entry.summary, ...(entry.rights ?? [])].join('; ')}`;
    case 'policy_requested':
      return `${entry.revision.slice(0, 12)} as ${entry.request} by ${who(entry.actor)}: ${[entry.summary, ...entry.rights].join('; ')}`;
    case 'policy_line_ends':
      return `${entry.line} ends ${entry.until}`;
    case 'policy_approved':
    case 'policy_denied':
      return `${entry.request} (${entry.revision.slice(0, 12)}) by ${who(entry.actor)}`;
    case 'policy_refused':
      return `${entry.revision?.slice(0, 12) ?? ''} ${entry.problem}`;
    case 'admin_decided':
      return `${entry.action}${entry.subject === null ? '' : ` of ${entry.subject}`}: ${entry.result}${entry.decided.said.codes.length > 0 ? ` (${entry.decided.said.codes.join(', ')})` : ''}`;
    case 'notice_delivered':
      return `${entry.notice} by ${entry.channel}, attempt ${entry.attempts}`;
    case 'notice_failed':
      return `${entry.notice} by ${entry.channel} after ${entry.attempts} attempts: ${entry.problem}`;
    case 'chain_anchor':
      return `chain ${entry.of.chain} at ${entry.of.seq}`;
    case 'heads_told':
      return `of ${entry.chains} chains, by ${entry.channels.join(', ')}`;
    case 'ledger_pruned':
      return `${entry.month}, ${entry.entries} entries, by ${who(entry.actor)}`;
    case 'policies_pruned':
      return `${entry.contents.length} stored policies from before ${entry.before}, by ${who(entry.actor)}`;
    default:
      return entry satisfies never;
  }
}

/** Form after form, with how often it ran and what came of it. */
function readsOf(entry: ReadsEntry): string {
  const byForm = Map.groupBy(executionsOf(entry), ({ form }) => form);
  const forms = [...byForm].map(([{ normalized }, executions]) => {
    const total = executions.reduce((sum, each) => sum + (each.rows ?? 0), 0);
    const failed = executions.filter(({ result }) => result === 'error' || result === 'unknown').length;
    const running = executions.filter(({ result }) => result === 'running').length;
    return `${executions.length} × ${normalized}${rows(total)}${failed ? `, ${failed} failed` : ''}${running ? `, ${running} running` : ''}`;
  });
  const ended = entry.ended.map(({ number, ...how }) => `read ${number} ended: ${how.result}${rows(how.rows)}`);
  return [...forms, ...ended].join('; ');
}

/** Execution after execution: which of them did what is what is asked of a record of writes. */
function writesOf(entry: WritesEntry): string {
  const runs = executionsOf(entry).map(
    ({ form, result, sqlstate, rows: n, transaction, written }) =>
      `${form.normalized}: ${result}${sqlstate ? ` ${sqlstate}` : ''}${rows(n)}${fate(transaction, written)}`,
  );
  const ended = entry.ended.map(
    ({ number, result, sqlstate, rows: n, transaction, written }) =>
      `write ${number} ended: ${result}${sqlstate ? ` ${sqlstate}` : ''}${rows(n)}${fate(transaction, written)}`,
  );
  return [...runs, ...ended].join('; ');
}

function fate(transaction: TransactionState | undefined, written: Written | undefined): string {
  if (transaction === undefined || transaction === 'open') return '';
  const tables = [
    ...Object.entries(written?.rows ?? {}).map(([table, n]) => `${n} of ${table}`),
    ...(written?.changed ?? []),
  ];
  return ` (${transaction.replace('_', ' ')}${tables.length > 0 ? `: ${tables.join(', ')}` : ''})`;
}

/** On one line, with nothing that a terminal would act upon: what clients sent must not move a reader's cursor, nor reverse its text. */
export function plain(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
