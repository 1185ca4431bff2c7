/** Paints a text, or leaves it as it is. */
export interface Style {
  red(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  blue(text: string): string;
  cyan(text: string): string;
  magenta(text: string): string;
}

const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const plain = (text: string): string => text;

const CODES = { red: 31, bold: 1, dim: 2, yellow: 33, green: 32, blue: 94, cyan: 36, magenta: 35 } as const;

export function makeStyle(color: boolean): Style {
  const style = (name: keyof typeof CODES) => (color ? paint(CODES[name]) : plain);
  return {
    red: style('red'),
    bold: style('bold'),
    dim: style('dim'),
    yellow: style('yellow'),
    green: style('green'),
    blue: style('blue'),
    cyan: style('cyan'),
    magenta: style('magenta'),
  };
}

export const plainStyle: Style = makeStyle(false);
