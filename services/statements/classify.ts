// What a statement's own words say, without the catalogue: effects, floor and mechanics of each kind.
import type { Mechanics } from './analysis.ts';
import type { Findings } from './findings.ts';
import { commitsItself } from './commits-itself.ts';
import { definition, isOff } from './options.ts';
import { classifySet } from './set-statements.ts';
import { judgeSetting } from './settings.ts';
import { fold } from './sql-characters.ts';
import { STATEMENT_KINDS } from './statement-kinds.ts';
import { child, list, strings, text, type Tree, type TypedNode, unwrap } from './tree.ts';
import { classifyTransaction } from './transactions.ts';

const CURSOR_HOLD = 0x0020;

/** Of the options of a COPY that reads. PostgreSQL takes neither twice, nor the one with the other. */
function copyFraming(options: unknown[]): Pick<Mechanics, 'copyFraming'> {
  for (const { name, value } of options.map(definition)) {
    if (name === 'header' && !isOff(value)) return { copyFraming: 'header' };
    if (name === 'format' && value === 'binary') return { copyFraming: 'trailer' };
  }
  return {};
}

/** Adds what `node` (a statement, also one inside another) does by its own kind and words. */
export function classify(
  node: TypedNode,
  mode: 'read' | 'write',
  found: Findings,
  own: readonly string[] = [],
): Mechanics {
  const kind = STATEMENT_KINDS.get(node.type);
  if (!kind) {
    found.floor.add('unknown_node');
    return {};
  }
  for (const effect of kind.effects) found.effects.add(effect);
  if (kind.floor !== undefined) found.floor.add(kind.floor);
  const mechanics = DETAILS[node.type]?.(node, mode, found, own) ?? {};
  if (makesTemporary(node)) mechanics.makesTemporary = true;
  return commitsItself(node) ? { ...mechanics, commitsItself: true } : mechanics;
}

/** By its words; a schema `pg_temp` is as good. */
function makesTemporary(node: TypedNode): boolean {
  const into = child(node, 'into') ?? child(node, 'intoClause');
  const made =
    node.type === 'CreateStmt'
      ? child(node, 'relation')
      : node.type === 'ViewStmt'
        ? child(node, 'view')
        : into && child(into, 'rel');
  return made !== null && (made.body.relpersistence === 't' || text(made.body.schemaname) === 'pg_temp');
}

type Detail = (node: TypedNode, mode: 'read' | 'write', found: Findings, own: readonly string[]) => Mechanics;

const returnsRows: Detail = (_node, _mode, found) => {
  found.flags.returns_rows = true;
  return {};
};

const returning: Detail = (node, _mode, found) => {
  if (child(node, 'returningClause')) found.flags.returns_rows = true;
  return {};
};

const DETAILS: Record<string, Detail | undefined> = {
  SelectStmt: returnsRows,
  InsertStmt: returning,
  UpdateStmt: returning,
  DeleteStmt: returning,
  MergeStmt: returning,
  FetchStmt: (node, mode, found, own) => ({
    ...returnsRows(node, mode, found, own),
    fetches: text(node.body.portalname),
  }),
  VariableShowStmt: (node, mode, found, own) => {
    found.flags.setting = fold(text(node.body.name));
    return returnsRows(node, mode, found, own);
  },
  ExplainStmt: (node, mode, found, own) => {
    found.flags.explain = true;
    for (const option of list(node.body.options)) {
      const { name, value } = definition(option);
      if (name === 'analyze' && !isOff(value)) found.flags.explain_analyze = true;
    }
    return returnsRows(node, mode, found, own);
  },
  CopyStmt: (node, _mode, found) => {
    const from = node.body.is_from === true;
    found.effects.add(from ? 'write' : 'read');
    if (node.body.is_program === true) found.floor.add('copy_program');
    else if (node.body.filename !== undefined) found.floor.add('copy_file');
    else found.flags.copy = from ? 'from_stdin' : 'to_stdout';
    return from ? { copy: 'in' } : { copy: 'out', ...copyFraming(list(node.body.options)) };
  },
  DeclareCursorStmt: (node, _mode, found) => {
    const declares = text(node.body.portalname);
    if ((Number(node.body.options ?? 0) & CURSOR_HOLD) === 0) return { declares };
    found.holds = true;
    return { declares, holds: true };
  },
  ClosePortalStmt: (node) => ({ closes: text(node.body.portalname) || '*' }),
  PrepareStmt: (node) => ({ prepares: text(node.body.name) }),
  ExecuteStmt: (node) => ({ executes: text(node.body.name) }),
  DeallocateStmt: (node) => ({ deallocates: node.body.isall === true ? '*' : text(node.body.name) || '*' }),
  DiscardStmt: (node) => (node.body.target === 'DISCARD_ALL' ? { discardAll: true, searchPath: null } : {}),
  LockStmt: (node, _mode, found) => {
    // ACCESS SHARE is what a SELECT takes; pg_dump asks for it first.
    if (node.body.mode === 1) {
      found.effects.delete('lock');
      found.effects.add('read');
    }
    return {};
  },
  TransactionStmt: (node, mode, found) => classifyTransaction(node.body, mode, found),
  VariableSetStmt: (node, mode, found, own) => classifySet(node.body, mode, found, own),
  AlterRoleStmt: (_node, _mode, found) => loginChange(found),
  AlterRoleSetStmt: (_node, _mode, found) => loginChange(found),
  DropRoleStmt: (_node, _mode, found) => loginChange(found),
  GrantRoleStmt: (_node, _mode, found) => loginChange(found),
  CreateRoleStmt: (_node, _mode, found) => loginChange(found),
  DropStmt: (node, _mode, found) => {
    const type = String(node.body.removeType ?? '');
    if (CODE_OBJECTS.has(type)) found.effects.add('code');
    if (REPLICATION_OBJECTS.has(type)) found.floor.add('replication');
    return {};
  },
  IndexStmt: (node, _mode, found) => {
    const columns = list(node.body.indexParams).map(unwrap);
    if (child(node, 'whereClause') || columns.some((column) => column && child(column, 'expr')))
      found.effects.add('code');
    return {};
  },
  CreateStmt: (node, _mode, found) => {
    if (hasExpressions(list(node.body.tableElts)) || child(node, 'partspec')) found.effects.add('code');
    return {};
  },
  CreateForeignTableStmt: (node, _mode, found) => {
    serverFiles(list(node.body.options), found);
    return {};
  },
  AlterTableStmt: (node, _mode, found) => {
    for (const command of list(node.body.cmds)) alterTable(unwrap(command)?.body ?? {}, found);
    return {};
  },
  RenameStmt: (node, _mode, found) => {
    if (String(node.body.renameType) === 'OBJECT_ROLE') loginChange(found);
    if (CODE_OBJECTS.has(String(node.body.renameType))) found.effects.add('code');
    if (REPLICATION_OBJECTS.has(String(node.body.renameType))) found.floor.add('replication');
    return {};
  },
  AlterOwnerStmt: (node, _mode, found) => {
    if (REPLICATION_OBJECTS.has(String(node.body.objectType))) found.floor.add('replication');
    return {};
  },
  // A setting for sessions to come, or for whoever calls a function, is one that a session may not change itself.
  AlterDatabaseSetStmt: (node, _mode, found) => laterSetting(child(node, 'setstmt'), found),
  CreateFunctionStmt: (node, _mode, found) => functionSettings(node.body.options, found),
  AlterFunctionStmt: (node, _mode, found) => functionSettings(node.body.actions, found),
  GrantStmt: (node, _mode, found) => {
    if (node.body.objtype !== 'OBJECT_PARAMETER_ACL') return {};
    const rights = list(node.body.privileges).map((right) => text(unwrap(right)?.body.priv_name));
    if (rights.length === 0 || rights.includes('alter system')) found.floor.add('alter_system');
    for (const name of strings(node.body.objects)) refuseSetting(name, found);
    return {};
  },
  AlterDefaultPrivilegesStmt: () => ({}),
};

/** A foreign table of file_fdw is a file or a program of the server's, as COPY's are. Of another wrapper these names could mean the same. */
function serverFiles(options: unknown[], found: Findings): void {
  for (const option of options) {
    const { name } = definition(option);
    if (name === 'program') found.floor.add('copy_program');
    else if (name === 'filename') found.floor.add('copy_file');
  }
}

/** Logins are not the business of a session, not even its own password: the floor, whichever login it is. */
function loginChange(found: Findings): Mechanics {
  found.floor.add('alter_login');
  return {};
}

function functionSettings(options: unknown, found: Findings): Mechanics {
  for (const option of list(options).map(unwrap))
    if (option && text(option.body.defname) === 'set') laterSetting(unwrap(option.body.arg), found);
  return {};
}

function laterSetting(set: TypedNode | null, found: Findings): Mechanics {
  if (set) refuseSetting(text(set.body.name), found);
  return {};
}

/** By its name alone: which value it would have by then is not followed. */
function refuseSetting(name: string, found: Findings): void {
  const verdict = name === '' ? null : judgeSetting(name, undefined, 'write');
  if (verdict?.allowed === false) found.floor.add(verdict.floor);
}

const REPLICATION_OBJECTS = new Set(['OBJECT_PUBLICATION', 'OBJECT_SUBSCRIPTION']);

const CODE_OBJECTS = new Set(
  `OBJECT_FUNCTION OBJECT_PROCEDURE OBJECT_ROUTINE OBJECT_AGGREGATE OBJECT_TRIGGER OBJECT_EVENT_TRIGGER OBJECT_RULE
  OBJECT_POLICY OBJECT_VIEW OBJECT_OPERATOR OBJECT_OPCLASS OBJECT_OPFAMILY OBJECT_CAST OBJECT_EXTENSION OBJECT_LANGUAGE
  OBJECT_TRANSFORM OBJECT_CONVERSION OBJECT_DEFAULT OBJECT_DOMAIN OBJECT_DOMCONSTRAINT`.split(/\s+/),
);

function hasExpressions(elements: unknown[]): boolean {
  return elements.some((element) => {
    const node = unwrap(element);
    if (!node) return false;
    if (node.type === 'ColumnDef')
      return hasExpressions(list(node.body.constraints)) || child(node, 'raw_default') !== null;
    return node.type === 'Constraint' && child(node, 'raw_expr') !== null;
  });
}

const PLAIN_ALTERATIONS = new Set(
  `AT_DropColumn AT_SetNotNull AT_DropNotNull AT_SetStatistics AT_SetOptions AT_ResetOptions AT_SetStorage
  AT_SetCompression AT_AddIndex AT_DropConstraint AT_ValidateConstraint AT_ClusterOn AT_DropCluster AT_SetLogged
  AT_SetUnLogged AT_SetRelOptions AT_ResetRelOptions AT_AddInherit AT_DropInherit AT_AttachPartition
  AT_DetachPartition AT_DetachPartitionFinalize AT_ReplicaIdentity AT_AddIdentity AT_SetIdentity AT_DropIdentity`.split(
    /\s+/,
  ),
);

function alterTable(command: Tree, found: Findings): void {
  const subtype = String(command.subtype ?? 'AT_AddColumn');
  const definition = unwrap(command.def);
  if (subtype === 'AT_GenericOptions') serverFiles(list(definition?.body.items), found);
  if (subtype === 'AT_AddColumn' || subtype === 'AT_AddConstraint') {
    if (hasExpressions([command.def])) found.effects.add('code');
  } else if (subtype === 'AT_ChangeOwner') found.effects.add('grant');
  else if (subtype === 'AT_ColumnDefault' && definition?.type === 'A_Const') found.effects.add('code');
  else if (!PLAIN_ALTERATIONS.has(subtype)) found.effects.add('code');
}
