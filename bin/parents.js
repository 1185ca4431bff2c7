// A process that was started for another ends with it, also when the other was killed and could tell nobody.
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

/** Once for this process. SIGTERM is what it would have been told: each program ends its parts in order on it. */
export function endWithParents() {
  // Started by one of ours, which holds the other end of a channel: the system closes it, whatever ends its owner.
  if (process.channel) {
    process.once('disconnect', end);
    process.channel.unref();
    return;
  }
  // npm passes signals on to a shell that need not pass them on; killed, neither says anything.
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const others = [parent, parentOf(parent)].filter((pid) => pid > 1);
  const look = setInterval(() => {
    if (process.ppid === parent && others.every(lives)) return;
    clearInterval(look);
    end();
  }, LOOK_MS);
  look.unref();
}

function end() {
  process.kill(process.pid, 'SIGTERM');
}

/** 0 where the system does not tell. */
function parentOf(pid) {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
