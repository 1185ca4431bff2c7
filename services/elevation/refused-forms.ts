// What was refused in write mode, by form: whoever tries the door again and again is told of, in few words.
import type { RefusedStatements } from '../ledger/entry/entry.ts';

/** More are counted, not named: a client can make as many forms as it likes. */
const MOST_FORMS = 50;
const MOST_CHARACTERS = 1_000;

export class RefusedForms {
  #statements = 0;
  #unnamed = 0;
  readonly #forms = new Map<string, { statement: string | null; codes: string[]; times: number }>();

  /** `text`: without its literals; null where it could not be parsed. */
  add(text: string | null, codes: readonly string[]): void {
    this.#statements++;
    const statement =
      text === null
        ? null
        : Array.from(text.slice(0, 2 * MOST_CHARACTERS))
            .slice(0, MOST_CHARACTERS)
            .join('');
    const sorted = [...new Set(codes)].sort();
    const key = JSON.stringify([statement, sorted]);
    const form = this.#forms.get(key);
    if (form) form.times++;
    else if (this.#forms.size < MOST_FORMS) this.#forms.set(key, { statement, codes: sorted, times: 1 });
    else this.#unnamed++;
  }

  /** For a summary: empty when there were none. */
  get summary(): { refused?: RefusedStatements } {
    if (this.#statements === 0) return {};
    const forms = [...this.#forms.values()].map((form) => ({ ...form }));
    return {
      refused: { statements: this.#statements, forms, ...(this.#unnamed > 0 ? { unnamed: this.#unnamed } : {}) },
    };
  }
}
