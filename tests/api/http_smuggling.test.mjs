// What a proxy in front could read in another way than we do is refused, and nothing behind it is read as a request.
// The server is that of PRYVD_URL, or one of its own.
import assert from 'node:assert/strict';
import net from 'node:net';
import test, { after, before } from 'node:test';
import { startServer } from '../lib/server.mjs';

let url = process.env.PRYVD_URL, own;

before(async () => {
  if (url) return;
  own = await startServer({ set: { 'cluster.apiWorkers': 1 } });
  url = own.url;
});

after(async () => {
  if (own) assert.equal((await own.stop()).code, 0);
});

/** One connection, pieces as given, a moment between them: all that came back until it was closed. */
function raw (...pieces) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = net.connect(Number(port), hostname);
    let answer = '';
    socket.setNoDelay(true);
    socket.setTimeout(15000, () => socket.destroy(new Error(`neither answer nor end after ${answer}`)));
    socket.setEncoding('latin1').on('data', piece => { answer += piece; }).on('error', reject).on('close', () => resolve(answer));
    socket.on('connect', async () => {
      for (const piece of pieces) {
        socket.write(Buffer.from(piece, 'latin1'));
        if (pieces.length > 1) await new Promise(resolve => setTimeout(resolve, 3));
      }
    });
  });
}

/** The statuses in an answer, in order. Bodies are taken by their length. */
function statuses (text) {
  const found = [];
  while (text) {
    const head = text.slice(0, text.indexOf('\r\n\r\n') + 4);
    assert.match(head, /^HTTP\/1\.1 \d{3} /, `what follows is no answer: ${text.slice(0, 200)}`);
    found.push(Number(head.slice(9, 12)));
    text = text.slice(head.length + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0));
  }
  return found;
}

const next = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (fields, body = '') => `POST / HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n${body}`;
const chunked = 'Transfer-Encoding: chunked';
const chunks = body => post(chunked, body);

const refused = {
  // Two lengths of one body
  'two Content-Length': [400, post('Content-Length: 0\r\nContent-Length: 36')],
  'two equal Content-Length': [400, post('Content-Length: 0\r\nContent-Length: 0')],
  'a list in Content-Length': [400, post('Content-Length: 0, 0')],
  'Content-Length before Transfer-Encoding': [400, post(`Content-Length: 5\r\n${chunked}`, '0\r\n\r\n')],
  'Content-Length after Transfer-Encoding': [400, post(`${chunked}\r\nContent-Length: 5`, '0\r\n\r\n')],
  'Content-Length with a sign': [400, post('Content-Length: +0')],
  'Content-Length below zero': [400, post('Content-Length: -1')],
  'Content-Length in hexadecimal': [400, post('Content-Length: 0x0')],
  'Content-Length with a comma': [400, post('Content-Length: 0,')],
  'Content-Length beyond 64 bits': [400, post('Content-Length: 18446744073709551616')],
  'an empty Content-Length': [400, post('Content-Length:')],
  'Content-Length before a blank': [400, post('Content-Length : 36')],
  // Transfer codings by other spellings
  'two Transfer-Encoding': [400, post(`${chunked}\r\n${chunked}`, '0\r\n\r\n')],
  'chunked and identity': [400, post(`${chunked}\r\nTransfer-Encoding: identity`, '0\r\n\r\n')],
  'Transfer-Encoding before a blank': [400, post('Transfer-Encoding : chunked', '0\r\n\r\n')],
  'Transfer-Encoding after a blank': [400, post(' Transfer-Encoding: chunked', '0\r\n\r\n')],
  'Transfer-Encoding on a folded line': [501, post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n')],
  'Transfer-Encoding after a bare LF': [400, post('X: y\nTransfer-Encoding: chunked', '0\r\n\r\n')],
  'Transfer-Encoding after a bare CR': [400, post('X: y\rTransfer-Encoding: chunked', '0\r\n\r\n')],
  'Transfer-Encoding with a vertical tab': [400, post('Transfer-Encoding:\x0bchunked', '0\r\n\r\n')],
  'Transfer-Encoding with a NUL': [400, post('Transfer-Encoding: chunked\0', '0\r\n\r\n')],
  'xchunked': [501, post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
  'identity': [501, post('Transfer-Encoding: identity')],
  'gzip, chunked': [501, post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n')],
  'chunked, identity': [501, post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
  'chunked in HTTP/1.0': [400, `POST / HTTP/1.0\r\nHost: x\r\n${chunked}\r\n\r\n0\r\n\r\n`],
  // Chunks
  'a chunk size that is no number': [400, chunks('g\r\n')],
  'a chunk size with 0x': [400, chunks('0x0\r\n\r\n')],
  'a chunk size with a sign': [400, chunks('+0\r\n\r\n')],
  'a chunk size beyond 64 bits': [400, chunks('10000000000000000\r\n\r\n')],
  'a blank before a chunk size': [400, chunks(' 0\r\n\r\n')],
  'a blank after a chunk size': [400, chunks('0 \r\n\r\n')],
  'LF after a chunk size': [400, chunks('0\n\r\n')],
  'LF after the last chunk': [400, chunks('0\r\n\n')],
  'LF in a chunk extension': [400, chunks('1;a\nb\r\nx\r\n0\r\n\r\n')],
  'LF after a chunk': [400, chunks('1\r\nx\n0\r\n\r\n')],
  'a chunk longer than told': [400, chunks('1\r\nxy\r\n0\r\n\r\n')],
  'a chunk extension without end': [400, chunks(`0;${'x'.repeat(5000)}`)],
  'trailers without end': [400, chunks(`0\r\n${'X-Trailer: x\r\n'.repeat(5000)}`)],
  // Lines
  'bare LF everywhere': [400, 'GET / HTTP/1.1\nHost: x\n\n'],
  'bare LF at the end of the head': [400, 'GET / HTTP/1.1\r\nHost: x\r\n\n'],
  'bare CR in the request line': [400, 'GET /\rX HTTP/1.1\r\nHost: x\r\n\r\n'],
  'a folded line': [400, 'GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n z\r\n\r\n'],
  'a field without colon': [400, 'GET / HTTP/1.1\r\nHost: x\r\nXY\r\n\r\n'],
  'a field without name': [400, 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
  'a control character in a value': [400, 'GET / HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n'],
  'a NUL in a name': [400, 'GET / HTTP/1.1\r\nHost: x\r\nX\0: y\r\n\r\n'],
  'a NUL in the target': [400, 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
  // The request line and Host
  'two blanks in the request line': [400, 'GET  / HTTP/1.1\r\nHost: x\r\n\r\n'],
  'a blank in the target': [400, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
  'a fragment': [400, 'GET /#a HTTP/1.1\r\nHost: x\r\n\r\n'],
  'HTTP/0.9': [400, 'GET /\r\n\r\n'],
  'HTTP/1.2': [505, 'GET / HTTP/1.2\r\nHost: x\r\n\r\n'],
  'HTTP/2': [505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  'no Host': [400, 'GET / HTTP/1.1\r\n\r\n'],
  'two Host': [400, 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
  'two names in Host': [400, 'GET / HTTP/1.1\r\nHost: x, y\r\n\r\n'],
  'CONNECT': [400, 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n']
};

for (const [what, [status, text]] of Object.entries(refused)) {
  test(`refused: ${what}`, async () => {
    for (const pieces of [[text + next], [text, next], [...text.slice(0, 150)].concat(text.slice(150) + next)]) {
      const answer = await raw(...pieces);
      assert.deepEqual(statuses(answer), [status], answer);
      assert.match(answer, /\r\nconnection: close\r\n/i);
    }
  });
}

const last = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const hello = '{"a":1}';
const read = {
  'a length, then the next': [post(`Content-Type: text/plain\r\nContent-Length: ${hello.length}`, hello)],
  'chunks, then the next': [post(`Content-Type: text/plain\r\n${chunked}`, `${hello.length};ext="a;b"\r\n${hello}\r\n0\r\nContent-Length: 50\r\nHost: y\r\n\r\n`)],
  'a request as a body is none': [post(`Content-Type: text/plain\r\nContent-Length: ${next.length}`, next)],
  'a request as a chunk is none': [post(`Content-Type: text/plain\r\n${chunked}`, `${next.length.toString(16)}\r\n${next}\r\n0\r\n\r\n`)],
  'a body of GET is read': [`GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${next.length}\r\n\r\n${next}`],
  'an absolute target': ['GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\n\r\n'],
  'Transfer_Encoding is a name like any other': [`GET / HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nContent-Length: ${next.length}\r\n\r\n${next}`],
  'an empty line between requests': ['GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n']
};

for (const [what, [text]] of Object.entries(read)) {
  test(`read: ${what}`, async () => {
    for (const pieces of [[text + last], [text, last], [...(text + last)]]) {
      const answer = await raw(...pieces);
      const found = statuses(answer);
      assert.equal(found.length, 2, answer);
      assert.equal(found[1], 200, answer);
    }
  });
}
