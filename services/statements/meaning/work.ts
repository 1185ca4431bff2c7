// How much looking up one text may cost. Analysis runs on the thread that all sessions share, so what a text can make
// grow beyond its own size (columns behind `*`, scopes behind scopes, candidates of a name) is counted step by step.

/** A step takes 50 ns, or 200 on a slow processor. */
export interface StepLimits {
  /**
   * Of one statement, which is looked at without a pause. The widest that people write take some ten thousand: PostgreSQL
   * takes no more than 1,664 columns in a target list.
   */
  statement: number;
  /** Of a text of many statements. */
  text: number;
}

export const DEFAULT_STEPS: StepLimits = { statement: 100_000, text: 5_000_000 };

/** What a statement costs that reaches nothing. */
const STATEMENT = 100;

/** After so many, other sessions get their turn before the next statement: two hundred plain ones, some milliseconds. */
const PAUSE = 20_000;

export class OverWork extends Error {}

export class Work {
  private readonly limits: StepLimits;
  private before = 0;
  private ofThis = 0;
  private sincePause = 0;

  constructor(limits: StepLimits = DEFAULT_STEPS) {
    this.limits = limits;
  }

  /** Called before the steps are taken. Throws OverWork when they are more than are left. */
  spend(steps: number): void {
    this.ofThis += steps;
    if (this.ofThis > this.limits.statement || this.before + this.ofThis > this.limits.text)
      throw new OverWork(
        `looking its names up takes more than ${this.ofThis > this.limits.statement ? `the ${this.limits.statement} steps that one statement has` : `the ${this.limits.text} steps that one text has`}`,
      );
  }

  /** Another statement of the text begins; whether others should have their turn first. */
  next(): boolean {
    this.before += this.ofThis;
    this.sincePause += this.ofThis;
    this.ofThis = STATEMENT;
    const due = this.sincePause > PAUSE;
    if (due) this.sincePause = 0;
    return due;
  }
}
