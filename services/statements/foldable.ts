// Functions in a stored expression (pg_node_tree) that the planner may run though no row is read: it folds calls whose
// arguments are all constant, and puts the bodies of functions in SQL in their place, where it folds again.

/** Object ids of functions, and of operators. */
export interface Foldable {
  functions: number[];
  operators: number[];
  /** Calls whose arguments are not constant: run only by what is inside their bodies. */
  inlined: number[];
}

const NODE = /\\.|\{(\w*)|\}|:(funcid|opno) (\d+)/g;

/** Of the calls in `tree`: those without a column among their arguments, and the functions of the others. */
export function foldable(tree: string): Foldable {
  const result: Foldable = { functions: [], operators: [], inlined: [] };
  const open: { constant: boolean; fn: number; operator: number }[] = [];
  for (const [token, node, field, value] of tree.matchAll(NODE)) {
    const inner = open.at(-1);
    if (token.startsWith('{')) {
      open.push({ constant: node !== 'VAR', fn: 0, operator: 0 });
    } else if (field === 'funcid' && inner) inner.fn = Number(value);
    else if (field === 'opno' && inner) inner.operator = Number(value);
    else if (token === '}') {
      open.pop();
      if (!inner) continue;
      const around = open.at(-1);
      if (around && !inner.constant) around.constant = false;
      if (inner.fn !== 0) (inner.constant ? result.functions : result.inlined).push(inner.fn);
      if (inner.operator !== 0 && inner.constant) result.operators.push(inner.operator);
    }
  }
  return result;
}
