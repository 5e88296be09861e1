// Series as CSV: what goes in comes out, whatever wrote it; faults are told with their line and store nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { random, seriesOf, userWithStream } from '../lib/series.mjs';
import { call, sanitized, startServer, workersOf } from '../lib/server.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1, 'uploads.maxSizeMb': 8 } });
  user = await userWithStream(server);
});

after(async () => assert.equal((await server.stop()).code, 0));

async function put (series, text, { type = 'text/csv', token = user.token, headers = {}, id = series.id } = {}) {
  const answer = await fetch(`${server.url}${user.path}/events/${id}/series`, {
    method: 'POST', headers: { 'content-type': type, ...(token && { authorization: token }), ...headers }, body: text
  });
  const body = await answer.json();
  return { status: answer.status, body, error: body.error };
}

async function get (series, query = '', { accept = 'text/csv', method = 'GET', token = user.token } = {}) {
  const answer = await fetch(`${server.url}${user.path}/events/${series.id}/series${query}`, { method, headers: { authorization: token, accept } });
  return { status: answer.status, type: answer.headers.get('content-type'), headers: answer.headers, text: await answer.text() };
}

/** RFC 4180, strictly: lines of cells; null is an empty cell without quotes. */
function parse (text) {
  const lines = [];
  let line = [], at = 0;
  while (at < text.length) {
    const [whole, quoted, plain, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(text.slice(at, at + 100000));
    line.push(quoted !== undefined ? { text: quoted.replaceAll('""', '"') } : plain === '' ? null : plain);
    at += whole.length;
    if (end !== ',') { lines.push(line); line = []; }
  }
  assert.deepEqual(line, [], 'the last line ends');
  return lines;
}

test('what goes in as CSV comes out as CSV and as JSON, and what goes in as JSON comes out as CSV', async () => {
  const series = await seriesOf(server, user, 'series:position/wgs84');
  const any = random(11);
  const values = [0, -1, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5e-7, 1e21, 123456789.125, 9007199254740993];
  const model = Array.from({ length: 500 }, (_, i) => [i * 0.25, values[any(10)], values[any(10)], any(3) ? values[any(10)] : null]);
  const csv = rows => ['deltaTime,latitude,longitude,speed', ...rows.map(row => row.map(cell => cell ?? '').join(','))].join('\r\n') + '\r\n';
  assert.equal((await put(series, csv(model))).status, 200);
  assert.deepEqual((await series.read()).points, model);
  const answer = await get(series);
  assert.deepEqual([answer.status, answer.type], [200, 'text/csv; charset=utf-8; header=present']);
  assert.match(answer.headers.get('vary'), /Accept(,|$)/);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const [header, ...lines] = parse(answer.text);
  assert.deepEqual(header, ['deltaTime', 'latitude', 'longitude', 'speed']);
  assert.deepEqual(lines.map(line => line.map(cell => cell === null ? null : Number(cell))), model);
  const other = await seriesOf(server, user, 'series:position/wgs84');
  assert.equal((await put(other, answer.text)).status, 200, 'it takes what it gives');
  assert.deepEqual((await get(other)).text, answer.text);
  const part = await get(series, '?fromDeltaTime=1&toDeltaTime=2');
  assert.equal(part.text.split('\r\n').length, 6);
});

test('texts are in quotes, and an empty one is not no value; truths; nothing', async () => {
  const texts = await seriesOf(server, user, 'series:note/txt');
  const odd = ['', ' ', 'a,b', '"', '""', 'a\r\nb', '\n', 'é😀', '1.50', 'true', "=1+1", ' "x" '];
  assert.equal((await texts.values(...odd.map((text, i) => [i, text]))).status, 200);
  const answer = await get(texts);
  assert.deepEqual(parse(answer.text).slice(1).map(([, cell]) => cell.text), odd);
  const other = await seriesOf(server, user, 'series:note/txt');
  assert.equal((await put(other, answer.text)).status, 200);
  assert.deepEqual((await other.read()).points, odd.map((text, i) => [i, text]));
  const truths = await seriesOf(server, user, 'series:boolean/bool');
  assert.equal((await put(truths, 'deltaTime,value\n0,true\n1,"false"\n')).status, 200);
  assert.equal((await get(truths)).text, 'deltaTime,value\r\n0,true\r\n1,false\r\n');
  assert.equal((await put(truths, 'deltaTime,value\n2,TRUE\n')).status, 400);
  const empty = await seriesOf(server, user);
  assert.equal((await get(empty)).text, 'deltaTime\r\n');
  assert.equal((await put(empty, 'deltaTime,value\r\n')).status, 200);
  assert.equal((await get(empty)).text, 'deltaTime\r\n');
  const nothing = await seriesOf(server, user, 'series:activity/plain');
  assert.equal((await put(nothing, 'value,deltaTime\n,1\nx,2\n')).status, 200);
  assert.equal((await get(nothing)).text, 'deltaTime\r\n1\r\n2\r\n');
});

test('lines in any order, moments twice, moments since 1970, compressed', async () => {
  const series = await seriesOf(server, user, 'series:mass/kg', { time: 1000 });
  assert.equal((await put(series, '\ufeff"value","timestamp"\n3,1003\n1,1001\n4,1003\n2,1002', { type: 'Text/CSV; charset=UTF-8' })).status, 200);
  assert.deepEqual((await series.read()).points, [[1, 1], [2, 2], [3, 4]]);
  assert.equal((await put(series, zlib.gzipSync('deltaTime,value\r\n2,7\r\n'), { headers: { 'content-encoding': 'gzip' } })).status, 200);
  assert.deepEqual((await series.read()).points, [[1, 1], [2, 7], [3, 4]]);
});

test('whoever prefers CSV gets it, all others JSON; a fault is told in JSON', async () => {
  const series = await seriesOf(server, user);
  await series.values([1, 2]);
  for (const [accept, csv] of [['text/csv', true], ['*/*', false], ['application/json', false], ['text/csv;q=0.5, application/json', false], ['text/csv, application/json;q=0.5', true],
    ['text/csv;q=0', false], ['image/png', false]]) {
    const { status, type } = await get(series, '', { accept });
    assert.deepEqual([status, type.split(';')[0]], [200, csv ? 'text/csv' : 'application/json'], accept);
  }
  const head = await get(series, '', { method: 'HEAD' });
  assert.deepEqual([head.status, head.type, head.text], [200, 'text/csv; charset=utf-8; header=present', '']);
  const bad = await get(series, '?fromDeltaTime=x');
  assert.deepEqual([bad.status, JSON.parse(bad.text).error.id], [400, 'invalid-parameters-format']);
  assert.equal((await get(series, '', { token: 'no-such-token' })).status, 403);
});

test('a fault is told with its line, and nothing of the text is stored', async () => {
  const series = await seriesOf(server, user);
  for (const [line, text] of [[1, ''], [1, '\n'], [1, 'value\n1\n'], [1, 'deltaTime,mass\n'], [1, 'deltaTime,value,value\n'], [3, 'deltaTime,value\n0,1\n1\n'], [3, 'deltaTime,value\n0,1\n1,2,3\n'],
    [2, 'deltaTime,value\n0,NaN\n'], [2, 'deltaTime,value\n-1,1\n'], [4, 'deltaTime,value\n0,1\n\n1,1\n'.replace('\n\n', '\n1,2\n\n')], [3, 'deltaTime,value\r\n0,1\r\n1,"2'], [2, 'deltaTime,value\n,1\n'],
    [2, 'deltaTime,value\n0,\n'], [2, 'deltaTime,value\n9223372037,1\n'], [100002, `deltaTime,value\n${'1,2\n'.repeat(100000)}x,1\n`]]) {
    const { status, error } = await put(series, text);
    assert.deepEqual([status, error?.id], [400, 'invalid-request-structure'], text.slice(0, 60));
    assert.match(error.message, new RegExp(`^Line ${line}: `), text.slice(0, 60));
  }
  const latin = await put(series, Buffer.from('deltaTime,value\n0,\xe9\n', 'latin1'));
  assert.deepEqual([latin.status, latin.error.message], [400, 'Line 2: a cell is not UTF-8.']);
  assert.equal((await put(series, 'deltaTime,value\n', { type: 'text/csv; charset=latin1' })).status, 400);
  assert.equal((await put(series, 'deltaTime,value\n' + '1,2\n'.repeat(3e6))).status, 413, 'uploads.maxSizeMb');
  assert.deepEqual((await series.read()).points, []);
  assert.equal((await put(series, 'x', { token: null })).status, 400);
  assert.equal((await put(series, 'x', { id: 'nosuchevent' })).status, 404, 'an unknown event comes before the format');
  const plain = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['s'], type: 'mass/kg', content: 1 } });
  assert.equal((await put(series, 'x', { id: plain.body.event.id })).error.id, 'invalid-operation');
  const batch = await fetch(`${server.url}${user.path}/series/batch`, { method: 'POST', headers: { authorization: user.token, 'content-type': 'text/csv' }, body: 'deltaTime,value\n' });
  assert.equal(batch.status, 400);
});

test('a long series as CSV: in bounded memory', async t => {
  const series = await seriesOf(server, user);
  const count = 400000;
  const text = 'deltaTime,value\r\n' + Array.from({ length: count }, (_, i) => `${i / 10},${i % 1000 / 8}\r\n`).join('');
  assert.equal((await put(series, text)).status, 200);
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${workersOf(server.pid)[0]}/status`, 'utf8'))[1]);
  await get(series, '?toDeltaTime=1');
  const before = rss();
  assert.equal((await get(series)).text, text);
  t.diagnostic(`${count} points: memory grew by ${rss() - before} kB`);
  if (!sanitized) assert.ok(rss() - before < 8192, `${rss() - before} kB`);
});
