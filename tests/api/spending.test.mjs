// What one client can make the server spend: memory, time, and the threads that others need.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test, { after, before } from 'node:test';
import zlib from 'node:zlib';
import { call, newUser, sanitized, sleep, startServer, workersOf } from '../lib/server.mjs';

let server, user, worker;

before(async () => {
  server = await startServer({
    set: {
      'cluster.apiWorkers': 1,
      'http.threads': 2,
      'auth.passwordHashConcurrency': 1,
      'auth.passwordHashOperations': 4,
      'auth.passwordHashMemoryKb': 65536
    }
  });
  user = await newUser(server.url);
  [worker] = workersOf(server.pid);
  await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
});

after(async () => {
  assert.deepEqual(workersOf(server.pid), [worker], 'no worker died');
  assert.equal((await server.stop()).code, 0);
});

const most = () => Number(/VmHWM:\s*(\d+) kB/.exec(fs.readFileSync(`/proc/${worker}/status`, 'utf8'))[1]) / 1024;

test('a small body that unfolds to millions of values is refused before they take memory', async () => {
  const before = most();
  const body = zlib.gzipSync(`{"list":[${'{},'.repeat(10_000_000)}{}]}`);
  assert.ok(body.length < 100_000, `${body.length}`);
  const answer = await fetch(`${server.url}${user.path}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body });
  const { error } = await answer.json();
  assert.equal(answer.status, 400);
  assert.equal(error.id, 'invalid-request-structure');
  assert.match(error.message, /more than 1000000 names and values/);
  if (!sanitized) assert.ok(most() - before < 200, `${most() - before} MiB`);
});

test('as many values as are allowed are read', async () => {
  const content = { list: Array(990_000).fill(1) };
  const { status, body } = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'test/test', content } });
  assert.equal(status, 201, JSON.stringify(body).slice(0, 300));
});

test('sign-ins that wait for their turn leave the threads to others', async () => {
  const credentials = { username: user.username, password: user.password, appId: 'pryvd-tests' };
  let waiting = 12;
  const signIns = Array.from({ length: waiting }, async () => {
    const { status } = await call(server.url, 'POST', `${user.path}/auth/login`, { body: credentials, headers: { origin: 'http://127.0.0.1:3000' } });
    waiting--;
    return status;
  });
  while (waiting === 12) await sleep(5);
  for (let i = 0; i < 10; i++) assert.equal((await call(server.url, 'GET', `${user.path}/access-info`, { token: user.token })).status, 200);
  assert.ok(waiting >= 6, `${waiting} sign-ins were waiting when others had been served`);
  assert.deepEqual(await Promise.all(signIns), Array(12).fill(200));
});
