// A gate between the server and its database: counts its connections, cuts them, and can be shut.
import net from 'node:net';

/** Answers { port, open(), most(), cut(), shut(), reopen(), end() }: how many connections there are now, and were at most. */
export async function startGate (to) {
  const connections = new Set();
  let most = 0; let isShut = false;
  const gate = net.createServer(client => {
    if (isShut) return client.destroy();
    const database = net.connect(to, '127.0.0.1');
    const connection = { client, database };
    connections.add(connection);
    most = Math.max(most, connections.size);
    for (const [one, other] of [[client, database], [database, client]]) {
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => { other.destroy(); connections.delete(connection); });
      one.pipe(other);
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
    end: () => { cut(); return new Promise(resolve => gate.close(resolve)); }
  };
}
