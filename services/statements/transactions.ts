// Transaction statements: their kind, and what asks for READ WRITE in words for a reader.
import type { Mechanics } from './analysis.ts';
import type { Findings } from './findings.ts';
import { definition, isOff } from './options.ts';
import { list, type Tree } from './tree.ts';

const KINDS: Record<string, Mechanics['transaction']> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
  TRANS_STMT_PREPARE: 'prepare',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
};

const NAMED: ReadonlySet<string> = new Set(['savepoint', 'release', 'rollback_to']);

export function classifyTransaction(body: Tree, mode: 'read' | 'write', found: Findings): Mechanics {
  const transaction = KINDS[String(body.kind ?? 'TRANS_STMT_BEGIN')];
  if (transaction === undefined) {
    found.floor.add('unknown_node');
    return {};
  }
  found.flags.transaction = transaction;
  if (transaction === 'prepare' || transaction.endsWith('_prepared')) found.floor.add('two_phase');
  const mechanics: Mechanics = { transaction };
  if (body.chain === true) mechanics.chain = true;
  if (NAMED.has(transaction)) mechanics.savepoint = String(body.savepoint_name ?? '');
  if (transaction !== 'begin') return mechanics;
  const head = body.kind === 'TRANS_STMT_START' ? 'START TRANSACTION' : 'BEGIN';
  return { ...mechanics, ...askedMode(head, body.options, mode, found) };
}

const ISOLATION = new Set(['serializable', 'repeatable read', 'read committed', 'read uncommitted']);

/**
 * Of BEGIN and SET TRANSACTION with these options: asking for READ WRITE is a write, which an elevation is for. Where it stands alone
 * `head` with READ ONLY, and the other options, does in its place.
 */
export function askedMode(head: string, options: unknown, mode: 'read' | 'write', found: Findings): Mechanics {
  const words = [head];
  let asked = false;
  let known = true;
  for (const option of list(options)) {
    const { name, value } = definition(option);
    if (name === 'transaction_read_only') asked ||= isOff(value);
    else if (name === 'transaction_deferrable') words.push(isOff(value) ? 'NOT DEFERRABLE' : 'DEFERRABLE');
    else if (name === 'transaction_isolation' && value !== undefined && value !== null && ISOLATION.has(value)) {
      words.push(`ISOLATION LEVEL ${value.toUpperCase()}`);
    } else known = false;
  }
  if (asked && mode === 'read') found.effects.add('write');
  return asked && known ? { asReadOnly: [...words, 'READ ONLY'].join(' ') } : {};
}
