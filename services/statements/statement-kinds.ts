// What each kind of statement can do by its kind alone. A kind that is not here is not understood, and refused.
import type { Effect } from './facts.ts';

export interface StatementKind {
  effects: readonly Effect[];
  /** A floor code that holds for every statement of this kind. */
  floor?: string;
  /**
   * How the meaning layer looks inside: `query` resolves everything; `inner` has a statement inside; `names` resolves the
   * relations and functions named without knowing their scope; `plain` names nothing that could run.
   */
  meaning: 'query' | 'inner' | 'names' | 'plain';
}

const query = (...effects: Effect[]): StatementKind => ({ effects, meaning: 'query' });
const inner = (...effects: Effect[]): StatementKind => ({ effects, meaning: 'inner' });
const names = (...effects: Effect[]): StatementKind => ({ effects, meaning: 'names' });
const plain = (...effects: Effect[]): StatementKind => ({ effects, meaning: 'plain' });
const floor = (code: string, kind: StatementKind): StatementKind => ({ ...kind, floor: code });

export const STATEMENT_KINDS: ReadonlyMap<string, StatementKind> = new Map(
  Object.entries({
    SelectStmt: query('read'),
    InsertStmt: query('write'),
    UpdateStmt: query('write'),
    DeleteStmt: query('write'),
    MergeStmt: query('write'),

    ExplainStmt: inner(),
    PrepareStmt: inner('session'),
    DeclareCursorStmt: inner('read', 'session'),
    CopyStmt: inner(),
    CreateTableAsStmt: inner('ddl', 'write'),
    ViewStmt: inner('ddl', 'code'),
    RuleStmt: names('ddl', 'code'),

    // Its own effect is that of the prepared text, which the session knows: refused where it is not replaced by that.
    ExecuteStmt: names('dynamic'),
    FetchStmt: plain('read'),
    ClosePortalStmt: plain('session'),
    DeallocateStmt: plain('session'),
    DiscardStmt: plain('session'),
    VariableShowStmt: plain('read'),
    VariableSetStmt: plain('session'),
    TransactionStmt: plain('transaction'),
    ConstraintsSetStmt: plain('transaction'),
    UnlistenStmt: plain('session'),
    ListenStmt: floor('listen', plain('session')),
    NotifyStmt: plain('write'),
    LockStmt: names('lock'),

    CallStmt: names('dynamic'),
    DoStmt: plain('dynamic'),
    LoadStmt: floor('load', plain('admin', 'code')),
    CheckPointStmt: plain('admin'),
    AlterSystemStmt: floor('alter_system', plain('admin')),
    VacuumStmt: names('admin', 'lock'),
    ClusterStmt: names('admin', 'lock'),
    ReindexStmt: names('admin', 'lock'),

    TruncateStmt: names('write', 'ddl'),
    RefreshMatViewStmt: names('write', 'ddl'),

    CreateStmt: names('ddl'),
    AlterTableStmt: names('ddl'),
    DropStmt: names('ddl'),
    RenameStmt: names('ddl'),
    IndexStmt: names('ddl'),
    CreateSchemaStmt: names('ddl'),
    CreateSeqStmt: names('ddl'),
    AlterSeqStmt: names('ddl'),
    CreateStatsStmt: names('ddl'),
    AlterStatsStmt: names('ddl'),
    CommentStmt: names('ddl'),
    CompositeTypeStmt: names('ddl'),
    CreateEnumStmt: names('ddl'),
    AlterEnumStmt: names('ddl'),
    AlterObjectSchemaStmt: names('ddl', 'code'),
    AlterTableMoveAllStmt: plain('ddl', 'admin'),
    AlterCollationStmt: plain('ddl'),
    AlterDatabaseRefreshCollStmt: plain('admin'),

    CreateRangeStmt: names('ddl', 'code'),
    CreateDomainStmt: names('ddl', 'code'),
    AlterDomainStmt: names('ddl', 'code'),
    AlterTypeStmt: names('ddl', 'code'),
    CreateFunctionStmt: names('ddl', 'code'),
    AlterFunctionStmt: names('ddl', 'code'),
    CreateTrigStmt: names('ddl', 'code'),
    CreateEventTrigStmt: names('ddl', 'code'),
    AlterEventTrigStmt: names('ddl', 'code'),
    CreatePolicyStmt: names('ddl', 'code', 'grant'),
    AlterPolicyStmt: names('ddl', 'code', 'grant'),
    CreatePLangStmt: names('ddl', 'code', 'admin'),
    DefineStmt: names('ddl', 'code'),
    CreateOpClassStmt: names('ddl', 'code'),
    CreateOpFamilyStmt: names('ddl', 'code'),
    AlterOpFamilyStmt: names('ddl', 'code'),
    AlterOperatorStmt: names('ddl', 'code'),
    CreateConversionStmt: names('ddl', 'code'),
    CreateCastStmt: names('ddl', 'code'),
    CreateTransformStmt: names('ddl', 'code'),
    AlterObjectDependsStmt: names('ddl', 'code'),
    AlterTSDictionaryStmt: names('ddl', 'code'),
    AlterTSConfigurationStmt: names('ddl', 'code'),
    CreateAmStmt: names('ddl', 'code', 'admin'),
    CreateExtensionStmt: plain('ddl', 'code'),
    AlterExtensionStmt: plain('ddl', 'code'),
    AlterExtensionContentsStmt: names('ddl', 'code'),
    SecLabelStmt: names('ddl', 'grant'),

    GrantStmt: names('grant'),
    GrantRoleStmt: plain('grant'),
    AlterDefaultPrivilegesStmt: plain('grant', 'deferred'),
    CreateRoleStmt: plain('grant', 'admin'),
    AlterRoleStmt: plain('grant', 'admin'),
    AlterRoleSetStmt: plain('grant', 'admin', 'deferred'),
    DropRoleStmt: plain('grant', 'admin'),
    AlterOwnerStmt: names('ddl', 'grant'),
    // They take rights, and what holds them, from a login.
    DropOwnedStmt: floor('alter_login', plain('ddl', 'grant')),
    ReassignOwnedStmt: floor('alter_login', plain('ddl', 'grant')),

    CreateFdwStmt: names('ddl', 'code', 'remote'),
    AlterFdwStmt: names('ddl', 'code', 'remote'),
    CreateForeignServerStmt: plain('ddl', 'remote'),
    AlterForeignServerStmt: plain('ddl', 'remote'),
    CreateForeignTableStmt: names('ddl', 'remote'),
    ImportForeignSchemaStmt: plain('ddl', 'remote'),
    CreateUserMappingStmt: plain('grant', 'remote'),
    AlterUserMappingStmt: plain('grant', 'remote'),
    DropUserMappingStmt: plain('grant', 'remote'),

    CreatePublicationStmt: floor('replication', plain('admin', 'remote')),
    AlterPublicationStmt: floor('replication', plain('admin', 'remote')),
    CreateSubscriptionStmt: floor('replication', plain('admin', 'remote')),
    AlterSubscriptionStmt: floor('replication', plain('admin', 'remote')),
    DropSubscriptionStmt: floor('replication', plain('admin', 'remote')),

    CreatedbStmt: plain('ddl', 'admin'),
    AlterDatabaseStmt: plain('ddl', 'admin'),
    AlterDatabaseSetStmt: plain('admin', 'deferred'),
    DropdbStmt: plain('ddl', 'admin'),
    CreateTableSpaceStmt: plain('ddl', 'admin'),
    DropTableSpaceStmt: plain('ddl', 'admin'),
    AlterTableSpaceOptionsStmt: plain('ddl', 'admin'),
  }),
);

export function isStatement(type: string): boolean {
  return STATEMENT_KINDS.has(type);
}
