// Reading events: answers of any size, clients that leave, one snapshot, limits, batches.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { call, newUser, sleep, sanitized, startServer, workersOf } from '../lib/server.mjs';

const LARGE = 3000; // of 4 KB: more than sockets hold
let server;
let user;

const get = (path, token = user.token) => call(server.url, 'GET', user.path + path, { token });
const batch = (calls, token = user.token) => call(server.url, 'POST', user.path, { token, body: calls });
const json = value => encodeURIComponent(JSON.stringify(value));

async function makeStreams (...ids) {
  const made = await batch(ids.map(([id, parentId]) => ({ method: 'streams.create', params: { id, name: id, ...(parentId ? { parentId } : {}) } })));
  for (const result of made.body.results) assert.ok(result.stream, JSON.stringify(result));
}

/** Several batches at once, so that they share what makes them durable. */
async function makeEvents (count, event) {
  const size = Math.ceil(count / 10);
  await Promise.all(Array.from({ length: 10 }, async (_, part) => {
    const calls = [];
    for (let i = part * size; i < Math.min(count, (part + 1) * size); i++) calls.push({ method: 'events.create', params: event(i) });
    const made = await batch(calls);
    assert.equal(made.body.results.filter(result => result.event).length, calls.length, JSON.stringify(made.body.results.find(result => result.error)));
  }));
}

/** A request whose answer is read by hand: { response, rest() } once the head is there. */
function open (path) {
  return new Promise((resolve, reject) => {
    const request = http.get(server.url + user.path + path, { headers: { authorization: user.token }, agent: false }, response => {
      response.pause();
      resolve({
        response,
        leave: () => request.destroy(),
        rest: () => new Promise((resolve, reject) => {
          const pieces = [];
          response.on('data', piece => pieces.push(piece)).on('end', () => resolve(Buffer.concat(pieces).toString())).on('error', reject).resume();
        })
      });
    });
    request.on('error', reject);
  });
}

const memoryOf = pid => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1, 'batch.maxCalls': 3000, 'batch.maxEvents': 1000, 'events.maxStreamsInQuery': 200, 'events.maxTypesInQuery': 50 } });
  user = await newUser(server.url);
  await makeStreams(['large'], ['small'], ['below', 'small']);
  await makeEvents(LARGE, i => ({ streamIds: ['large'], type: 'note/txt', content: `entry ${i} `.padEnd(4000, '.'), time: 1000 + i }));
  await makeEvents(10, i => ({ streamIds: [i % 2 ? 'below' : 'small'], type: 'count/generic', content: i, time: i, clientData: { app: { even: i % 2 === 0 } } }));
});
after(async () => {
  const end = await server.stop();
  assert.equal(end.code, 0, server.log());
});

describe('a large answer', () => {
  test('is sent in chunks, compact, meta last, every event once and in order', async () => {
    const { response, rest } = await open(`/events?streams[]=large&limit=${LARGE}`);
    assert.equal(response.headers['transfer-encoding'], 'chunked');
    assert.equal(response.headers['content-length'], undefined);
    assert.equal(response.headers['content-type'], 'application/json');
    const text = await rest();
    assert.ok(text.startsWith('{"events":[{'));
    assert.match(text.slice(-200), /\}\],"meta":\{[^{}]*\}\}$/);
    const { events } = JSON.parse(text);
    assert.equal(events.length, LARGE);
    assert.equal(new Set(events.map(event => event.id)).size, LARGE);
    assert.ok(events.every((event, i) => i === 0 || event.time < events[i - 1].time));
  });

  test('takes no more memory than a small one', { skip: sanitized && 'a sanitizer has its own needs' }, async () => {
    const [worker] = workersOf(server.pid);
    for (let i = 0; i < 3; i++) await get(`/events?streams[]=large&limit=${LARGE}`); // allocators settle
    const start = memoryOf(worker);
    const slow = await Promise.all(Array.from({ length: 4 }, () => open(`/events?streams[]=large&limit=${LARGE}`)));
    await sleep(300);
    const grown = (memoryOf(worker) - start) / slow.length;
    for (const one of slow) one.leave();
    assert.ok(grown < 4, `${grown} MB more for each request`);
  });

  test('of which the client reads a part does not harm the server, nor fill its log', async () => {
    const log = server.log().length;
    for (let i = 0; i < 20; i++) {
      const one = await open(`/events?streams[]=large&limit=${LARGE}`);
      one.response.once('data', () => one.leave());
      one.response.resume();
      await sleep(5);
    }
    const answer = await get('/events?streams[]=small');
    assert.equal(answer.status, 200);
    assert.doesNotMatch(server.log().slice(log), /error|warn/i);
  });

  test('is of one moment, whatever others write while it is read', async () => {
    const reading = await open('/events?streams[]=large&sortAscending=true&limit=100000');
    const created = await batch(Array.from({ length: 50 }, (_, i) => ({ method: 'events.create', params: { streamIds: ['large'], type: 'note/txt', content: 'later', time: 1000000 + i } })));
    const ids = created.body.results.map(result => result.event.id);
    const last = (await get('/events?streams[]=large&limit=1&skip=50')).body.events[0];
    await call(server.url, 'PUT', `${user.path}/events/${last.id}`, { token: user.token, body: { content: 'changed' } });
    const { events } = JSON.parse(await reading.rest());
    assert.equal(events.length, LARGE);
    assert.equal(events.at(-1).content, last.content);
    const now = (await get('/events?streams[]=large&limit=1&skip=50')).body.events[0];
    assert.equal(now.content, 'changed');
    for (let i = 0; i < 2; i++) await batch(ids.map(id => ({ method: 'events.delete', params: { id } })));
  });
});

describe('limits', () => {
  test('skip and limit are whole and not negative', async () => {
    for (const query of ['limit=-1', 'limit=1.5', 'skip=-1', 'skip=0.5']) {
      const answer = await get('/events?streams[]=small&' + query);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.body.error.id, 'invalid-parameters-format', query);
    }
    assert.equal((await get('/events?streams[]=small&limit=Infinity')).body.events.length, 10);
    assert.equal((await get('/events?streams[]=small&skip=1e300')).body.events.length, 0);
    assert.equal((await get('/events?streams[]=small&limit=1e300&skip=9&sortAscending=true')).body.events[0].content, 9);
  });

  test('a query that is no JSON is told before what else is wrong', async () => {
    for (const [query, id] of [['streams={x', 'invalid-request-structure'], ['streams={x&limit=-1', 'invalid-request-structure'],
      ['streams=[1&unknown=1', 'invalid-request-structure'], ['streams={"any":["small"]}&limit=-1', 'invalid-parameters-format']]) {
      const answer = await get('/events?' + query);
      assert.deepEqual([answer.status, answer.body.error.id], [400, id], query);
    }
  });

  test('more ids than configured are refused, and at once', async () => {
    const ids = Array.from({ length: 200000 }, (_, i) => `s${i}`); // fewer than http.maxJsonValues, however they are written
    for (const streams of [ids, { any: ids }, { any: ['small'], not: ids }, ids.map(id => ({ any: [id] })), JSON.stringify(ids), ids.map(id => `:${id}:x`)]) {
      const start = Date.now();
      const { body } = await batch([{ method: 'events.get', params: { streams } }]);
      assert.equal(body.results[0].error.id, 'invalid-request-structure');
      assert.ok(Date.now() - start < (sanitized ? 60000 : 5000));
    }
    const types = await batch([{ method: 'events.get', params: { types: Array.from({ length: 51 }, (_, i) => `a/b${i}`) } }]);
    assert.equal(types.body.results[0].error.id, 'invalid-parameters-format');
  });

  test('ids of many stores are refused', async () => {
    const { body } = await batch([{ method: 'events.get', params: { streams: Array.from({ length: 100 }, (_, i) => `:s${i}:x`) } }]);
    assert.equal(body.results[0].error.id, 'invalid-request-structure');
  });
});

describe('a batch', () => {
  test('answers too-many-results for one call and goes on', async () => {
    const { status, body } = await batch([
      { method: 'events.get', params: { streams: ['large'], limit: 1001 } },
      { method: 'events.get', params: { streams: ['large'], limit: 1000 } },
      { method: 'events.get', params: { streams: ['small'], limit: 1 } }]);
    assert.equal(status, 200);
    assert.equal(body.results[0].error.id, 'too-many-results');
    assert.deepEqual(body.results[0].error.data, { limit: 1000 });
    assert.equal(body.results[1].events.length, 1000);
    assert.equal(body.results[2].events.length, 1);
  });

  test('of too many calls is refused whole', async () => {
    const answer = await batch(Array.from({ length: 3001 }, () => ({ method: 'streams.create', params: { id: 'never', name: 'Never' } })));
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error.id, 'invalid-parameters-format');
    assert.equal((await get('/streams?id=never')).status, 400);
  });

  test('in a batch in a batch has an end', async () => {
    let calls = [{ method: 'events.get', params: { limit: 0 } }];
    for (let i = 0; i < 20; i++) calls = [{ method: 'callBatch', params: calls }];
    const text = JSON.stringify((await batch(calls)).body);
    assert.match(text, /"invalid-operation"/);
  });

  test('keeps the order of calls and results, however large they are', async () => {
    const { body } = await batch(Array.from({ length: 20 }, (_, i) => ({ method: 'events.get', params: { streams: ['large'], limit: 100, skip: i * 100, sortAscending: true } })));
    body.results.forEach((result, i) => {
      assert.equal(result.events.length, 100);
      assert.equal(result.events[0].time, 1000 + i * 100);
    });
  });
});

describe('what is asked', () => {
  const contents = async query => (await get('/events?sortAscending=true&' + query)).body.events?.map(event => event.content);

  test('conditions count before paging', async () => {
    assert.deepEqual(await contents(`streams[]=small&clientData=${json([{ path: 'app.even', eq: true }])}`), [0, 2, 4, 6, 8]);
    assert.deepEqual(await contents(`streams[]=small&limit=2&skip=1&clientData=${json([{ path: 'app.even', eq: true }])}`), [2, 4]);
    assert.deepEqual(await contents(`streams[]=small&limit=2&skip=3&content=${json([{ path: '$', gte: 3 }])}`), [6, 7]);
    assert.deepEqual(await contents(`streams[]=small&limit=0&content=${json([{ path: '$', gte: 3 }])}`), []);
  });

  test('queries are JSON text in an address, and JSON in a batch', async () => {
    const status = async query => { const { status, body } = await get('/events?limit=1&' + query); return body.error?.id ?? status; };
    const query = json({ any: ['small'] });
    assert.equal(await status('streams=' + query), 200);
    for (const form of [`streams[]=${query}`, `streams=${query}&streams=${query}`, `streams[]=${json(['small'])}`, 'streams[any][]=small', 'streams[0][any][]=small', 'streams[][any]=small']) assert.equal(await status(form), 'invalid-request-structure', form);
    assert.equal(await status('streams[]={}'), 'unknown-referenced-resource');
    const inBatch = async params => (await call(server.url, 'POST', user.path, { token: user.token, body: [{ method: 'events.get', params: { limit: 1, ...params } }] })).body.results[0];
    for (const streams of [{ any: ['small'] }, [{ any: ['small'] }], '{"any":["small"]}', '["small"]']) assert.equal((await inBatch({ streams })).events.length, 1);
    assert.equal((await inBatch({ streams: ['{"any":["small"]}'] })).error.id, 'invalid-request-structure');
    assert.equal((await inBatch({ streams: ['small'], auth: 'not looked at' })).events.length, 1);
    assert.equal((await inBatch({ streams: ['small'], auth: 1 })).error.id, 'invalid-parameters-format');
  });

  test('an array index is no path', async () => {
    const made = await call(server.url, 'POST', user.path + '/events', { token: user.token, body: { streamIds: ['small'], type: 'test/list', content: { list: [{ a: 1 }], text: 'q"\\{' } } });
    const found = async condition => (await get(`/events?types[]=test/list&content=${json([condition])}`)).body.events.length;
    assert.equal(await found({ path: 'list.0', exists: true }), 0);
    assert.equal(await found({ path: 'list.0.a', eq: 1 }), 0);
    assert.equal(await found({ path: 'list', exists: true }), 1);
    assert.equal(await found({ path: 'text', prefix: 'q"' }), 1);
    assert.equal(await found({ path: 'text', eq: 'q"\\{' }), 1);
    for (let i = 0; i < 2; i++) await call(server.url, 'DELETE', `${user.path}/events/${made.body.event.id}`, { token: user.token });
  });

  test('the service tells that it knows conditions', async () => {
    assert.equal((await call(server.url, 'GET', '/service/info', {})).body.features.contentQueries, true);
  });

  test('account and streams are paged as one list', async () => {
    const all = (await get('/events?limit=25')).body.events;
    assert.equal(all.length, 25);
    assert.ok(all.some(event => event.id.startsWith(':')));
    const times = all.map(event => event.time);
    assert.deepEqual(times, [...times].sort((a, b) => b - a));
    for (const ascending of [false, true]) {
      const whole = (await get(`/events?limit=100000&sortAscending=${ascending}`)).body.events.map(event => event.id);
      const own = whole.findIndex(id => id.startsWith(':'));
      for (let skip = 0; skip < whole.length; skip += skip < 12 || Math.abs(skip - own) < 12 ? 1 : 100) {
        const piece = (await get(`/events?limit=5&skip=${skip}&sortAscending=${ascending}`)).body.events;
        assert.deepEqual(piece.map(event => event.id), whole.slice(skip, skip + 5));
      }
    }
  });

  test('account events of one time stand in the order of their names, whichever way is asked for', async () => {
    for (const order of ['', '&sortAscending=true']) {
      const fields = (await get(`/events?streams[]=:_system:account${order}`)).body.events.map(event => event.id);
      assert.ok(fields.indexOf(':_system:attachedFiles') < fields.indexOf(':_system:dbDocuments'), order);
      assert.ok(fields.indexOf(':system:email') < fields.indexOf(':_system:language'), order);
    }
  });

  test('an account event is found by either of the account’s prefixes', async () => {
    for (const id of [':_system:language', ':system:language', 'language']) assert.equal((await get(`/events/${id}`)).body.event?.id, ':_system:language', id);
    for (const id of [':system:nothing', ':_system:', ':language', ':system:passwordHash']) assert.ok([403, 404].includes((await get(`/events/${id}`)).status), id);
  });

  test('`*` does not go with `all`, even without streams in it', async () => {
    for (const all of [[], ['small']]) assert.equal((await get(`/events?streams=${json({ any: ['*'], all })}`)).body.error.id, 'invalid-request-structure');
    assert.equal((await get(`/events?streams=${json({ any: ['small'], all: [] })}`)).status, 200);
  });

  test('every account event has the hash of what it says', async () => {
    for (const event of (await get('/events?streams[]=:_system:account')).body.events) assert.match(event.integrity, /^EVENT:0:sha256-/);
    assert.match((await get('/events/:_system:language')).body.event.integrity, /^EVENT:0:sha256-/);
  });
});
