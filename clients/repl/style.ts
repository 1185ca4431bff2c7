/** Paints a text, or leaves it as it is. */
export interface Style {
  red(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
  yellow(text: string): string;
}

const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const plain = (text: string): string => text;

export function makeStyle(color: boolean): Style {
  if (!color) return { red: plain, bold: plain, dim: plain, yellow: plain };
  return { red: paint(31), bold: paint(1), dim: paint(2), yellow: paint(33) };
}
