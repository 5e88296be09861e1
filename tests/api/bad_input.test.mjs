// Hostile input: each gets the API's error, or a closed connection where HTTP says so, and does no harm.
import assert from 'node:assert/strict';
import net from 'node:net';
import test, { after, before } from 'node:test';
import { call, newUser, startServer, workersOf } from '../lib/server.mjs';

let server, user, workers;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1 } });
  user = await newUser(server.url);
  await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
  workers = workersOf(server.pid);
});

after(async () => {
  assert.deepEqual(workersOf(server.pid), workers, 'no worker died');
  assert.equal((await server.stop()).code, 0);
});

async function post (where, data, type = 'application/json') {
  const answer = await fetch(server.url + user.path + where, { method: 'POST', headers: { authorization: user.token, 'content-type': type }, body: data });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text), headers: answer.headers };
}

const refused = (answer, status, id) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.error.id, id, JSON.stringify(answer.body));
  assert.equal(typeof answer.body.error.message, 'string');
  assert.equal(typeof answer.body.meta.serverTime, 'number');
};

const event = content => `{"streamIds":["diary"],"type":"test/test","content":${content}}`;

// ---- Bodies that are no JSON ------------------------------------------------------------------------------------

const broken = {
  'a missing end': '{"streamIds":["diary"',
  'a trailing comma': '{"streamIds":["diary"],}',
  'two values': '{} {}',
  'single quotes': "{'type':'note/txt'}",
  'a bare word': 'hello',
  'a comment': '{"type":"note/txt"/* really */}',
  'only blanks': '   ',
  'NaN': event('NaN'),
  'Infinity': event('-Infinity'),
  'a leading zero': event('01'),
  'a hexadecimal number': event('0x1F'),
  'a number that ends with a point': event('1.'),
  'a raw line end in a text': event('"a\nb"'),
  'an unknown escape': event('"\\x41"'),
  'a lone surrogate': event('"\\ud800"'),
  'null at the top': 'null',
  'a number at the top': '12',
  'a text at the top': '"hello"'
};
for (const [what, text] of Object.entries(broken)) {
  test(`broken JSON: ${what}`, async () => refused(await post('/events', text), 400, 'invalid-request-structure'));
}

const octets = {
  'a stray continuation byte': [0x80],
  'an overlong slash': [0xc0, 0xaf],
  'a surrogate in UTF-8': [0xed, 0xa0, 0x80],
  'a code point beyond the last': [0xf5, 0x80, 0x80, 0x80],
  'a cut sequence': [0xe2, 0x82]
};
for (const [what, bytes] of Object.entries(octets)) {
  test(`invalid UTF-8: ${what}`, async () => {
    const [head, tail] = event('"@"').split('@');
    refused(await post('/events', Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)])), 400, 'invalid-request-structure');
  });
}

test('a NUL byte between the tokens is refused, an escaped one within a text is kept', async () => {
  refused(await post('/events', event('1').replace('"type"', '\0"type"')), 400, 'invalid-request-structure');
  const kept = await post('/events', event('"a\\u0000b"'));
  assert.equal(kept.status, 201);
  assert.equal(kept.body.event.content, 'a\0b');
});

test('deep nesting is refused by its limit, and what stays within is kept', async () => {
  for (const depth of [5000, 500000]) refused(await post('/events', event('['.repeat(depth) + ']'.repeat(depth))), 400, 'invalid-request-structure');
  refused(await post('/events', event('{"a":'.repeat(20000) + '1' + '}'.repeat(20000))), 400, 'invalid-request-structure');
  const nested = JSON.parse('['.repeat(20) + ']'.repeat(20));
  const kept = await post('/events', event(JSON.stringify(nested)));
  assert.deepEqual(kept.body.event.content, nested);
});

test('of duplicate keys the last counts', async () => {
  const answer = await post('/events', '{"streamIds":["diary"],"type":"note/txt","content":"first","content":"last"}');
  assert.equal(answer.status, 201);
  assert.equal(answer.body.event.content, 'last');
});

test('numbers are kept as JavaScript keeps them', async () => {
  for (const [sent, got] of [['1e308', 1e308], ['-0', 0], ['1E-7', 1e-7], ['123456789012345678901', 123456789012345680000], ['0.1', 0.1], ['1e400', undefined]]) {
    const { status, body } = await post('/events', event(sent));
    assert.equal(status, 201);
    assert.equal(body.event.content ?? undefined, got, sent);
  }
});

test('huge keys and texts are kept or refused, never cut', async () => {
  const key = 'k'.repeat(200000);
  const { status, body } = await post('/events', event(JSON.stringify({ [key]: 'v'.repeat(500000) })));
  assert.equal(status, 201);
  assert.equal(Object.keys(body.event.content)[0].length, 200000);
  assert.equal(body.event.content[key].length, 500000);
});

// ---- Parameters -------------------------------------------------------------------------------------------------

const complained = {
  'no streams': '{"type":"note/txt"}',
  'streams that are a text': '{"streamIds":"diary","type":"note/txt"}',
  'an empty list of streams': '{"streamIds":[],"type":"note/txt"}',
  'streams that are numbers': '{"streamIds":[1],"type":"note/txt"}',
  'no type': '{"streamIds":["diary"]}',
  'a type of another form': '{"streamIds":["diary"],"type":"note"}',
  'a type that is a list': '{"streamIds":["diary"],"type":["note/txt"]}',
  'a time that is a text': '{"streamIds":["diary"],"type":"note/txt","time":"now"}',
  'a time that is an object': '{"streamIds":["diary"],"type":"note/txt","time":{"$gt":0}}',
  'an unknown member': '{"streamIds":["diary"],"type":"note/txt","colour":"red"}',
  '__proto__': '{"streamIds":["diary"],"type":"note/txt","__proto__":{"a":1}}',
  'client data that is a list': '{"streamIds":["diary"],"type":"note/txt","clientData":[]}'
};
for (const [what, text] of Object.entries(complained)) {
  test(`parameters: ${what}`, async () => {
    const answer = await post('/events', text);
    refused(answer, 400, 'invalid-parameters-format');
    assert.ok(Array.isArray(answer.body.error.data) && answer.body.error.data.length > 0, 'complaints are told');
  });
}

for (const query of ['limit=many', 'limit=1&limit=2', 'fromTime=NaN', 'fromTime=yesterday', 'colour=red', 'sortAscending=perhaps', 'types[]=nonsense', 'state=none']) {
  test(`query: ${query}`, async () => {
    const answer = await call(server.url, 'GET', `${user.path}/events?${query}`, { token: user.token });
    refused(answer, 400, 'invalid-parameters-format');
  });
}

test('limits and offsets beyond all measure do no harm', async () => {
  for (const query of ['limit=1e300', 'skip=1e300', 'skip=9007199254740993&limit=9007199254740993', 'fromTime=-1e300&toTime=1e300']) {
    const { status, body } = await call(server.url, 'GET', `${user.path}/events?${query}`, { token: user.token });
    assert.ok(status === 200 || (status === 400 && body.error.id === 'invalid-parameters-format'), `${query}: ${status}`);
  }
});

test('quotes and control characters in ids reach no query language', async () => {
  for (const id of ["x' OR '1'='1", 'x"; DROP TABLE events; --', '%', '_', 'a%00b', '..%2f..%2fetc%2fpasswd', '🦉']) {
    for (const where of [`/events/${encodeURIComponent(id)}`, `/streams/${encodeURIComponent(id)}`, `/events?streams[]=${encodeURIComponent(id)}`]) {
      const { status } = await call(server.url, where.startsWith('/streams') ? 'PUT' : 'GET', user.path + where, { token: user.token, ...(where.startsWith('/streams') ? { body: { name: 'x' } } : {}) });
      assert.ok(status >= 400 && status < 500, `${where}: ${status}`);
    }
  }
  assert.equal((await call(server.url, 'GET', `${user.path}/events?limit=1`, { token: user.token })).status, 200);
});

// ---- Addresses and verbs ----------------------------------------------------------------------------------------

test('unknown routes, verbs and accounts', async () => {
  refused(await call(server.url, 'GET', `${user.path}/nothing`, { token: user.token }), 404, 'unknown-resource');
  refused(await call(server.url, 'PATCH', `${user.path}/events`, { token: user.token }), 404, 'unknown-resource');
  refused(await call(server.url, 'GET', '/nobody-of-that-name/events', { token: user.token }), 404, 'unknown-resource');
  refused(await call(server.url, 'POST', '/', { body: {} }), 404, 'unknown-resource');
});

/** One request as it stands; all that comes back until the connection closes or a second goes by. */
const raw = text => new Promise((resolve, reject) => {
  let answer = '';
  const socket = net.connect(server.port, '127.0.0.1', () => socket.write(text));
  socket.setEncoding('latin1').on('data', data => { answer += data; }).on('error', reject).on('close', () => resolve(answer));
  socket.setTimeout(1000, () => socket.destroy());
});

test('paths that climb stay where they are', async () => {
  for (const path of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', `${user.path}/events/../../../etc/passwd`, '//etc/passwd']) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, path);
    assert.doesNotMatch(answer, /root:/);
  }
  const name = await raw('GET /\\..\\..\\etc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.match(name, /^HTTP\/1\.1 200 [^]*"cheersFrom":"Pryv API"/, 'a backslash is a character of a name, and any name is greeted');
});

test('a malformed escape in a path', async () => {
  const answer = await raw(`GET ${user.path}/events/%zz HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nConnection: close\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /invalid-request-structure/);
});

test('an over-long URL and an over-long head are refused, and their connection is closed', async () => {
  assert.match(await raw(`GET /${'a'.repeat(200000)} HTTP/1.1\r\nHost: x\r\n\r\n`), /^(HTTP\/1\.1 (414|431) |$)/);
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: x\r\n${'X-Long: ' + 'b'.repeat(200000)}\r\n\r\n`), /^(HTTP\/1\.1 431 |$)/);
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: x\r\n${'X-Many: 1\r\n'.repeat(5000)}\r\n`), /^(HTTP\/1\.1 431 |$)/);
});

test('the token is in no log line', async () => {
  await call(server.url, 'GET', `${user.path}/events?auth=${user.token}`);
  assert.ok(!server.log().includes(user.token));
  assert.ok(!server.log().includes(user.password));
});
