import { judgeSetting } from '../settings.ts';
import { child, constantText, type TypedNode } from '../tree.ts';
import type { Look } from './look.ts';

/** set_config is a SET: its name and value must be plain to see. */
export function setConfig({ mechanics, found, mode }: Look, args: (TypedNode | null)[]): void {
  found.effects.add('session');
  const [name, value, local] = args.map(literal);
  const floor = mode === 'read' ? 'setting_in_read' : 'gateway_setting';
  if (args.length !== 3 || typeof name !== 'string') {
    found.floor.add(floor);
    return;
  }
  const setting = name.toLowerCase();
  const verdict = judgeSetting(setting, value, mode);
  if (!verdict.allowed) found.floor.add(verdict.floor);
  // The session bounds one setting of a statement.
  if (mechanics.sets && setting.endsWith('_timeout')) found.floor.add(floor);
  if (!mechanics.sets || setting.endsWith('_timeout')) {
    mechanics.sets = { name: setting, value, local: local === 'on' || local === 'true' || local === 't' };
  }
  if (setting === 'search_path') mechanics.searchPath = null;
}

/** The text of a constant, perhaps cast; undefined when it is not one. */
function literal(node: TypedNode | null): string | null | undefined {
  if (node?.type === 'A_Const') return constantText(node.body);
  return node?.type === 'TypeCast' ? literal(child(node, 'arg')) : undefined;
}
