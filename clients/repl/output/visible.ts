// Data comes from anywhere; a terminal obeys it. Control characters are shown, not sent.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string): string => {
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
};

/** `text` for a terminal: control and direction-changing characters escaped; newlines and tabs stay. */
export const visible = (text: string): string => text.replace(CONTROL, escaped);

/** The same on one line. */
export const visibleLine = (text: string): string => visible(text).replaceAll('\n', '↵').replaceAll('\t', '  ');
