// Statements that commit what they do, or a part of it, before they end. PostgreSQL permits it outside a transaction block
// only, where each is also the first of its batch.
import { list, type TypedNode, unwrap } from './tree.ts';

const ALWAYS: ReadonlySet<string> = new Set([
  'CallStmt',
  'DoStmt',
  'VacuumStmt',
  'ReindexStmt',
  'ClusterStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'AlterDatabaseStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'CreateSubscriptionStmt',
  'DropSubscriptionStmt',
  'AlterSubscriptionStmt',
  'AlterSystemStmt',
]);

/** Whether what this statement did may stay though it, or what follows it in its batch, fails. */
export function commitsItself(node: TypedNode): boolean {
  if (ALWAYS.has(node.type)) return true;
  // CREATE and DROP INDEX CONCURRENTLY, DETACH PARTITION CONCURRENTLY.
  if (node.body.concurrent === true) return node.type === 'IndexStmt' || node.type === 'DropStmt';
  if (node.type !== 'AlterTableStmt') return false;
  return list(node.body.cmds).some((command) => {
    const definition = unwrap(unwrap(command)?.body.def);
    return definition?.type === 'PartitionCmd' && definition.body.concurrent === true;
  });
}
