// Workers of http.hfsPort: series and nothing else, what the other workers do is theirs at once, and they are looked after as all workers are.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { seriesOf, userWithStream } from '../lib/series.mjs';
import { call, freePort, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-hfs-workers-'));
after(() => fs.rmSync(work, { recursive: true, force: true }));

const status = base => fetch(`${base}/system/status`).then(async answer => [answer.status, await answer.text()], error => [error.cause?.code]);

test('two ports, one server: series on both, the API on one, and no right outlives its end on either', async () => {
  const hfsPort = await freePort();
  const server = await startServer({ set: { 'cluster.apiWorkers': 2, 'cluster.hfsWorkers': 2, 'http.hfsPort': hfsPort } });
  try {
    const hfs = `http://127.0.0.1:${hfsPort}`;
    await until('four workers', () => workersOf(server.pid).length === 4);
    assert.deepEqual(await until('the port', async () => { const got = await status(hfs); return got[0] === 200 && got; }), [200, '{"status":"ok"}']);
    assert.notEqual((await status(server.url))[1], '{"status":"ok"}', 'it tells of the workers of series, which the other port has not');
    const user = await userWithStream(server);
    const series = await seriesOf(server, user);
    const flat = (...points) => ({ format: 'flatJSON', fields: ['deltaTime', 'value'], points });
    for (let i = 0; i < 20; i++) {
      const base = i % 2 ? hfs : server.url;
      const written = i % 4 < 2
        ? await call(base, 'POST', `${series.at}/series`, { token: user.token, body: flat([i, i / 2]) })
        : await call(base, 'POST', `${user.path}/series/batch`, { token: user.token, body: { format: 'seriesBatch', data: [{ eventId: series.id, data: flat([i, i / 2]) }] } });
      assert.equal(written.status, 200, JSON.stringify(written.body));
      for (const other of [hfs, server.url]) assert.equal((await series.read('', other)).points.length, i + 1);
    }
    for (const [verb, where] of [['GET', `${user.path}/events`], ['POST', `${user.path}/events`], ['GET', '/openapi.json'], ['GET', '/service/info'], ['GET', '/'], ['POST', '/users'],
      ['DELETE', `${series.at}/series`], ['GET', `${series.at}/series/more`], ['GET', series.at]]) {
      const answer = await call(hfs, verb, where, { token: user.token, body: verb === 'POST' ? {} : undefined });
      assert.deepEqual([answer.status, answer.body.error?.id], [404, 'unknown-resource'], `${verb} ${where}`);
    }
    const options = await fetch(`${hfs}${series.at}/series`, { method: 'OPTIONS', headers: { origin: 'https://app.example' } });
    assert.deepEqual([options.status, await options.text(), options.headers.get('access-control-allow-origin')], [200, 'OK', 'https://app.example']);

    const { body: { access } } = await call(server.url, 'POST', `${user.path}/accesses`, {
      token: user.token, body: { name: 'reader', type: 'app', permissions: [{ streamId: 's', level: 'read' }] }
    });
    const read = () => call(hfs, 'GET', `${series.at}/series`, { token: access.token });
    for (let i = 0; i < 8; i++) assert.equal((await read()).status, 200);
    assert.equal((await call(server.url, 'DELETE', `${user.path}/accesses/${access.id}`, { token: user.token })).status, 200);
    for (let i = 0; i < 8; i++) assert.equal((await read()).status, 403);
    await call(server.url, 'DELETE', `${user.path}/events/${series.id}`, { token: user.token });
    for (let i = 0; i < 8; i++) assert.equal((await call(hfs, 'POST', `${series.at}/series`, { token: user.token, body: flat([1, 1]) })).body.error.data.trashedReference, 'eventId');
  } finally {
    assert.equal((await server.stop()).code, 0, server.log());
  }
});

test('one that is killed is replaced, and others serve meanwhile; a stop answers what has begun', async () => {
  const hfsPort = await freePort();
  const server = await startServer({ set: { 'cluster.apiWorkers': 1, 'cluster.hfsWorkers': 2, 'http.hfsPort': hfsPort } });
  const hfs = `http://127.0.0.1:${hfsPort}`;
  const before = await until('three workers', () => workersOf(server.pid).length === 3 && workersOf(server.pid));
  await until('the port', async () => (await status(hfs))[0] === 200);
  await until('all of them', () => /serving hfs on port \d+ with 2 more workers/.test(server.log()));
  process.kill(before[2], 'SIGKILL');
  await until('an answer of the other', async () => (await status(hfs))[0] === 200); // what the killed one had taken is lost
  await until('the replacement', () => workersOf(server.pid).length === 3 && !workersOf(server.pid).includes(before[2]));
  assert.deepEqual(workersOf(server.pid).slice(0, 2), before.slice(0, 2));
  assert.match(server.log(), /error \[master\] worker 2 \(\d+\) ended by signal 9/);

  const socket = net.connect(hfsPort, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', text => { answer += text; });
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.write('GET /system/status HTTP/1.1\r\nHost: ');
  await sleep(200);
  server.child.kill('SIGTERM');
  await until('the end of listening', async () => (await status(hfs))[0] === 'ECONNREFUSED');
  socket.write('127.0.0.1\r\n\r\n');
  await closed;
  assert.match(answer, /^HTTP\/1\.1 200 [^]*\{"status":"ok"\}$/);
  assert.equal((await server.ended).code, 0, server.log());
  await server.stop();
});

test('SIGHUP: more, fewer, another port, none; no request to a port that stays fails', async t => {
  const [first, second] = [await freePort(), await freePort()];
  const config = path.join(work, 'reload.yml');
  const write = (hfsWorkers, hfsPort, apiWorkers) => fs.writeFileSync(config, `cluster: {apiWorkers: ${apiWorkers}, hfsWorkers: ${hfsWorkers}}\nhttp: {hfsPort: ${hfsPort}}\n`);
  write(1, first, 1);
  const server = await startServer({ configs: [config], set: { 'http.hfsPort': undefined } });
  const at = port => `http://127.0.0.1:${port}`;
  await until('the port', async () => (await status(at(first)))[0] === 200);
  let going = true, served = 0;
  t.after(() => { going = false; });
  const failures = [];
  const client = (async () => {
    while (going) {
      const got = await status(at(first));
      if (got[0] !== 200) failures.push(got);
      served++;
    }
  })();
  const reload = async (hfsWorkers, hfsPort, apiWorkers) => {
    const old = workersOf(server.pid);
    write(hfsWorkers, hfsPort, apiWorkers);
    server.child.kill('SIGHUP');
    const count = apiWorkers + (hfsPort ? hfsWorkers : 0);
    await until(`${count} new workers`, () => workersOf(server.pid).length === count && !workersOf(server.pid).some(pid => old.includes(pid)));
  };
  await reload(3, first, 1);
  await reload(1, first, 2);
  await reload(2, first, 1);
  going = false;
  await client;
  assert.deepEqual(failures, [], server.log());
  assert.ok(served > 20);
  await reload(1, second, 1);
  assert.equal((await status(at(second)))[0], 200);
  assert.equal((await status(at(first)))[0], 'ECONNREFUSED');
  const user = await userWithStream(server);
  const series = await seriesOf(server, user);
  assert.equal((await series.values([1, 2])).status, 200);
  await reload(1, 0, 1);
  assert.equal((await status(at(second)))[0], 'ECONNREFUSED', 'no port, no workers of its own');
  assert.deepEqual((await series.read()).points, [[1, 2]], 'the others serve series all the same');
  await reload(0, second, 1);
  assert.equal((await status(at(second)))[0], 'ECONNREFUSED');
  const answer = await call(server.url, 'GET', `${series.at}/series`, { token: user.token });
  assert.deepEqual([answer.status, answer.body.error.id], [502, 'unexpected-error']);
  assert.equal((await call(server.url, 'GET', '/service/info')).body.features.noHF, true);
  assert.equal((await server.stop()).code, 0, server.log());
});

test('a default port that is taken is done without, and a line tells', async () => {
  const taken = net.createServer().listen(4000, '127.0.0.1'); // where another server has it already, all is as well
  await new Promise(resolve => taken.once('listening', resolve).once('error', resolve));
  const server = await startServer({ set: { 'cluster.apiWorkers': 1, 'http.hfsPort': undefined } });
  taken.close();
  assert.match(server.log(), /hfs is served with all else, on no port of its own: cannot listen on 127\.0\.0\.1 port 4000/);
  assert.equal(workersOf(server.pid).length, 1);
  const series = await seriesOf(server, await userWithStream(server));
  assert.equal((await series.values([1, 2])).status, 200);
  assert.equal((await server.stop()).code, 0, server.log());
});

test('a port that is taken, or is none, stops the start with a clear line', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => taken.once('listening', resolve));
  await assert.rejects(startServer({ set: { 'http.hfsPort': taken.address().port } }), /cannot listen on 127\.0\.0\.1 port \d+: Address already in use/);
  taken.close();
  await assert.rejects(startServer({ set: { 'http.hfsPort': 70000 } }), /http\.hfsPort: expected a whole number from 0 to 65535/);
  await assert.rejects(startServer({ set: { 'cluster.hfsWorkers': -1 } }), /cluster\.hfsWorkers: expected a whole number from 0 to 256/);
});
