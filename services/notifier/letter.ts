// What a message says, before it is text, HTML, JSON or a line of chat. All values are as they came: those who render, escape.

export interface Letter {
  /** One line; who, what and where come first, for a phone shows forty characters. */
  subject: string;
  /** The same idea in the body, a little longer where that helps. */
  headline: string;
  /** `write`: somebody can write; `calm`: it is over, or for information; `alarm`: look. */
  tone: 'write' | 'calm' | 'alarm';
  /** What stands above the headline; left out for the tone's own. */
  label?: string;
  /** Sentences above everything else; what is urgent first. */
  lead: string[];
  /** What to look at first, in a box of its own (left behind, unconfirmed). */
  warnings: Block[];
  facts: [label: string, value: string][];
  blocks: Block[];
  /** Links that stop; empty when there is nothing to stop or no link is configured. */
  stop: StopOne[];
  /** Where one answers, signed in; left out, or null, where there is nothing to answer or no page. */
  open?: { words: string; url: string } | null;
  /** What one can do, in words. */
  advice: string | null;
  /** Head of the ledger's chain, hex. */
  head: string;
}

export interface Block {
  title: string;
  note: string | null;
  /** Rows of cells; the first cell of a row is text, a second one a number or short text at the right. */
  rows: string[][];
  /** Whether first cells are code, which may have several lines. */
  code: boolean;
}

export interface StopOne {
  elevation: string;
  /** Which of several sessions; null when there is only one. */
  about: string | null;
  url: string;
}

/** The same link, for all of the pool that its elevation is of (services/gateway/http/routes/stop.ts). */
export const stopsAll = ({ url }: StopOne): string => `${url}&all`;
