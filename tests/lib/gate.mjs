// A gate between the server and its database: counts its connections, cuts them, can be shut, and can let nothing through.
import net from 'node:net';

/**
 * Answers { port, open(), most(), cut(), shut(), reopen(), hold(), letThrough(), end() }: how many connections there are now, and were at most. While it holds,
 * connections are made and stay, and nothing comes through them.
 */
export async function startGate (to) {
  const connections = new Set();
  let most = 0; let isShut = false; let holds = false;
  const both = ({ client, database }) => [[client, database], [database, client]];
  const gate = net.createServer(client => {
    if (isShut) return client.destroy();
    const database = net.connect(to, '127.0.0.1');
    const connection = { client, database };
    connections.add(connection);
    most = Math.max(most, connections.size);
    for (const [one, other] of both(connection)) {
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => { other.destroy(); connections.delete(connection); });
      if (!holds) one.pipe(other);
    }
  });
  await new Promise(resolve => gate.listen(0, '127.0.0.1', resolve));
  const cut = () => { for (const { client, database } of connections) { client.resetAndDestroy(); database.destroy(); } };

  return {
    port: gate.address().port,
    open: () => connections.size,
    most: () => most,
    cut,
    shut () { isShut = true; cut(); },
    reopen () { isShut = false; },
    hold () {
      holds = true;
      for (const [one, other] of [...connections].flatMap(both)) one.unpipe(other).pause();
    },
    letThrough () {
      holds = false;
      for (const [one, other] of [...connections].flatMap(both)) one.pipe(other);
    },
    end: () => { cut(); return new Promise(resolve => gate.close(resolve)); }
  };
}
