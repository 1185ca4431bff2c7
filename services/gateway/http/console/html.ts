// HTML that escapes by default: only what `html` made is put in as it is.
import { visible } from '../../../notifier/render/visible.ts';

/** Made by `html`, or of a file of ours, so a text can never pass for one. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  static of(strings: TemplateStringsArray, values: readonly Part[]): Html {
    return new Html(strings.reduce((text, each, i) => text + written(values[i - 1]) + each));
  }
  /** Of a file of ours. */
  static asIs(text: string): Html {
    return new Html(text);
  }
  toString(): string {
    return this.#text;
  }
}

/** Null, undefined and false are nothing. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Values are escaped, also within attributes (always in double quotes), and what is invisible in them is made visible. */
export const html = (strings: TemplateStringsArray, ...values: readonly Part[]): Html => Html.of(strings, values);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'object') return part.map(written).join('');
  return visible(String(part)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A file of ours, such as a stylesheet: nothing that anybody else wrote. */
export const unescaped = (file: string): Html => Html.asIs(file);
