// Files of events: what a stranger may send, what is left on the disk after it, and reading files whole or in part.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { newUser, startServer, workersOf } from '../lib/server.mjs';
import { eventIntegrity, fileIntegrity } from '../conformance/suites/data/_helpers.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: { 'uploads.orphanSeconds': 10, 'upkeep.everySeconds': 1, 'uploads.maxFileSizeMb': 6, 'auth.filesReadTokenSecret': 'a secret of this test' } });
  user = await newUser(server.url);
  await json(201, 'POST', '/streams', { id: 'diary', name: 'Diary' });
});

after(async () => assert.equal((await server.stop()).code, 0));

const url = rest => server.url + user.path + rest;

async function json (status, method, rest, body, token = user.token) {
  const answer = await fetch(url(rest), { method, headers: { authorization: token, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text);
}

const CRLF = '\r\n';
const event = (more = {}) => ({ streamIds: ['diary'], type: 'file/attached', ...more });

/** A multipart body by hand: parts are [header lines, bytes]. */
function multipart (parts, boundary = 'limit', end = `--${boundary}--${CRLF}`) {
  return Buffer.concat([...parts.flatMap(([lines, bytes]) => [Buffer.from(`--${boundary}${CRLF}${lines.join(CRLF)}${CRLF}${CRLF}`), Buffer.from(bytes), Buffer.from(CRLF)]), Buffer.from(end)]);
}
const eventPart = value => [['Content-Disposition: form-data; name="event"'], typeof value === 'string' ? value : JSON.stringify(value)];
const filePart = (name, bytes, type = 'text/plain') => [[`Content-Disposition: form-data; name="file"; filename="${name}"`, `Content-Type: ${type}`], bytes];

async function post (rest, body, type = 'multipart/form-data; boundary=limit', token = user.token) {
  const answer = await fetch(url(rest), { method: 'POST', headers: { authorization: token, 'content-type': type }, body });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) };
}

async function made (...parts) {
  const { status, body } = await post('/events', multipart(parts));
  assert.equal(status, 201, JSON.stringify(body));
  return body.event;
}

const read = (eventId, fileId, headers = {}, rest = '') => fetch(url(`/events/${eventId}/${fileId}${rest}`), { headers: { authorization: user.token, ...headers } });

/** All files of attachments on the disk, as paths. */
function files () {
  const found = [];
  const walk = dir => {
    for (const entry of fs.existsSync(dir) ? fs.readdirSync(dir, { withFileTypes: true }) : []) {
      const at = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(at);
      else if (at.includes('/attachments/')) found.push(at);
    }
  };
  walk(path.join(server.dataDir, 'users'));
  return found.sort();
}

async function leavesNothing (what, status, id, body, type, rest = '/events') {
  const before = files();
  const answer = await post(rest, body, type);
  assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
  assert.equal(answer.body.error.id, id, what);
  assert.deepEqual(files(), before, `${what}: files are left`);
}

/* ---- What may be sent ------------------------------------------------------------------------ */

test('file names are names, whatever they say', async () => {
  const cases = [
    ['../../../etc/passwd', 'passwd'], ['C:\\\\Users\\\\me\\\\a.txt', 'a.txt'], ['..', '..'], ['.', '.'], ['a;b=c', 'a;b=c'], ['é 漢 😀.txt', 'é 漢 😀.txt'],
    ['a\tb', 'a\tb'], ['a\u0001b', 'a\u0001b'], ['n'.repeat(5000), 'n'.repeat(5000)], ['quote\\"d', 'quote"d'], ['%41%2f..', '%41%2f..']
  ];
  for (const [sent, kept] of cases) {
    const { id, attachments: [file] } = await made(eventPart(event()), filePart(sent, 'x'));
    assert.equal(file.fileName, kept);
    const answer = await read(id, file.id);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), 'x');
    const encoded = answer.headers.get('content-disposition').replace("attachment; filename*=UTF-8''", '');
    assert.equal(decodeURIComponent(encoded), kept);
    assert.match(encoded, /^[\w.!~*'()%-]*$/);
  }
});

test('types are media types, or application/octet-stream', async () => {
  const cases = [
    ['text/plain', 'text/plain', 'text/plain; charset=utf-8'], ['TEXT/HTML; charset=latin1', 'text/html', 'text/html; charset=utf-8'], ['image/svg+xml', 'image/svg+xml', 'image/svg+xml'],
    ['nonsense', 'application/octet-stream', 'application/octet-stream'], ['a/b/c', 'application/octet-stream', 'application/octet-stream'], ['', 'application/octet-stream', 'application/octet-stream']
  ];
  for (const [sent, kept, served] of cases) {
    const { id, attachments: [file] } = await made(eventPart(event()), filePart('a', 'x', sent));
    assert.equal(file.type, kept);
    assert.equal((await read(id, file.id)).headers.get('content-type'), served);
  }
});

test('many files, large files, files of one name, empty ones', async () => {
  const bytes = randomBytes(5_000_003);
  const parts = [filePart('large', bytes), ...Array.from({ length: 200 }, (_, i) => filePart('same.txt', i === 7 ? '' : 'number ' + i)), eventPart(event())];
  const { id, attachments, integrity, ...rest } = await made(...parts);
  assert.equal(attachments.length, 201);
  assert.equal(new Set(attachments.map(a => a.id)).size, 201);
  assert.equal(attachments[0].integrity, fileIntegrity(bytes));
  assert.equal(attachments[0].size, bytes.length);
  assert.equal(attachments[8].size, 0);
  assert.equal(integrity, eventIntegrity({ id, attachments, ...rest }));
  const large = await read(id, attachments[0].id);
  const got = Buffer.from(await large.arrayBuffer());
  assert.deepEqual([large.status, got.length], [200, bytes.length], got.subarray(0, 300).toString('latin1'));
  assert.ok(got.equals(bytes));
  assert.equal(await (await read(id, attachments[200].id)).text(), 'number 199');
  assert.equal(await (await read(id, attachments[8].id)).text(), '');
});

test('bytes that look like a boundary are bytes', async () => {
  const bytes = `x--limit--${CRLF}--limi${CRLF}-limit--${CRLF}--${CRLF}-${CRLF}--limi`;
  const { id, attachments: [file] } = await made(eventPart(event()), filePart('a', bytes));
  assert.equal(await (await read(id, file.id)).text(), bytes);
});

test('a field where no file was chosen is no file', async () => {
  const made1 = await made(eventPart(event()), filePart('', ''));
  assert.equal(made1.attachments, undefined);
});

test('adding files makes one version for all of them', async () => {
  const { id } = await made(eventPart(event()));
  const { status, body } = await post('/events/' + id, multipart([filePart('a', '1'), filePart('b', '2'), eventPart({ description: 'not looked at' })]));
  assert.equal(status, 200);
  assert.deepEqual(body.event.attachments.map(a => a.fileName), ['a', 'b']);
  assert.equal(body.event.description, undefined);
  const again = await post('/events/' + id, multipart([filePart('c', '3')]));
  assert.deepEqual(again.body.event.attachments.map(a => a.fileName), ['a', 'b', 'c']);
});

test('files added at once by many are all there', async () => {
  const { id } = await made(eventPart(event()));
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => post('/events/' + id, multipart([filePart('f' + i, 'bytes ' + i)]))));
  assert.ok(answers.every(a => a.status === 200));
  const kept = (await json(200, 'GET', '/events/' + id)).event;
  assert.equal(kept.attachments.length, 12);
  assert.equal(kept.integrity, eventIntegrity(kept));
  for (const file of kept.attachments) assert.equal(await (await read(id, file.id)).text(), 'bytes ' + file.fileName.slice(1));
});

/* ---- What is refused, and leaves nothing ---------------------------------------------------------- */

test('broken bodies', async () => {
  const good = [eventPart(event()), filePart('a.txt', 'x'.repeat(100000))];
  const whole = multipart(good);
  await leavesNothing('no boundary', 400, 'invalid-request-structure', whole, 'multipart/form-data');
  await leavesNothing('another boundary', 400, 'invalid-request-structure', whole, 'multipart/form-data; boundary=other');
  await leavesNothing('a boundary too long', 400, 'invalid-request-structure', whole, 'multipart/form-data; boundary=' + 'b'.repeat(71));
  for (const cut of [5, 40, 120, 300, 50000, whole.length - 12, whole.length - 5]) {
    await leavesNothing(`cut after ${cut} bytes`, 400, 'invalid-request-structure', whole.subarray(0, cut));
  }
  await leavesNothing('a header without end', 400, 'invalid-request-structure', Buffer.from(`--limit${CRLF}Content-Disposition: ${'x'.repeat(40000)}`));
  await leavesNothing('a file without name', 400, 'invalid-request-structure', multipart([eventPart(event()), filePart('', 'bytes')]));
  await leavesNothing('a name that ends in a slash', 400, 'invalid-request-structure', multipart([eventPart(event()), filePart('folder/', 'bytes')]));
  await leavesNothing('a file over uploads.maxFileSizeMb', 400, 'invalid-request-structure', multipart([eventPart(event()), filePart('a', 'x'), filePart('large', Buffer.alloc(6 * 1024 * 1024 + 1))]));
  await leavesNothing('a name that is no UTF-8', 400, 'invalid-request-structure', multipart([eventPart(event()), rawNamed([0xff, 0xfe])]));
});

/** A file part whose name is these octets, in the percent-encoded form. */
function rawNamed (octets) {
  return [[`Content-Disposition: form-data; name="f"; filename*=UTF-8''${octets.map(o => '%' + o.toString(16).padStart(2, '0')).join('')}`], 'x'];
}

test('bad events', async () => {
  const file = filePart('a.txt', 'x');
  for (const value of ['12', '"text"', 'null', 'true', '{"streamIds":', '', '\u0000']) {
    await leavesNothing(`the event is ${JSON.stringify(value)}`, 400, 'invalid-request-structure', multipart([eventPart(value), file]));
  }
  await leavesNothing('a list', 400, 'invalid-parameters-format', multipart([eventPart('[1]'), file]));
  await leavesNothing('none', 400, 'invalid-parameters-format', multipart([file]));
  await leavesNothing('two', 400, 'invalid-request-structure', multipart([eventPart(event()), file, eventPart(event())]));
  await leavesNothing('over 1 MiB', 400, 'invalid-request-structure', multipart([eventPart(event({ type: 'my-own/text', content: 'x'.repeat(1100000) })), file]));
  await leavesNothing('an unknown stream', 400, 'unknown-referenced-resource', multipart([eventPart(event({ streamIds: ['nowhere'] })), file]));
  await leavesNothing('content that does not fit', 400, 'invalid-parameters-format', multipart([eventPart(event({ content: 1 })), file]));
  await leavesNothing('attachments of its own', 400, 'invalid-parameters-format', multipart([eventPart(event({ attachments: [{ id: 'x' }] })), file]));
  await leavesNothing('an unknown event', 404, 'unknown-resource', multipart([file]), undefined, '/events/c0123456789abcdefghijklmn');
  const { access } = await json(201, 'POST', '/accesses', { name: 'reader', permissions: [{ streamId: 'diary', level: 'read' }] });
  const before = files();
  assert.equal((await post('/events', multipart([eventPart(event()), file]), undefined, access.token)).status, 403);
  assert.deepEqual(files(), before);
});

test('an id in use keeps its own files', async () => {
  const first = await made(eventPart(event({ id: 'cabcdefghijklmnopqrstuvwx' })), filePart('a.txt', 'first'));
  await leavesNothing('the id again', 409, 'item-already-exists', multipart([eventPart(event({ id: first.id })), filePart('b.txt', 'second')]));
  assert.equal(await (await read(first.id, first.attachments[0].id)).text(), 'first');
});

test('an upload that the client breaks off', async () => {
  const before = files();
  const whole = multipart([eventPart(event()), filePart('a.bin', Buffer.alloc(3_000_000, 7))]);
  for (const cut of [100, 1_000_000, whole.length - 3]) {
    await new Promise((resolve, reject) => {
      const socket = net.connect(new URL(server.url).port, '127.0.0.1', () => {
        socket.write(`POST ${user.path}/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nContent-Type: multipart/form-data; boundary=limit\r\nContent-Length: ${whole.length}\r\n\r\n`);
        socket.write(whole.subarray(0, cut), () => setTimeout(() => { socket.destroy(); resolve(); }, 50));
      });
      socket.on('error', reject);
    });
  }
  await new Promise(resolve => setTimeout(resolve, 300));
  assert.deepEqual(files(), before);
});

test('fields of the account have no files', async () => {
  await leavesNothing('an account stream', 400, 'invalid-operation', multipart([eventPart({ streamIds: [':_system:language'], type: 'language/iso-639-1', content: 'fr' }), filePart('a', 'x')]));
});

/* ---- Reading ------------------------------------------------------------------------------------------ */

test('parts of a file (RFC 9110, 14)', async () => {
  const bytes = randomBytes(100000);
  const { id, attachments: [file, empty] } = await made(eventPart(event()), filePart('a.bin', bytes, 'application/x-bytes'), filePart('empty', ''));
  const whole = await read(id, file.id);
  const etag = whole.headers.get('etag');
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  assert.equal(whole.headers.get('content-length'), '100000');
  assert.equal(whole.headers.get('digest'), 'SHA-256=' + createHash('sha256').update(bytes).digest('base64'));
  await whole.arrayBuffer();
  const cases = [ // range, from, to (exclusive), or null for the whole, or 416
    ['bytes=0-9', 0, 10], ['bytes=99990-', 99990, 100000], ['bytes=-10', 99990, 100000], ['bytes=99999-200000', 99999, 100000], ['bytes=-200000', 0, 100000], ['BYTES=5-5', 5, 6],
    ['bytes=0-', 0, 100000], ['bytes=100000-', 416], ['bytes=-0', 416], ['bytes=5-4', null], ['bytes=a-b', null], ['bytes=0-1,5-6', null], ['lines=1-2', null], ['bytes=', null], ['bytes=-', null],
    ['bytes=99999999999999999999-', null]
  ];
  for (const [range, from, to] of cases) {
    const answer = await read(id, file.id, { range });
    const got = Buffer.from(await answer.arrayBuffer());
    if (from === 416) {
      assert.equal(answer.status, 416, range);
      assert.equal(answer.headers.get('content-range'), 'bytes */100000');
    } else if (from === null) {
      assert.equal(answer.status, 200, range);
      assert.ok(got.equals(bytes), range);
    } else {
      assert.equal(answer.status, 206, range);
      assert.equal(answer.headers.get('content-range'), `bytes ${from}-${to - 1}/100000`);
      assert.equal(answer.headers.get('content-type'), 'application/x-bytes');
      assert.ok(got.equals(bytes.subarray(from, to)), range);
    }
  }
  for (const [condition, status] of [[etag, 206], ['"other"', 200], ['W/' + etag, 200], ['Wed, 21 Oct 2015 07:28:00 GMT', 200]]) {
    const answer = await read(id, file.id, { range: 'bytes=0-9', 'if-range': condition });
    assert.equal(answer.status, status, condition);
    await answer.arrayBuffer();
  }
  for (const [condition, status] of [[etag, 304], ['*', 304], [`"a", W/${etag}`, 304], ['"other"', 200]]) {
    const answer = await read(id, file.id, { 'if-none-match': condition });
    assert.equal(answer.status, status, condition);
    assert.equal(answer.headers.get('etag'), etag);
    assert.equal((await answer.arrayBuffer()).byteLength, status === 304 ? 0 : 100000);
  }
  const head = await fetch(url(`/events/${id}/${file.id}`), { method: 'HEAD', headers: { authorization: user.token } });
  assert.deepEqual([head.status, head.headers.get('content-length'), (await head.arrayBuffer()).byteLength], [200, '100000', 0]);
  const nothing = await read(id, empty.id, { range: 'bytes=0-' });
  assert.equal(nothing.status, 416);
  await nothing.arrayBuffer();
});

test('read tokens end with their access', async () => {
  const { id, attachments: [file] } = await made(eventPart(event()), filePart('a', 'x'));
  const tokenOf = async token => (await json(200, 'GET', '/events/' + id, undefined, token)).event.attachments[0].readToken;
  const status = async readToken => {
    const answer = await fetch(url(`/events/${id}/${file.id}?readToken=${encodeURIComponent(readToken)}`));
    return [answer.status, answer.status === 200 ? await answer.text() : (await answer.json()).error.id];
  };
  const { access } = await json(201, 'POST', '/accesses', { name: 'going', permissions: [{ streamId: 'diary', level: 'read' }] });
  const token = await tokenOf(access.token);
  assert.deepEqual(await status(token), [200, 'x']);
  await json(200, 'DELETE', '/accesses/' + access.id);
  assert.deepEqual(await status(token), [401, 'invalid-access-token']);
  const brief = (await json(201, 'POST', '/accesses', { name: 'brief', permissions: [{ streamId: 'diary', level: 'read' }], expireAfter: 1 })).access;
  const briefly = await tokenOf(brief.token);
  assert.deepEqual(await status(briefly), [200, 'x']);
  await new Promise(resolve => setTimeout(resolve, 1100));
  assert.deepEqual(await status(briefly), [403, 'forbidden']);
  for (const wrong of ['', '-', 'a', '-x', `${access.id}-`, 'x'.repeat(5000), `${brief.id}-${'A'.repeat(27)}`]) assert.deepEqual(await status(wrong), [401, 'invalid-access-token'], wrong);
  const other = await newUser(server.url);
  const elsewhere = await fetch(`${server.url}${other.path}/events/${id}/${file.id}?readToken=${token}`);
  assert.equal(elsewhere.status, 401);
});

/* ---- The end of files ------------------------------------------------------------------------------------ */

test('files go with their event, or alone', async () => {
  const before = files();
  const { id, attachments } = await made(eventPart(event()), filePart('a', '1'), filePart('b', '2'));
  assert.equal(files().length, before.length + 2);
  await json(200, 'DELETE', `/events/${id}/${attachments[0].id}`);
  assert.equal(files().length, before.length + 1);
  assert.equal((await read(id, attachments[0].id)).status, 404);
  await json(200, 'DELETE', '/events/' + id);
  assert.equal(await (await read(id, attachments[1].id)).text(), '2');
  await json(200, 'DELETE', '/events/' + id);
  assert.deepEqual(files(), before);
  assert.equal((await read(id, attachments[1].id)).status, 404);
  await json(404, 'DELETE', `/events/${id}/${attachments[1].id}`);
  assert.equal((await post('/events/' + id, multipart([filePart('c', '3')]))).status, 404);
  assert.deepEqual(files(), before);
});

test('files that no event names are taken away, others stay', async () => {
  const { id, attachments: [file] } = await made(eventPart(event()), filePart('named', 'x'));
  const folder = path.dirname(files().find(name => name.endsWith('/' + file.id)));
  const orphans = [path.join(folder, 'orphan0123456789abcdefgh'), path.join(path.dirname(folder), 'c000000000000000000000000', 'orphan0123456789abcdefgh')];
  fs.mkdirSync(path.dirname(orphans[1]));
  for (const orphan of orphans) fs.writeFileSync(orphan, 'nobody knows');
  const deadline = Date.now() + 40000;
  while (orphans.some(name => fs.existsSync(name)) && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 200));
  assert.deepEqual(orphans.filter(name => fs.existsSync(name)), []);
  assert.match(server.log(), /removed the file orphan0123456789abcdefgh of user/);
  assert.equal(await (await read(id, file.id)).text(), 'x');
});

test('what was answered is there after a sudden death, and nothing else is named', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-death-'));
  const set = { 'uploads.orphanSeconds': 5, 'upkeep.everySeconds': 1 };
  let mortal = await startServer({ dataDir, set });
  const owner = await newUser(mortal.url);
  const send = async (method, rest, body, type = 'application/json') => {
    const answer = await fetch(mortal.url + owner.path + rest, { method, headers: { authorization: owner.token, 'content-type': type }, body });
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  await send('POST', '/streams', JSON.stringify({ id: 'diary', name: 'Diary' }));
  const kept = []; // [event id, file id, bytes]
  let alive = true;
  const uploads = Array.from({ length: 8 }, async (_, lane) => {
    for (let n = 0; alive; n++) {
      const bytes = createHash('sha256').update(`${lane} ${n}`).digest('hex').repeat(500 + n);
      try {
        const { status, bytes: answer } = await send('POST', '/events', multipart([eventPart(event()), filePart('a', bytes)]), 'multipart/form-data; boundary=limit');
        if (status === 201) {
          const made = JSON.parse(answer).event;
          kept.push([made.id, made.attachments[0].id, bytes]);
        }
      } catch { /* it died */ }
    }
  });
  await new Promise(resolve => setTimeout(resolve, 1200));
  for (const pid of [mortal.pid, ...workersOf(mortal.pid)]) process.kill(pid, 'SIGKILL');
  alive = false;
  await Promise.all(uploads);
  await mortal.ended;
  assert.ok(kept.length > 20, `${kept.length} uploads`);
  mortal = await startServer({ dataDir, set });
  try {
    for (const [id, fileId, bytes] of kept) assert.equal((await send('GET', `/events/${id}/${fileId}`)).bytes.toString(), bytes);
    const { events } = JSON.parse((await send('GET', '/events?limit=100000')).bytes);
    const named = new Set(events.filter(e => e.attachments).flatMap(e => e.attachments.map(a => a.id)));
    assert.ok(kept.every(([, fileId]) => named.has(fileId)));
    const left = () => fs.readdirSync(path.join(dataDir, 'users'), { recursive: true }).map(String).filter(name => /attachments\/[^/]+\/[^/]+$/.test(name)).map(name => path.basename(name));
    const deadline = Date.now() + 40000;
    while (left().length > named.size && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 200));
    assert.deepEqual(left().sort(), [...named].sort(), 'every file has its event, and every event its file');
  } finally {
    assert.equal((await mortal.stop()).code, 0);
    fs.rmSync(dataDir, { recursive: true });
  }
});

test('files for an event that is deleted for good meanwhile: it is unknown, and nothing of them stays', async () => {
  const bytes = randomBytes(1 << 20);
  const seen = new Set();
  for (let i = 0; i < 40; i++) {
    const { event: doomed } = await json(201, 'POST', '/events', event({ trashed: true }));
    const [added] = await Promise.all([
      post(`/events/${doomed.id}`, multipart([filePart('a.bin', bytes), filePart('b.bin', bytes), filePart('c.bin', bytes)])),
      new Promise(resolve => setTimeout(resolve, i / 2)).then(() => json(200, 'DELETE', `/events/${doomed.id}`))
    ]);
    assert.ok(added.status === 200 || (added.status === 404 && added.body.error.id === 'unknown-resource'), `${added.status} ${JSON.stringify(added.body)}`);
    assert.ok(!files().some(file => file.includes(doomed.id)), 'files stay');
    seen.add(added.status);
  }
  assert.ok(seen.has(404));
});
