// Limits of the HTTP layer: each is told with its status, at once, and nobody else notices. A server of its own, with small limits.
import assert from 'node:assert/strict';
import net from 'node:net';
import test, { after, before } from 'node:test';
import { sleep, startServer, workersOf } from '../lib/server.mjs';

let server, workers;

before(async () => {
  server = await startServer({
    set: {
      'cluster.apiWorkers': 1,
      'http.maxUrlBytes': 1000,
      'http.maxHeaderBytes': 4000,
      'http.maxHeaders': 20,
      'http.maxConnections': 40,
      'http.headerTimeoutMs': 700,
      'http.bodyTimeoutMs': 700,
      'http.idleTimeoutMs': 1500
    }
  });
  workers = workersOf(server.pid);
});

after(async () => {
  assert.deepEqual(workersOf(server.pid), workers, 'no worker died');
  assert.equal((await server.stop()).code, 0);
});

/** A connection: say(bytes), ended (all that came back, when it is closed), seconds it lived. */
function open () {
  const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1');
  const begun = Date.now();
  const connection = { socket, answer: '', say: bytes => socket.write(bytes), leave: () => socket.resetAndDestroy() };
  connection.ready = new Promise(resolve => socket.once('connect', resolve));
  connection.ended = new Promise((resolve, reject) => {
    socket.setTimeout(20000, () => socket.destroy(new Error(`no end after ${connection.answer.slice(0, 300)}`)));
    socket.setEncoding('latin1').on('data', piece => { connection.answer += piece; }).on('error', reject);
    socket.on('close', () => { connection.seconds = (Date.now() - begun) / 1000; resolve(connection.answer); });
  });
  connection.ended.catch(() => {});
  return connection;
}

async function ask (text) {
  const connection = open();
  connection.say(text);
  return connection.ended;
}

async function serves () {
  assert.match(await ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /);
}

function refused (answer, status) {
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), answer.slice(0, 300));
  assert.match(answer, /\r\nconnection: close\r\n/i);
  const { error } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  assert.equal(typeof error.id, 'string');
  assert.equal(typeof error.message, 'string');
}

test('a target over its limit is 414', async () => {
  const get = target => ask(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match(await get('/?' + 'x'.repeat(998)), /^HTTP\/1\.1 200 /);
  refused(await get('/?' + 'x'.repeat(999)), 414);
  refused(await ask(`GET /${'x'.repeat(100000)}`), 414);
});

test('a head over its limits is 431', async () => {
  const get = fields => ask(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`);
  assert.match(await get(`X: ${'x'.repeat(3800)}\r\n`), /^HTTP\/1\.1 200 /);
  refused(await get(`X: ${'x'.repeat(4000)}\r\n`), 431);
  refused(await get(`X: ${'x'.repeat(1000000)}\r\n`), 431);
  refused(await ask(`GET / HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(100000)}`), 431);
  assert.match(await get('X: y\r\n'.repeat(18)), /^HTTP\/1\.1 200 /);
  refused(await get('X: y\r\n'.repeat(19)), 431);
});

test('a head that does not come in time is 408, however it drips', async () => {
  const silent = open();
  silent.say('GET / HTTP/1.1\r\nHost:');
  refused(await silent.ended, 408);
  assert.ok(silent.seconds < 5, `${silent.seconds}`);
  const drip = open();
  drip.say('GET / HTTP/1.1\r\nX: ');
  const timer = setInterval(() => drip.say('x'), 100);
  refused(await drip.ended.finally(() => clearInterval(timer)), 408);
  assert.ok(drip.seconds < 5, `${drip.seconds}`);
});

test('a body that stops coming is 408, a slow one is read', async () => {
  const head = 'POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n';
  for (const start of ['Content-Length: 10\r\n\r\n{', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{']) {
    const connection = open();
    connection.say(head + start);
    refused(await connection.ended, 408);
    assert.ok(connection.seconds < 5, `${connection.seconds}`);
  }
  const slow = open();
  slow.say(head + 'Content-Length: 10\r\n\r\n');
  for (const byte of '{"a":true}') {
    await sleep(200);
    slow.say(byte);
  }
  const answer = await slow.ended;
  assert.doesNotMatch(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /^HTTP\/1\.1 4/);
});

test('idle connections are closed without a word', async () => {
  const silent = open();
  assert.equal(await silent.ended, '');
  const kept = open();
  kept.say('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await kept.ended;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.equal(answer.match(/HTTP\/1\.1/g).length, 1, 'nothing is said at the end');
});

test('half a request is none', async () => {
  for (const part of ['GET', 'GET / HTTP/1.1\r\nHost: x\r\n', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n']) {
    const connection = open();
    connection.socket.end(part);
    assert.equal(await connection.ended, '', part);
  }
});

test('clients that leave do no harm', async () => {
  const parts = ['', 'GET / HT', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n' + 'x'.repeat(500000), 'GET /nobody/events HTTP/1.1\r\nHost: x\r\n\r\n'];
  for (let round = 0; round < 10; round++) {
    const connections = parts.map(part => { const connection = open(); connection.say(part); return connection; });
    await Promise.all(connections.map(connection => connection.ready));
    await sleep(round);
    for (const connection of connections) connection.leave();
  }
  await serves();
});

test('connections over their number are turned away at once, and room is made when others leave', async () => {
  await sleep(500); // those of the tests before are gone
  const held = Array.from({ length: 60 }, open);
  await Promise.all(held.map(connection => connection.ready));
  await sleep(400);
  const away = held.filter(connection => /^HTTP\/1\.1 503 /.test(connection.answer));
  assert.ok(away.length >= 20, `${away.length} were turned away`);
  assert.match(away[0].answer, /\r\nRetry-After: \d/);
  for (const connection of held) connection.leave();
  await sleep(200);
  await serves();
});
