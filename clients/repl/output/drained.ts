import type { Writable } from 'node:stream';

/** Resolves when `output` takes more again, or is gone: whoever reads may have enough, and a disk may be full. */
export async function drained(output: Writable): Promise<void> {
  if (!output.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const over = () => {
      output.off('drain', over).off('close', over);
      resolve();
    };
    output.once('drain', over).once('close', over);
  });
}
