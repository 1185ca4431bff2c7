// The name that PostgreSQL gives an output column without AS (FigureColname).
import { child, list, strings, text, type TypedNode, unwrap } from '../tree.ts';

const FIXED: Readonly<Record<string, string>> = {
  GroupingFunc: 'grouping',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
  MergeSupportFunc: 'merge_action',
};

/** The name of an unnamed target. */
export function outputName(node: TypedNode): string {
  return figured(node, 0)?.name ?? '?column?';
}

/** `weak` names give way to a better one: a cast's own type, `case`. */
function figured(node: TypedNode | null, depth: number): { name: string; weak?: boolean } | null {
  if (!node || depth > 100) return null;
  const inner = (field: string) => figured(child(node, field), depth + 1);
  switch (node.type) {
    case 'ColumnRef':
      return last(strings(node.body.fields));
    case 'A_Indirection':
      return last(strings(node.body.indirection)) ?? inner('arg');
    case 'FuncCall':
      return last(strings(node.body.funcname));
    case 'A_Expr':
      return node.body.kind === 'AEXPR_NULLIF' ? { name: 'nullif' } : null;
    case 'TypeCast': {
      const value = inner('arg');
      const type = child(node, 'typeName');
      if ((value && !value.weak) || !type) return value;
      return { name: strings(type.body.names).at(-1) ?? '?column?', weak: true };
    }
    case 'CollateClause':
      return inner('arg');
    case 'CaseExpr': {
      const fallback = inner('defresult');
      return fallback && !fallback.weak ? fallback : { name: 'case', weak: true };
    }
    case 'SubLink':
      return subqueryName(node, depth);
    case 'MinMaxExpr':
      return { name: node.body.op === 'IS_LEAST' ? 'least' : 'greatest' };
    case 'SQLValueFunction':
      return {
        name: String(node.body.op ?? '')
          .replace(/^SVFOP_|_N$/g, '')
          .toLowerCase(),
      };
    case 'XmlExpr':
      return node.body.op === 'IS_DOCUMENT'
        ? null
        : {
            name: String(node.body.op ?? 'IS_XMLCONCAT')
              .replace('IS_', '')
              .toLowerCase(),
          };
    case 'JsonFuncExpr':
      return {
        name: String(node.body.op ?? 'JSON_EXISTS_OP')
          .replace(/_OP$/, '')
          .toLowerCase(),
      };
    default:
      return Object.hasOwn(FIXED, node.type) ? { name: FIXED[node.type] ?? '' } : null;
  }
}

function last(names: string[]): { name: string } | null {
  const name = names.findLast((each) => each !== '');
  return name === undefined ? null : { name };
}

function subqueryName(node: TypedNode, depth: number): { name: string } | null {
  if (node.body.subLinkType === undefined || node.body.subLinkType === 'EXISTS_SUBLINK') return { name: 'exists' };
  if (node.body.subLinkType === 'ARRAY_SUBLINK') return { name: 'array' };
  if (node.body.subLinkType !== 'EXPR_SUBLINK') return null;
  let select = child(node, 'subselect');
  while (select && child(select, 'larg')) select = child(select, 'larg');
  if (list(select?.body.valuesLists).length > 0) return { name: 'column1' };
  const target = unwrap(list(select?.body.targetList)[0]);
  if (!target) return null;
  const name = text(target.body.name);
  return name ? { name } : (figured(child(target, 'val'), depth + 1) ?? { name: '?column?' });
}
