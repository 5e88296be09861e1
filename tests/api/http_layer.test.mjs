// What every request goes through before a method sees it, and every answer after: CORS, roots, routes, bodies, overrides,
// errors, batches. The server is that of PRYVD_URL, or one of its own.
import assert from 'node:assert/strict';
import net from 'node:net';
import { gzipSync, deflateSync, deflateRawSync } from 'node:zlib';
import test, { after, before } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';

let url = process.env.PRYVD_URL, own, user, events, streams;

before(async () => {
  if (!url) {
    own = await startServer();
    url = own.url;
  }
  user = await newUser(url);
  events = `${user.path}/events`;
  streams = `${user.path}/streams`;
  const made = await call(url, 'POST', streams, { token: user.token, body: { id: 'diary', name: 'Diary' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
});

after(async () => {
  if (own) assert.equal((await own.stop()).code, 0);
});

async function send (method, where, { type, data, token = user.token, headers = {} } = {}) {
  const answer = await fetch(url + where, {
    method, body: data, headers: { ...(token ? { authorization: token } : {}), ...(type ? { 'content-type': type } : {}), ...headers }
  });
  const text = await answer.text();
  let body = text;
  try { body = JSON.parse(text); } catch { /* kept as text */ }
  return { status: answer.status, body, headers: answer.headers };
}

const form = (where, fields, more = {}) =>
  send('POST', where, { type: 'application/x-www-form-urlencoded', data: new URLSearchParams(fields).toString(), ...more });

function refused (answer, status, id, message = '') {
  assert.equal(answer.status, status, `${message} ${JSON.stringify(answer.body)}`);
  assert.equal(answer.body.error?.id, id, `${message} ${JSON.stringify(answer.body)}`);
  assert.equal(typeof answer.body.error.message, 'string');
  assert.deepEqual(Object.keys(answer.body.meta).sort(), ['apiVersion', 'serial', 'serverTime']);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(answer.headers.get('api-version'), answer.body.meta.apiVersion);
  assert.ok(answer.headers.get('access-control-allow-origin'));
}

/** One connection, bytes as given: everything that came back until it was closed. */
function raw (text) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = net.connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.setTimeout(10000, () => socket.destroy(new Error(`no end after ${answer}`)));
    socket.setEncoding('utf8').on('data', piece => { answer += piece; }).on('error', reject).on('close', () => resolve(answer));
  });
}

// ---- Headers ------------------------------------------------------------------------------------------------------

const cors = answer => Object.fromEntries(['origin', 'methods', 'headers', 'credentials'].map(name => [name, answer.headers.get(`access-control-allow-${name}`)]));
const usual = { origin: '*', methods: 'POST, GET, PUT, DELETE, OPTIONS', headers: 'Authorization, Content-Type', credentials: 'true' };

test('common headers are on answers and refusals alike', async () => {
  const requests = [
    ['GET', '/'], ['GET', events], ['GET', `${user.path}/nowhere`], ['GET', '/nobody-here/events'], ['POST', '/'],
    ['GET', events, { token: 'wrong' }], ['GET', events, { token: null }], ['GET', `${events}/%zz`],
    ['POST', events, { type: 'application/json', data: '{' }], ['GET', '/openapi.json']
  ];
  for (const [method, where, more] of requests) {
    const answer = await send(method, where, more);
    assert.deepEqual(cors(answer), usual, `${method} ${where}`);
    assert.equal(answer.headers.get('access-control-expose-headers'), 'API-Version');
    assert.equal(answer.headers.get('access-control-max-age'), '31536000');
    assert.match(answer.headers.get('api-version'), /^\d+\.\d+\.\d+/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    if (where !== '/' && where !== '/openapi.json') assert.equal(answer.headers.get('cache-control'), 'no-store', where);
  }
});

test('what a script asks for is granted', async () => {
  const wishes = { origin: 'https://app.example', 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization, x-own' };
  for (const [method, where] of [['OPTIONS', events], ['OPTIONS', '/a/b/c'], ['OPTIONS', '/'], ['GET', events], ['GET', '/nobody-here/x']]) {
    const answer = await send(method, where, { token: null, headers: wishes });
    assert.deepEqual(cors(answer), { ...usual, origin: 'https://app.example', methods: 'PATCH', headers: 'authorization, x-own' }, `${method} ${where}`);
    if (method === 'OPTIONS') {
      assert.deepEqual([answer.status, answer.body], [200, 'OK']);
      assert.match(answer.headers.get('content-type'), /^text\/plain/);
    }
  }
  assert.equal((await send('GET', '/', { headers: { origin: 'null' } })).headers.get('access-control-allow-origin'), 'null');
});

test('refusals of HTTP itself are the API\'s too', async () => {
  const cases = [
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40000)}\r\n\r\n`, 431],
    [`GET /${'x'.repeat(15000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
    ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['GET / HTTP/3.7\r\nHost: x\r\n\r\n', 505]
  ];
  for (const [text, status] of cases) {
    const answer = await raw(text);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), answer.slice(0, 300));
    assert.match(answer, /\r\naccess-control-allow-origin: \*\r\n/i);
    assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).error.id, 'invalid-request-structure');
  }
});

// ---- Roots and routes -----------------------------------------------------------------------------------------------

test('roots greet', async () => {
  for (const where of ['/', user.path, user.path + '/', '/nobody-here', '/nobody-here/']) {
    const { status, body, headers } = await send('GET', where, { token: null });
    assert.equal(status, 200, where);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
    const { meta, ...rest } = body;
    assert.deepEqual(rest, { cheersFrom: 'Pryv API', learnMoreAt: 'https://pryv.github.io/' });
    assert.deepEqual(Object.keys(meta).sort(), ['apiVersion', 'serial', 'serverTime']);
    assert.ok(Math.abs(meta.serverTime - Date.now() / 1000) < 60);
  }
  for (const [method, where] of [['POST', '/'], ['PUT', '/'], ['DELETE', user.path]]) refused(await send(method, where), 404, 'unknown-resource', method);
});

test('HEAD is GET without its body', async () => {
  for (const where of ['/', streams]) {
    const answer = await send('HEAD', where);
    assert.deepEqual([answer.status, answer.body], [200, ''], where);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
  }
});

test('routes match without regard to case and a final slash', async () => {
  for (const where of ['/streams', '/streams/', '/Streams', '/STREAMS/']) assert.equal((await send('GET', user.path + where)).status, 200, where);
  refused(await send('GET', `${user.path.toUpperCase()}/streams`), 404, 'unknown-resource', 'account names keep their case');
});

test('what is not known is 404, never 405', async () => {
  const requests = [
    ['GET', '/nowhere'], ['GET', '/events/a/b/c/d/e'], ['PATCH', '/events'], ['PUT', '/events'], ['DELETE', '/streams'], ['GET', '/streams//'],
    ['GET', '//streams'], ['GET', '/..%2f..%2fetc/passwd'], ['GET', '/streams%2f']
  ];
  for (const [method, where] of requests) {
    const answer = await send(method, user.path + where, method === 'GET' ? {} : { type: 'application/json', data: '{}' });
    refused(answer, 404, 'unknown-resource', `${method} ${where}`);
    assert.equal(answer.headers.get('pryv-access-id'), null);
  }
  for (const where of ['/streams/..', '/../../etc/passwd', '/./streams']) { // as they are: fetch would resolve them
    const answer = await raw(`GET ${user.path}${where} HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 404 /, where);
  }
  refused(await send('GET', '/nobody-here/events'), 404, 'unknown-resource');
  refused(await send('GET', '/nobody-here/nowhere', { token: null }), 404, 'unknown-resource');
});

test('a path that is not properly encoded is refused', async () => {
  for (const part of ['%', '%zz', '%4', '%ff', '%c0%af', 'a%00b']) refused(await send('GET', `${events}/${part}`), 400, 'invalid-request-structure', part);
  for (const where of ['/%zz', '/%zz/events', `${user.path}/%zz`, `${user.path}/nowhere/%ff`]) {
    for (const method of ['GET', 'PUT', 'PATCH']) refused(await send(method, where), 400, 'invalid-request-structure', `${method} ${where}`);
  }
});

test('a missing token is 401, a wrong one 403, and the access in use is told', async () => {
  const nothing = await send('GET', events, { token: null });
  refused(nothing, 401, 'invalid-access-token');
  const wrong = await send('GET', events, { token: 'nothing' });
  refused(wrong, 403, 'invalid-access-token');
  for (const query of ['auth=', 'auth', 'auth=&auth=' + user.token]) refused(await send('GET', `${events}?${query}`, { token: null }), 403, 'invalid-access-token', query);
  for (const answer of [nothing, wrong]) assert.equal(answer.headers.get('pryv-access-id'), null);
  const ids = new Set();
  for (const where of [events, `${events}?limit=x`, `${events}/nothing`]) ids.add((await send('GET', where)).headers.get('pryv-access-id'));
  assert.equal(ids.size, 1);
  assert.match([...ids][0], /^[a-z0-9]{24,25}$/);
});

test('no access is bound to a key: by DPoP it is found and refused', async () => {
  for (const scheme of ['DPoP', 'dpop']) {
    for (const where of [events, `${user.path}/account`]) {
      const bound = await send('GET', where, { token: `${scheme} ${user.token} somebody` });
      refused(bound, 403, 'invalid-access-token', where);
      assert.match(bound.headers.get('pryv-access-id'), /^[a-z0-9]{24,25}$/);
    }
  }
  const unknown = await send('GET', events, { token: 'DPoP nothing' });
  refused(unknown, 403, 'invalid-access-token');
  assert.equal(unknown.headers.get('pryv-access-id'), null);
});

test('every way to send a token serves on every kind of route', async () => {
  const basic = text => 'Basic ' + Buffer.from(text).toString('base64');
  const ways = {
    plain: [user.token], 'with a caller id': [user.token + ' nurse 12'], bearer: ['Bearer ' + user.token], 'bearer in capitals': ['BEARER ' + user.token],
    'bearer with a caller id': [`Bearer ${user.token} nurse`], basic: [basic(user.token + ':x')], 'basic without colon': [basic(user.token)],
    'basic with a caller id': [basic(user.token + ' nurse:')], query: [null, 'auth=' + user.token], 'query with a caller id': [null, `auth=${user.token}%20nurse`]
  };
  const form = new FormData();
  form.append('event', '{"streamIds":["diary"],"type":"picture/attached"}');
  form.append('file', new Blob(['hello']), 'x.txt');
  const made = await fetch(url + events, { method: 'POST', headers: { authorization: user.token }, body: form });
  assert.equal(made.status, 201);
  const { event } = await made.json();
  const calls = JSON.stringify([{ method: 'getAccessInfo', params: {} }]);
  const routes = {
    read: ['GET', events], write: ['POST', events, note('x'), json], batch: ['POST', user.path, calls, json], 'batch with a slash': ['POST', user.path + '/', calls, json],
    'a file': ['GET', `${events}/${event.id}/${event.attachments[0].id}`], 'an upload': ['POST', events, form], unrouted: ['GET', user.path + '/nowhere']
  };
  for (const [way, [header, query]] of Object.entries(ways)) {
    for (const [route, [method, where, data, type]] of Object.entries(routes)) {
      const headers = { ...(header ? { authorization: header } : {}), ...(type ? { 'content-type': type } : {}) };
      const answer = await fetch(url + where + (query ? '?' + query : ''), { method, headers, body: data });
      const text = await answer.text();
      if (route === 'a file' && query) {
        assert.equal(answer.status, 401, 'files have a readToken of their own for addresses');
        continue;
      }
      assert.ok(route === 'unrouted' ? answer.status === 404 : answer.status < 300, `${route}, ${way}: ${answer.status} ${text}`);
      if (route === 'write' && way.includes('caller')) assert.match(JSON.parse(text).event.createdBy, / nurse/, `${route}, ${way}`);
      if (route.startsWith('batch')) assert.equal(JSON.parse(text).results[0].token, user.token, `${route}, ${way}`);
    }
  }
});

test('the description of the API is served without meta', async () => {
  const { status, body } = await send('GET', '/openapi.json', { token: null });
  assert.equal(status, 200);
  assert.match(body.openapi, /^3\.1\./);
  assert.equal(body.meta, undefined);
  assert.ok(body.paths['/{username}/events'].get);
});

// ---- Bodies ---------------------------------------------------------------------------------------------------------

const note = content => JSON.stringify({ streamIds: ['diary'], type: 'note/txt', content });
const json = 'application/json';

test('bodies that are read', async () => {
  const good = note('hello');
  const cases = [
    [good, json], [good, 'Application/JSON; charset="UTF-8"'], ['\ufeff' + good, json],
    [gzipSync(good), json, 'gzip'], [deflateSync(good), json, 'deflate'], [deflateRawSync(good), json, 'deflate'], [good, json, 'identity']
  ];
  for (const [data, type, coding] of cases) {
    const answer = await send('POST', events, { type, data, headers: coding ? { 'content-encoding': coding } : {} });
    assert.equal(answer.status, 201, `${type} ${coding}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.event.content, 'hello');
  }
});

test('bodies that are refused', async () => {
  const good = note('hello');
  const cases = [
    [good, 'application/json; charset=latin1'], [good, 'application/json; charset=utf-16'], [good, json, 'gzip'], [good, json, 'br'],
    [gzipSync(good).subarray(0, 20), json, 'gzip'], ['   ', json], ['12', json], ['"text"', json], ['null', json], [good + good, json]
  ];
  for (const [data, type, coding] of cases) {
    const answer = await send('POST', events, { type, data, headers: coding ? { 'content-encoding': coding } : {} });
    refused(answer, 400, 'invalid-request-structure', `${type} ${coding}`);
    assert.equal(answer.headers.get('pryv-access-id'), null, 'before the token is looked at');
  }
});

test('a bad body comes before account, token and route', async () => {
  for (const where of ['/nobody-here/events', events, '/nowhere/at/all', '/']) {
    refused(await send('POST', where, { type: json, data: '{', token: 'wrong' }), 400, 'invalid-request-structure', where);
  }
  refused(await send('PUT', `${user.path}/account`, { type: json, data: '{' }), 400, 'invalid-request-structure');
});

test('where files are added, a body of another type is not looked at', async () => {
  const { event } = (await send('POST', events, { type: json, data: note('stays') })).body;
  for (const data of ['{"_method":"GET"}', '{"content":"lost"}', '[]', '{}']) {
    const answer = await send('POST', `${events}/${event.id}`, { type: json, data });
    assert.equal(answer.status, 200, `${data}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.event.content, 'stays');
  }
  refused(await send('POST', `${events}/${event.id}`, { type: json, data: '{' }), 400, 'invalid-request-structure');
});

test('other types are no body', async () => {
  for (const type of ['text/plain', 'application/octet-stream', 'application/vnd.api+json', 'multipart/form-data; boundary=x']) {
    refused(await send('POST', streams, { type, data: '{"id":"other","name":"Other"}' }), 400, 'invalid-parameters-format', type);
  }
  refused(await send('POST', streams), 400, 'invalid-parameters-format', 'none at all');
  refused(await send('POST', events, { type: json, data: '[]' }), 400, 'invalid-parameters-format', 'a list');
});

test('large bodies are read up to the limit', async () => {
  for (const megabytes of [2, 10]) {
    const content = 'x'.repeat(megabytes * 1024 * 1024);
    const answer = await send('POST', events, { type: json, data: JSON.stringify({ streamIds: ['diary'], type: 'test/big', content }) });
    assert.equal(answer.status, 201, `${megabytes} MiB`);
    assert.ok(answer.body.event.content === content, 'kept whole');
  }
  const socket = await raw(`POST ${events} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n{`);
  assert.match(socket, /^HTTP\/1\.1 400 /, 'told before it is sent');
  assert.match(socket, /"invalid-request-structure"/);
});

test('what inflates beyond the limit is refused', async () => {
  const bomb = gzipSync(note('x'.repeat(52 * 1024 * 1024)));
  refused(await send('POST', events, { type: json, data: bomb, headers: { 'content-encoding': 'gzip' } }), 400, 'invalid-request-structure');
});

// ---- Overrides ------------------------------------------------------------------------------------------------------

test('url-encoded fields carry verb, token and body', async () => {
  const none = { token: null };
  const made = await form(events, { _auth: user.token, _json: note('é & +') }, none);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.event.content, 'é & +');
  const one = `${events}/${made.body.event.id}`;
  assert.equal((await form(one, { _method: 'get', _auth: user.token }, none)).body.event.content, 'é & +');
  assert.equal((await form(one, { _method: 'PUT', _auth: user.token, _json: '{"content":"bye"}' }, none)).body.event.content, 'bye');
  assert.equal((await form(`${events}?limit=1&streams[]=diary`, { _method: 'GET', _auth: user.token }, none)).body.events.length, 1);
  assert.equal((await form(streams, { _auth: user.token, id: 'plain', name: 'Plain' }, none)).body.stream.name, 'Plain');
  assert.equal((await form(streams, { _auth: user.token, id: 'lost', name: 'Lost', _json: '{"id":"won","name":"Won"}' }, none)).body.stream.id, 'won');
  assert.equal((await form(one, { _method: 'DELETE', _auth: user.token }, none)).body.event.trashed, true);
});

test('overrides that are refused', async () => {
  refused(await form(events, { _method: 'FETCH' }), 404, 'unknown-resource');
  refused(await form(events, { _method: '' }), 404, 'unknown-resource');
  refused(await form(events, { _json: '{"content":' }), 400, 'invalid-request-structure');
  refused(await form(events, { _json: '' }), 400, 'invalid-request-structure');
  refused(await form(events, { _json: '{}' }, { token: null }), 401, 'invalid-access-token');
  refused(await form(streams, { _auth: 'nothing', id: 'x', name: 'X' }), 403, 'invalid-access-token', 'the field goes before the header');
  refused(await form(streams, { id: 'texts', name: 'Texts', trashed: 'true' }), 400, 'invalid-parameters-format', 'fields stay texts');
  refused(await form(events, { _json: note('x'.repeat(120000)) }), 400, 'invalid-request-structure', 'forms have a smaller limit');
  refused(await send('POST', streams, { type: json, data: '{"_json":"{}"}' }), 400, 'invalid-parameters-format', 'in JSON they mean nothing');
});

// ---- Queries --------------------------------------------------------------------------------------------------------

test('queries', async () => {
  const same = ['streams=diary', 'streams[]=diary', 'streams%5B%5D=diary', 'streams[0]=diary', 'streams=diary&streams=diary'];
  for (const query of same) {
    const answer = await send('GET', `${events}?${query}&limit=%202e0&sortAscending=TRUE&auth=ignored`);
    assert.equal(answer.status, 200, `${query}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.events.length, 2);
  }
  refused(await send('GET', `${events}?limit=1&colour=red`), 400, 'invalid-parameters-format');
  refused(await send('GET', `${events}?types=%ff`), 400, 'invalid-request-structure');
  refused(await send('GET', `${events}?${'types[]=note/txt&'.repeat(1200).slice(0, 7000)}x=1`), 400, 'invalid-parameters-format');
});

// ---- Batches --------------------------------------------------------------------------------------------------------

const batch = (calls, more = {}) => send('POST', user.path, { type: json, data: JSON.stringify(calls), ...more });

test('a batch answers call by call, in order, and stops for nothing', async () => {
  const { status, body } = await batch([
    { method: 'streams.create', params: { id: 'batch', name: 'Batch' } },
    { method: 'streams.create', params: { id: 'batch', name: 'Batch again' } },
    { method: 'nothing.get', params: {} },
    { method: 'events.getAttachment', params: {} },
    { method: 'events.get', params: { limit: '1' } },
    { method: 'callBatch', params: [{ method: 'streams.get', params: { parentId: 'batch' } }] },
    { method: 'events.get', params: { streams: ['batch'] } }
  ]);
  assert.equal(status, 200);
  assert.equal(typeof body.meta.serverTime, 'number');
  const said = body.results.map(result => result.error?.id ?? Object.keys(result).join());
  assert.deepEqual(said, ['stream', 'item-already-exists', 'invalid-method', 'invalid-method', 'invalid-parameters-format', 'results', 'events']);
  assert.deepEqual(body.results[5].results, [{ streams: [] }], 'no meta inside');
});

test('a batch that is none is refused as a whole', async () => {
  for (const calls of [{}, { method: 'events.get', params: {} }, [{ method: 'events.get' }], [{ params: {} }], [1], [{ method: 'streams.create', params: { id: 'undone', name: 'Undone' } }, {}]]) {
    refused(await batch(calls), 400, 'invalid-parameters-format', JSON.stringify(calls));
  }
  assert.ok(!(await send('GET', streams)).body.streams.some(stream => stream.id === 'undone'), 'before anything is done');
  refused(await batch([], { token: 'wrong' }), 403, 'invalid-access-token');
  refused(await send('POST', '/', { type: json, data: '[]' }), 404, 'unknown-resource');
  assert.deepEqual((await batch([])).body.results, []);
});

test('batches nest, but not without end', async () => {
  let calls = [{ method: 'streams.get', params: {} }];
  for (let i = 0; i < 40; i++) calls = [{ method: 'callBatch', params: calls }];
  let { status, body } = await batch(calls);
  assert.equal(status, 200);
  while (body.results) body = body.results[0];
  assert.equal(body.error.id, 'invalid-operation');
});
