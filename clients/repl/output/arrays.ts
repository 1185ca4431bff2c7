// PostgreSQL's text of an array, `{1,NULL,{"a b"}}`, as nested lists.

/** Array types of the server's own, with their elements' type. Others are shown as their text. */
const ELEMENTS = new Map<number, number>([
  [199, 114],
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1041, 869],
  [651, 650],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1185, 1184],
  [1187, 1186],
  [1231, 1700],
  [1270, 1266],
  [2951, 2950],
  [3807, 3802],
]);

/** The type of an array type's elements; undefined for what is none, or is somebody's own. */
export const elementOf = (type: number): number | undefined => ELEMENTS.get(type);

export type Nested = (string | null | Nested)[];

const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const BARE = /((?:[^,{}"\\]|\\.)+)/sy;

/** Null for a text that is no array's. Bounds (`[0:1]=`) are left out. */
export function parseArray(text: string): Nested | null {
  const start = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  if (text.charAt(start) !== '{') return null;
  const stack: Nested[] = [];
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '{') {
      const inner: Nested = [];
      stack.at(-1)?.push(inner);
      stack.push(inner);
      at++;
    } else if (character === '}') {
      const done = stack.pop();
      at++;
      if (stack.length === 0) return done && at === text.length ? done : null;
    } else if (character === ',') at++;
    else {
      const quoted = character === '"';
      const pattern = quoted ? QUOTED : BARE;
      pattern.lastIndex = at;
      const [whole = '', value = ''] = pattern.exec(text) ?? [];
      if (whole === '' || stack.length === 0) return null;
      stack.at(-1)?.push(!quoted && value.toUpperCase() === 'NULL' ? null : value.replace(/\\(.)/gs, '$1'));
      at += whole.length;
    }
  }
  return null;
}
