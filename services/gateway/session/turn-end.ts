// What is put off to the end of a turn of the event loop, when all that came meanwhile has been taken.

const due: (() => void)[] = [];

/**
 * Calls `act` when what had come for any session by now has been looked at, before more of it is. Written so, one after the other,
 * bytes for many sockets wake the processor that reads them once; written in between, again and again.
 */
export function atTurnsEnd(act: () => void): void {
  if (due.push(act) === 1) setImmediate(all);
}

function all(): void {
  for (const act of due.splice(0)) act();
}
