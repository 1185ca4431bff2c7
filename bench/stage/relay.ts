// A bare relay, for orientation: what a proxy of PostgreSQL's protocol costs in Node that judges and records nothing. Two sockets
// a session, messages walked by their headers in both directions, one write a chunk. Its arguments: its port, the target's port.
import { connect, createServer, type Socket } from 'node:net';

const [port, target] = process.argv.slice(2).map(Number);

/** Walks the messages of a stream by their headers. `startup`: the first message has no type. */
function walker(startup: boolean): (chunk: Buffer) => number {
  let first = startup;
  let skip = 0;
  const header = Buffer.alloc(5);
  let held = 0;
  return (chunk) => {
    let messages = 0;
    let at = 0;
    while (at < chunk.length) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const wanted = first ? 4 : 5;
      while (held < wanted && at < chunk.length) header[held++] = chunk[at++] ?? 0;
      if (held < wanted) break;
      skip = header.readInt32BE(wanted - 4) - 4;
      held = 0;
      first = false;
      messages++;
    }
    return messages;
  };
}

function relay(from: Socket, to: Socket, startup: boolean): void {
  const walk = walker(startup);
  from.on('data', (chunk: Buffer) => {
    walk(chunk);
    if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

createServer({ noDelay: true }, (client) => {
  const server = connect({ port: Number(target), host: '127.0.0.1', noDelay: true });
  relay(client, server, true);
  relay(server, client, false);
}).listen(Number(port), '127.0.0.1');
