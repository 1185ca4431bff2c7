// What JSON.parse reads over: keys that are there twice, numbers that it cannot keep, nesting without end. Found with their place.

/** Of data: deeper than this nobody writes by hand, and what walks it need not fear for its stack. */
export const MAX_DEPTH = 64;

export interface Flaw {
  /** Into the text, from 0. */
  offset: number;
  message: string;
}

/**
 * The first flaw of a text that JSON.parse took, or null. Keys are compared as they are read: "a" is "\u0061". Looks at each character
 * once or twice and does not recurse.
 */
export function flawOf(text: string): Flaw | null {
  const token = /["{}[\],:]|-?\d[\d.eE+-]*/g;
  /** Of each object that is open, the keys that it has; null for a list. */
  const open: (Set<string> | null)[] = [];
  let isKey = false;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [part] = found;
    if (part === '{' || part === '[') {
      open.push(part === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) return { offset: found.index, message: tooDeep };
      isKey = part === '{';
    } else if (part === '}' || part === ']') {
      open.pop();
      isKey = false;
    } else if (part === ',') isKey = open.at(-1) instanceof Set;
    else if (part === ':') isKey = false;
    else if (part === '"') {
      token.lastIndex = endOfString(text, found.index);
      if (!isKey) continue;
      const key = JSON.parse(text.slice(found.index, token.lastIndex)) as string;
      const flaw = keyFlaw(key, open.at(-1) ?? new Set());
      if (flaw) return { offset: found.index, message: flaw };
    } else {
      const flaw = numberFlaw(Number(part));
      if (flaw) return { offset: found.index, message: flaw };
    }
  }
  return null;
}

/** Behind the quote that ends what begins at `start`: one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslash = quote;
    while (text[backslash - 1] === '\\') backslash--;
    if ((quote - backslash) % 2 === 0) return quote + 1;
  }
  return text.length;
}

export const tooDeep = `nested more than ${MAX_DEPTH} deep`;

/** What is wrong with a key of an object that has `others`, to which it is added. */
export function keyFlaw(key: string, others: Set<string>): string | null {
  if (others.has(key)) return `the key ${JSON.stringify(key)} is there twice`;
  others.add(key);
  if (key === '__proto__') return 'the key "__proto__" cannot be used: it means something else to JavaScript';
  return key.length > 1_000 ? 'a key has at most 1,000 characters' : null;
}

/** What is wrong with a number: what policy sees must be what its author wrote. */
export function numberFlaw(value: number): string | null {
  if (!Number.isFinite(value)) return 'not a number that can be kept: JSON has neither infinities nor NaN';
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return 'a whole number beyond 2^53 is not kept exactly: write it as text, in quotes';
  return null;
}

/** Where the first character stands that begins nothing which JSON has; the end of the text when there is none. */
export function strayOffset(text: string): number {
  const token = /[ \t\r\n]+|["{}[\],:]|-?\d[\d.eE+-]*|true|false|null/y;
  let offset = 0;
  while (token.test(text)) {
    if (text[offset] === '"') token.lastIndex = endOfString(text, offset);
    offset = token.lastIndex;
  }
  return offset;
}
