// A progress bar on standard error; nothing where there is no terminal.
import type { Io } from './io.ts';

export interface Progress {
  show(done: number): void;
  end(): void;
}

const EVERY_MS = 100;

/** `total` null: not known, so only counts are shown. */
export function makeProgress({ err, columns }: Io, total: number | null, what = 'decisions'): Progress {
  if (columns === undefined) return { show: () => {}, end: () => {} };
  const began = performance.now();
  let shownAt = 0;
  let shown = false;
  return {
    show(done) {
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      shown = true;
      const rate = Math.round(done / Math.max(0.001, (now - began) / 1_000));
      const figures = `${done.toLocaleString('en-US')} ${what}, ${rate.toLocaleString('en-US')}/s`;
      err.write(
        `\r\u001b[K${total === null ? figures : `${bar(done / Math.max(1, total))} ${figures}`}`.slice(0, columns + 4),
      );
    },
    end() {
      if (shown) err.write('\r\u001b[K');
    },
  };
}

const WIDTH = 30;

function bar(share: number): string {
  const full = Math.min(WIDTH, Math.round(share * WIDTH));
  return `[${'█'.repeat(full)}${' '.repeat(WIDTH - full)}] ${Math.min(100, Math.floor(share * 100))} %`;
}
