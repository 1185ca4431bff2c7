// Options of utility statements: `(ANALYZE off)`, `ISOLATION LEVEL …`.
import { fold } from './sql-characters.ts';
import { child, constantText, strings, text, unwrap } from './tree.ts';

/** Name and value of a DefElem; `undefined` when it has no value or not a constant one. */
export function definition(option: unknown): { name: string; value: string | null | undefined } {
  const node = unwrap(option);
  if (node?.type !== 'DefElem') return { name: '', value: undefined };
  const arg = child(node, 'arg');
  const name = fold(text(node.body.defname));
  if (!arg) return { name, value: undefined };
  if (arg.type === 'A_Const') return { name, value: constantText(arg.body) };
  if (arg.type === 'TypeName') return { name, value: strings(arg.body.names).at(-1) };
  const scalar = arg.body.sval ?? arg.body.ival ?? arg.body.boolval ?? arg.body.fval;
  if (arg.type === 'Boolean') return { name, value: arg.body.boolval === true ? 'on' : 'off' };
  return { name, value: scalar === undefined ? (arg.type === 'Integer' ? '0' : undefined) : String(scalar) };
}

/** What PostgreSQL reads as false: also what a word begins with, as long as it is clear which. */
export function isOff(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && /^(of|off|f|fa|fal|fals|false|n|no|0)$/i.test(value);
}

/** And as true. */
export function isOn(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && /^(on|t|tr|tru|true|y|ye|yes|1)$/i.test(value);
}
