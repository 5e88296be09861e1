// A few commands to a MongoDB server without a driver: OP_MSG (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/) and the BSON types
// (https://bsonspec.org/spec.html) that the tests need. Whole numbers are written as 32-bit integers; { $numberLong: '1' } and { $numberDouble: '1' } are
// the others, as in Extended JSON.
import net from 'node:net';

const OP_MSG = 2013;

function element (name, value) {
  const head = type => Buffer.concat([Buffer.from([type]), Buffer.from(name + '\0')]);
  if (value === null) return head(0x0a);
  if (typeof value === 'string') {
    const text = Buffer.from(value + '\0'); const length = Buffer.alloc(4);
    length.writeInt32LE(text.length);
    return Buffer.concat([head(0x02), length, text]);
  }
  if (typeof value === 'boolean') return Buffer.concat([head(0x08), Buffer.from([Number(value)])]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(Number.isInteger(value) ? 4 : 8);
    if (Number.isInteger(value)) number.writeInt32LE(value); else number.writeDoubleLE(value);
    return Buffer.concat([head(Number.isInteger(value) ? 0x10 : 0x01), number]);
  }
  if (value.$numberLong || value.$numberDouble) {
    const number = Buffer.alloc(8);
    if (value.$numberLong) number.writeBigInt64LE(BigInt(value.$numberLong)); else number.writeDoubleLE(Number(value.$numberDouble));
    return Buffer.concat([head(value.$numberLong ? 0x12 : 0x01), number]);
  }
  return Buffer.concat([head(Array.isArray(value) ? 0x04 : 0x03), encode(value)]);
}

function encode (document) {
  const body = Buffer.concat(Object.entries(document).map(([name, value]) => element(name, value)));
  const length = Buffer.alloc(4);
  length.writeInt32LE(body.length + 5);
  return Buffer.concat([length, body, Buffer.alloc(1)]);
}

/** [value, bytes] at the start of `from`; of types that nobody here asks for, the bytes. */
function decodeValue (type, from) {
  switch (type) {
    case 0x01: return [from.readDoubleLE(0), 8];
    case 0x02: return [from.toString('utf8', 4, 3 + from.readInt32LE(0)), 4 + from.readInt32LE(0)];
    case 0x03: return [decode(from), from.readInt32LE(0)];
    case 0x04: return [Object.values(decode(from)), from.readInt32LE(0)];
    case 0x05: return [from.subarray(5, 5 + from.readInt32LE(0)), 5 + from.readInt32LE(0)];
    case 0x07: return [from.subarray(0, 12).toString('hex'), 12];
    case 0x08: return [from[0] === 1, 1];
    case 0x0a: return [null, 0];
    case 0x10: return [from.readInt32LE(0), 4];
    case 0x09: case 0x11: case 0x12: return [Number(from.readBigInt64LE(0)), 8];
    default: throw new Error(`BSON type ${type}`);
  }
}

function decode (from) {
  const document = {};
  for (let at = 4; from[at] !== 0;) {
    const end = from.indexOf(0, at + 1);
    const [value, bytes] = decodeValue(from[at], from.subarray(end + 1));
    document[from.toString('utf8', at + 1, end)] = value;
    at = end + 1 + bytes;
  }
  return document;
}

const HEAD = 21; // of a message with one section: length, request, response to, code, flags, kind of the section

/** { requestId, command }, its lists of documents (sections of kind 1) as members; undefined for what is no OP_MSG. */
export function decodeCommand (message) {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  const command = {};
  for (let at = HEAD - 1; at < message.length;) {
    const kind = message[at];
    const length = message.readInt32LE(at + 1);
    if (kind === 0) {
      Object.assign(command, decode(message.subarray(at + 1)));
    } else {
      const end = message.indexOf(0, at + 5);
      const list = command[message.toString('utf8', at + 5, end)] = [];
      for (let from = end + 1; from < at + 1 + length; from += message.readInt32LE(from)) list.push(decode(message.subarray(from)));
    }
    at += 1 + length;
  }
  return { requestId: message.readInt32LE(4), command };
}

function encodeMessage (requestId, responseTo, document) {
  const body = encode(document);
  const head = Buffer.alloc(HEAD);
  head.writeInt32LE(HEAD + body.length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

export const encodeReply = (responseTo, document) => encodeMessage(0, responseTo, document);

/** What the server answers to one command, `{ find: 'settings', $db: 'pryv-node' }`; an answer that is not ok is thrown. */
export function runCommand (port, command) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(encodeMessage(1, 0, command)));
    let answer = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', data => {
      answer = Buffer.concat([answer, data]);
      if (answer.length < 4 || answer.length < answer.readInt32LE(0)) return;
      socket.destroy();
      const document = decode(answer.subarray(HEAD));
      if (document.ok === 1) resolve(document); else reject(new Error(document.errmsg ?? JSON.stringify(document)));
    });
  });
}
