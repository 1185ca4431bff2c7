// ORDER BY items and windows.
import { child, list, strings, type TypedNode, unwrap } from '../tree.ts';
import { typeOf } from './expressions.ts';
import type { Look } from './look.ts';
import { operate } from './operators.ts';
import type { Scope } from './scope.ts';
import { ANY, TYPE } from './types.ts';

/** One ORDER BY item; `known` where its type is already known (an output column). Says its type. */
export function sorted(look: Look, item: TypedNode | null, scope: Scope, known?: number): number {
  if (item?.type !== 'SortBy') return item ? typeOf(look, item, scope) : ANY;
  look.seen.add(item.body);
  const type = known ?? typeOf(look, child(item, 'node'), scope);
  const using = strings(item.body.useOp);
  if (using.length > 0) operate(look, using, type, type);
  look.values.compare(type);
  return type;
}

export function windowed(look: Look, window: TypedNode | null, scope: Scope): void {
  if (!window) return;
  for (const part of list(window.body.partitionClause)) look.values.compare(typeOf(look, unwrap(part), scope));
  for (const item of list(window.body.orderClause)) sorted(look, unwrap(item), scope);
  for (const field of ['startOffset', 'endOffset']) {
    const offset = child(window, field);
    if (!offset) continue;
    const type = typeOf(look, offset, scope);
    look.values.cast(type, TYPE.int8, true);
    look.values.castToOffset(type);
  }
}
