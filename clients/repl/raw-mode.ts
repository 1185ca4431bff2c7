// Keys come one by one while the terminal is ours. A pager, an editor or the shell has it meanwhile, as it was before.
import { BRACKETS } from './edit/pasted.ts';
import type { Terminal } from './terminal.ts';

export class RawMode {
  readonly #terminal: Terminal;
  readonly #onBack: () => void;
  /** How many have it. */
  #lent = 0;
  #ended = false;

  /** `onBack`: the shell has brought us back, and may have written anything. */
  constructor(terminal: Terminal, onBack: () => void) {
    this.#terminal = terminal;
    this.#onBack = onBack;
    this.#take();
    if (hasShell(terminal)) process.on('SIGCONT', this.#onContinue);
  }

  get isLent(): boolean {
    return this.#lent > 0;
  }

  get canSuspend(): boolean {
    return hasShell(this.#terminal) && !this.isLent;
  }

  /** Another program reads the keys while `run` runs. */
  async lend<T>(run: () => Promise<T>): Promise<T> {
    if (this.#lent++ === 0) this.#release();
    try {
      return await run();
    } finally {
      if (--this.#lent === 0 && !this.#ended) this.#take();
    }
  }

  /** Ctrl-Z: the whole group is stopped, as the terminal's own Ctrl-Z does, until the shell continues it. */
  suspend(): void {
    this.#release();
    process.kill(0, 'SIGTSTP');
    // Here it goes on: after SIGCONT, or at once where no shell would ever send one, for the system stops no orphan.
    this.#take();
    this.#onBack();
  }

  end(): void {
    this.#ended = true;
    process.off('SIGCONT', this.#onContinue);
    this.#release();
  }

  /** Also where it was stopped by somebody else, with the terminal as it is now: the shell has it as it likes by then. */
  readonly #onContinue = () => {
    if (this.isLent) return;
    this.#release();
    this.#take();
    this.#onBack();
  };

  #take(): void {
    const { input, output } = this.#terminal;
    input.setRawMode?.(true);
    output.write(BRACKETS.on);
    input.resume();
  }

  #release(): void {
    const { input, output } = this.#terminal;
    input.pause();
    input.setRawMode?.(false);
    output.write(BRACKETS.off);
  }
}

/** There is no job control on Windows, nor where a test plays the terminal. */
const hasShell = ({ input }: Terminal): boolean => input === process.stdin && process.platform !== 'win32';
