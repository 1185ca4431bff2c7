/** Searching the history backwards (Ctrl-R), as shells do. Pure. */
export class HistorySearch {
  readonly #entries: readonly string[];
  #query = '';
  /** Index of the entry that is shown; null: none matches. */
  #at: number | null = null;

  /** `entries`: newest first. */
  constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  get query(): string {
    return this.#query;
  }

  get found(): string | null {
    return this.#at === null ? null : (this.#entries[this.#at] ?? null);
  }

  type(text: string): void {
    this.#query += text;
    // What still matches stays.
    this.#look(this.#at ?? 0, 1);
  }

  backspace(): void {
    this.#query = [...this.#query].slice(0, -1).join('');
    this.#look(0, 1);
  }

  older(): void {
    if (this.#at !== null) this.#look(this.#at + 1, 1, this.#at);
  }

  newer(): void {
    if (this.#at !== null) this.#look(this.#at - 1, -1, this.#at);
  }

  #look(from: number, step: 1 | -1, otherwise: number | null = null): void {
    const query = this.#query.toLowerCase();
    const shown = otherwise === null ? null : this.#entries[otherwise];
    this.#at = otherwise;
    if (query === '') return;
    for (let i = from; i >= 0 && i < this.#entries.length; i += step) {
      const entry = this.#entries[i] ?? '';
      if (entry === shown || !entry.toLowerCase().includes(query)) continue;
      this.#at = i;
      return;
    }
  }
}
