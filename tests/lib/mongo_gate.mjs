// Stands between the server and FerretDB so that the server takes it for a MongoDB, and uses collections that all users share, with indexes. FerretDB
// knows no partial indexes and would use none: they are written down here, with every command that is asked.
import net from 'node:net';
import { decodeCommand, encodeReply } from './mongo_wire.mjs';

/** The messages that a connection brings, whole ones. */
function messagesOf (socket, onMessage) {
  let waiting = Buffer.alloc(0);
  socket.on('data', data => {
    waiting = Buffer.concat([waiting, data]);
    while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      onMessage(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  });
}

/** Answers { port, commands, indexes, end() }: commands as documents, in order; indexes as { collection: [{ name, key, partialFilterExpression }] }. */
export async function startMongoGate (to) {
  const commands = []; const indexes = {}; const sockets = new Set();

  function serve (client) {
    const database = net.connect(to, '127.0.0.1');
    const asksWho = new Set(); // requests whose answer tells that this is FerretDB
    for (const [one, other] of [[client, database], [database, client]]) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => { other.destroy(); sockets.delete(one); });
    }
    messagesOf(client, message => {
      const { requestId, command } = decodeCommand(message) ?? {};
      if (command) commands.push(command);
      if (command?.createIndexes) {
        indexes[command.createIndexes] = command.indexes;
        client.write(encodeReply(requestId, { ok: 1 }));
        return;
      }
      if (command?.buildInfo) asksWho.add(requestId);
      database.write(message);
    });
    messagesOf(database, message => {
      const responseTo = message.readInt32LE(8);
      client.write(asksWho.delete(responseTo) ? encodeReply(responseTo, { version: '7.0.42', ok: 1 }) : message);
    });
  }

  const gate = net.createServer(serve);
  await new Promise(resolve => gate.listen(0, '127.0.0.1', resolve));
  return {
    port: gate.address().port,
    commands,
    indexes,
    end: () => { for (const socket of sockets) socket.destroy(); return new Promise(resolve => gate.close(resolve)); }
  };
}
