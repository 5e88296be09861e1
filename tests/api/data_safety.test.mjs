// What was acknowledged is kept: through a worker's and the whole server's sudden death, clients that leave or stall, and races.
import assert from 'node:assert/strict';
import net from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach } from 'node:test';
import { call, newUser, sleep, startServer, until, untilEnded, workersOf } from '../lib/server.mjs';

const WORKERS = 2;

async function userWithStream (server, id = 'log') {
  const user = await newUser(server.url);
  const { status } = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id, name: id } });
  assert.equal(status, 201);
  return user;
}

/** Posts events from several clients until told to stop; keeps the ids that were acknowledged. */
function writers (server, user, count) {
  const acknowledged = [];
  const refused = [];
  let going = true;
  const each = async writer => {
    for (let i = 0; going; i++) {
      try {
        const { status, body } = await call(server.url, 'POST', `${user.path}/events`, {
          token: user.token, body: { streamIds: ['log'], type: 'note/txt', content: `${writer}/${i}` }, signal: AbortSignal.timeout(20000)
        });
        if (status === 201) acknowledged.push(body.event.id);
        else refused.push(status);
      } catch { await sleep(5); /* the connection died with its worker: not acknowledged */ }
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, writer) => each(writer)));
  const stop = async () => { going = false; await all; };
  stops.push(stop);
  return { acknowledged, refused, stop };
}

const stops = [];
afterEach(async () => { while (stops.length) await stops.pop()(); });

async function idsOf (server, user) {
  const { status, body } = await call(server.url, 'GET', `${user.path}/events?limit=1000000`, { token: user.token });
  assert.equal(status, 200);
  return new Set(body.events.map(event => event.id));
}

test('kill -9 of a worker under load: nothing acknowledged is lost, others serve on, a new worker comes', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': WORKERS } });
  try {
    const user = await userWithStream(server);
    const load = writers(server, user, 6);
    await sleep(700);
    const [victim] = workersOf(server.pid);
    process.kill(victim, 'SIGKILL');
    const died = Date.now();
    await until('a new worker', () => workersOf(server.pid).filter(pid => pid !== victim).length === WORKERS, 10000);
    const replacedAfter = Date.now() - died;
    const during = () => call(server.url, 'GET', `${user.path}/access-info`, { token: user.token, headers: { connection: 'close' } });
    const { status } = await during().catch(during); // once more, where the client took a connection to the one that died
    assert.equal(status, 200, 'others keep serving');
    await sleep(700);
    await load.stop();
    assert.deepEqual(load.refused, []);
    const kept = await idsOf(server, user);
    assert.ok(load.acknowledged.length > 20, `${load.acknowledged.length} acknowledged`);
    assert.deepEqual(load.acknowledged.filter(id => !kept.has(id)), []);
    assert.ok(replacedAfter < 1000, `the new worker came after ${replacedAfter} ms`);
    assert.match(server.log(), new RegExp(`${victim}`), 'the log names the worker that died');
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('kill -9 of the whole server under load: everything acknowledged is there after the next start', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-crash-'));
  try {
    let server = await startServer({ dataDir, set: { 'cluster.apiWorkers': WORKERS } });
    const user = await userWithStream(server);
    const load = writers(server, user, 6);
    await sleep(1000);
    const workers = workersOf(server.pid);
    for (const pid of [server.pid, ...workers]) process.kill(pid, 'SIGKILL');
    await server.ended;
    await load.stop();
    await untilEnded(workers);
    server = await startServer({ dataDir, set: { 'cluster.apiWorkers': WORKERS } });
    try {
      const kept = await idsOf(server, user);
      assert.ok(load.acknowledged.length > 20, `${load.acknowledged.length} acknowledged`);
      assert.deepEqual(load.acknowledged.filter(id => !kept.has(id)), []);
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

/** Sends a long batch and reads its answer as far as it comes: the ids of what it calls stored. */
async function batchIds (server, user, count, onPiece) {
  const calls = Array.from({ length: count }, (_, i) => ({ method: 'events.create', params: { streamIds: ['log'], type: 'note/txt', content: `of a batch, ${i}` } }));
  let text = '';
  try {
    const answer = await fetch(server.url + user.path, { method: 'POST', headers: { authorization: user.token, 'content-type': 'application/json' }, body: JSON.stringify(calls) });
    for await (const piece of answer.body) { text += Buffer.from(piece).toString('latin1'); onPiece(); }
  } catch { /* cut off */ }
  return [...text.matchAll(/"id":"([a-z0-9]{24})"\}\}/g)].map(match => match[1]);
}

test('kill -9 within batches: what their answers had told by then is there', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-crash-'));
  try {
    let server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 1 } });
    const user = await userWithStream(server);
    const workers = workersOf(server.pid);
    const load = writers(server, user, 2);
    let pieces = 0;
    const kill = () => { if (++pieces === 4) for (const pid of [server.pid, ...workers]) process.kill(pid, 'SIGKILL'); };
    const told = (await Promise.all([batchIds(server, user, 9000, kill), batchIds(server, user, 9000, kill)])).flat();
    await server.ended;
    await load.stop();
    await untilEnded(workers);
    server = await startServer({ dataDir, set: { 'cluster.apiWorkers': WORKERS } });
    try {
      const kept = await idsOf(server, user);
      assert.ok(told.length > 100 && told.length < 18000, `${told.length} of the batches`);
      assert.deepEqual([...told, ...load.acknowledged].filter(id => !kept.has(id)), []);
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

test('workers end when their master is killed', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': WORKERS } });
  const workers = workersOf(server.pid);
  await server.stop('SIGKILL');
  await untilEnded(workers);
});

test('of many who create one stream at once, exactly one does', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': WORKERS } });
  try {
    const user = await newUser(server.url);
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'only', name: `Only ${i}` } })));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    assert.ok(answers.every(({ status, body }) => status === 201 || (status === 409 && body.error.id === 'item-already-exists')), JSON.stringify(answers.map(({ status }) => status)));
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('of many who register one name or one address at once, exactly one does', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': WORKERS } });
  try {
    const register = (username, email) => call(server.url, 'POST', '/users', { body: { appId: 'race-tests', username, email, password: 'correct-Horse-7', language: 'en', invitationToken: 'enjoy' } });
    const names = await Promise.all(Array.from({ length: 8 }, (_, i) => register('swift-one', `racer${i}@example.com`)));
    assert.equal(names.filter(({ status }) => status === 201).length, 1, JSON.stringify(names.map(({ status }) => status)));
    assert.ok(names.every(({ status }) => status === 201 || status === 409));
    const addresses = await Promise.all(Array.from({ length: 8 }, (_, i) => register(`racer-${i}`, 'one@example.com')));
    assert.equal(addresses.filter(({ status }) => status === 201).length, 1, JSON.stringify(addresses.map(({ status }) => status)));
    const again = await register(`racer-${addresses.findIndex(({ status }) => status === 409)}`, 'other@example.com');
    assert.equal(again.status, 201, 'a name whose registration failed is free');
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('a revoked token is dead in every worker when the revoking call has answered', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': WORKERS } });
  try {
    const user = await userWithStream(server);
    for (let round = 0; round < 5; round++) {
      const { body: { access } } = await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: `app ${round}`, type: 'app', permissions: [{ streamId: 'log', level: 'read' }] } });
      const use = () => call(server.url, 'GET', `${user.path}/events`, { token: access.token, headers: { connection: 'close' } });
      const warm = await Promise.all(Array.from({ length: 8 }, use));
      assert.ok(warm.every(({ status }) => status === 200));
      const gone = await call(server.url, 'DELETE', `${user.path}/accesses/${access.id}`, { token: user.token });
      assert.equal(gone.status, 200);
      const after = await Promise.all(Array.from({ length: 12 }, use));
      assert.deepEqual(after.map(({ status }) => status), after.map(() => 403));
    }
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

// ---- Clients that behave badly ------------------------------------------------------------------------------------

const rawRequest = (server, text) => new Promise((resolve, reject) => {
  const socket = net.connect(server.port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
  socket.on('error', reject);
});

async function serverWithEvents (count, set) {
  const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...set } });
  const user = await userWithStream(server);
  for (let done = 0; done < count; done += 1000) {
    const { status } = await call(server.url, 'POST', user.path, {
      token: user.token,
      body: Array.from({ length: 1000 }, (_, i) => ({ method: 'events.create', params: { streamIds: ['log'], type: 'note/txt', content: 'x'.repeat(1000), time: done + i } }))
    });
    assert.equal(status, 200);
  }
  return { server, user };
}

test('clients that do not read their long answers keep nobody else from being served', async () => {
  const { server, user } = await serverWithEvents(5000, { 'http.threads': 4 });
  try {
    const stalled = [];
    for (let i = 0; i < 12; i++) {
      const socket = await rawRequest(server, `GET ${user.path}/events?fromTime=0&toTime=9000&limit=5000 HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\n\r\n`);
      socket.pause();
      stalled.push(socket);
    }
    await sleep(300);
    for (let i = 0; i < 5; i++) {
      const short = await call(server.url, 'GET', `${user.path}/access-info`, { token: user.token, signal: AbortSignal.timeout(5000) });
      assert.equal(short.status, 200);
      const write = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['log'], type: 'note/txt', content: 'meanwhile' }, signal: AbortSignal.timeout(5000) });
      assert.equal(write.status, 201);
    }
    // The first of them reads on, and gets all of it.
    let text = '';
    stalled[0].setEncoding('utf8').on('data', data => { text += data; }).resume();
    await until('the end of the answer', () => text.endsWith('0\r\n\r\n'));
    assert.equal(text.match(/"type":"note\/txt"/g).length, 5000);
    for (const socket of stalled) socket.destroy();
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('a client that leaves, before or within its body or answer, does no harm', async () => {
  const { server, user } = await serverWithEvents(2000);
  try {
    const head = `Host: x\r\nAuthorization: ${user.token}\r\nContent-Type: application/json\r\n`;
    for (let i = 0; i < 10; i++) {
      for (const text of [
        'GET /', 'POST / HTTP/1.1\r\nHost',
        `POST ${user.path}/events HTTP/1.1\r\n${head}Content-Length: 100\r\n\r\n{"streamIds":`,
        `POST ${user.path}/events HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n10\r\n{"str`,
        `GET ${user.path}/events?fromTime=0&toTime=9000&limit=2000 HTTP/1.1\r\n${head}\r\n`
      ]) {
        const socket = await rawRequest(server, text);
        await sleep(i);
        socket.resetAndDestroy();
      }
    }
    const { status, body } = await call(server.url, 'GET', `${user.path}/events?limit=1&streams[]=log`, { token: user.token });
    assert.equal(status, 200);
    assert.equal(body.events[0].content.length, 1000, 'a body that never arrived whole made no event');
    assert.equal(workersOf(server.pid).length, 1);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});
