// maxPoints: whatever is asked of whatever series, the answer is what a plain computation of all its points says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { random, seriesOf, userWithStream } from '../lib/series.mjs';
import { call, sanitized, sleep, startServer, workersOf } from '../lib/server.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1, 'series.chunkPoints': 16, 'series.mergeChunks': 2, 'series.mergePoints': 1024, 'series.maxPoints': 500 } });
  user = await userWithStream(server);
});

after(async () => assert.equal((await server.stop()).code, 0));

const nanoseconds = seconds => { // as text, for doubles have not enough digits
  const [whole, part = ''] = seconds.toFixed(9).split('.');
  return BigInt(whole) * 1000000000n + BigInt(part);
};
const seconds = time => Number(`${time / 1000000000n}.${String(time % 1000000000n).padStart(9, '0')}`);

/** The rows of `points` ([nanoseconds, {field: value}], in order) in `count` parts of [from, to). `kinds`: {field: 'number' | 'text'}. */
function naive (points, from, to, count, kinds) {
  const inside = points.filter(([time]) => time >= from && time < to);
  if (inside.length === 0) return { fields: ['deltaTime', 'toDeltaTime', 'count'], rows: [] };
  const used = Object.keys(kinds).filter(field => inside.some(([, values]) => values[field] !== undefined));
  const parts = new Map();
  for (const point of inside) {
    const part = (point[0] - from) * BigInt(count) / (to - from);
    if (!parts.has(part)) parts.set(part, []);
    parts.get(part).push(point);
  }
  const begin = part => from + (part * (to - from) + BigInt(count) - 1n) / BigInt(count);
  const rows = [...parts].map(([part, members]) => [
    seconds(begin(part)), seconds(begin(part + 1n)), members.length,
    ...used.flatMap(field => {
      const values = members.map(([, all]) => all[field]).filter(value => value !== undefined);
      if (kinds[field] === 'text') return [values.length];
      const numbers = values.map(Number);
      const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
      return numbers.length ? [numbers.length, Math.min(...numbers), Math.max(...numbers), mean] : [0, null, null, null];
    })
  ]);
  const names = field => kinds[field] === 'text' ? [`${field}.count`] : ['count', 'min', 'max', 'mean'].map(what => `${field}.${what}`);
  return { fields: ['deltaTime', 'toDeltaTime', 'count', ...used.flatMap(names)], rows };
}

/** The same numbers, means up to what summing in another order may change. */
function assertSame (got, wanted, message) {
  assert.deepEqual(got.fields, wanted.fields, message);
  assert.equal(got.points.length, wanted.rows.length, message);
  got.points.forEach((row, i) => row.forEach((cell, j) => {
    const expected = wanted.rows[i][j];
    if (/\.mean$/.test(got.fields[j]) && expected !== null) {
      const [least, greatest] = [row[j - 2], row[j - 1]];
      assert.ok(Math.abs(cell - expected) <= 1e-12 * Math.max(Math.abs(least), Math.abs(greatest)), `${message}: ${cell} is not ${expected}`);
      assert.ok(least <= cell && cell <= greatest, `${message}: ${cell} is not between ${least} and ${greatest}`);
    } else assert.equal(cell, expected, `${message}, line ${i}, ${got.fields[j]}`);
  }));
}

test('any series, any range, any number of parts: as computed plainly', async () => {
  const any = random(23);
  const series = await seriesOf(server, user, 'series:position/wgs84');
  const kinds = Object.fromEntries(['latitude', 'longitude', 'altitude', 'horizontalAccuracy', 'verticalAccuracy', 'speed', 'bearing'].map(field => [field, 'number']));
  const model = new Map();
  const value = () => [any(1000) / 8 - 60, (any(2000) - 1000) * 1e300, any(100) / 7, 0][any(4)];
  let asked = 0;
  for (let round = 0; round < 60; round++) {
    const used = ['latitude', 'longitude', 'altitude', 'speed'].slice(0, 2 + any(3));
    const start = any(4000), step = [1, 1e-9, 0.125, 1 / 3][any(4)];
    const points = Array.from({ length: 1 + any(60) }, (_, i) => [start + any(200) * step + i, ...used.map((_, j) => j > 1 && any(4) === 0 ? null : value())]);
    assert.equal((await series.post(['deltaTime', ...used], points)).status, 200);
    for (const [time, ...values] of points) model.set(nanoseconds(time), Object.fromEntries(used.map((field, i) => [field, values[i]]).filter(([, cell]) => cell !== null)));
    const sorted = [...model].sort(([a], [b]) => a < b ? -1 : 1);
    const [first, last] = [sorted[0][0], sorted.at(-1)[0]];
    for (let i = 0; i < 4; i++) {
      const count = [1, 2, 3, 7, 100, 500][any(6)];
      const from = any(3) ? any(4500) / 4 : undefined, to = any(3) ? (from ?? 0) + any(4000) / 8 + (any(2) ? 1e-9 : 0) : undefined;
      const query = [`maxPoints=${count}`, ...from === undefined ? [] : [`fromDeltaTime=${from}`], ...to === undefined ? [] : [`toDeltaTime=${to}`]].join('&');
      const firstInside = sorted.find(([time]) => time >= (from === undefined ? 0n : nanoseconds(from)))?.[0] ?? first;
      const wanted = naive(sorted, from === undefined ? firstInside : nanoseconds(from), to === undefined ? last + 1n : nanoseconds(to), count, kinds);
      const body = await series.read(`?${query}`);
      assert.equal(body.format, 'bucketJSON');
      assert.ok(body.points.length <= count);
      assertSame(body, wanted, `round ${round}, ${query}`);
      asked += body.points.length > 0;
    }
    if (any(20) === 0) await sleep(400); // chunks are merged
  }
  assert.ok(asked > 100, `${asked} had points`);
});

test('texts are counted, truths are 0 and 1, moments without values are counted', async () => {
  const texts = await seriesOf(server, user, 'series:note/txt');
  await texts.values([0, 'a'], [1, ''], [5, 'b']);
  let body = await texts.read('?maxPoints=2&toDeltaTime=10');
  assert.deepEqual([body.fields, body.points], [['deltaTime', 'toDeltaTime', 'count', 'value.count'], [[0, 5, 2, 2], [5, 10, 1, 1]]]);
  const truths = await seriesOf(server, user, 'series:boolean/bool');
  await truths.values([0, true], [1, false], [2, false], [3, true], [4, true]);
  body = await truths.read('?maxPoints=1');
  assert.deepEqual([body.fields, body.points], [['deltaTime', 'toDeltaTime', 'count', 'value.count', 'value.min', 'value.max', 'value.mean'], [[0, 4.000000001, 5, 5, 0, 1, 0.6]]]);
  const nothing = await seriesOf(server, user, 'series:activity/plain');
  await nothing.values([1, null], [2, null]);
  body = await nothing.read('?maxPoints=5&fromDeltaTime=0&toDeltaTime=5');
  assert.deepEqual([body.fields, body.points], [['deltaTime', 'toDeltaTime', 'count'], [[1, 2, 1], [2, 3, 1]]]);
});

test('the ends of what can be told: one nanosecond, 292 years, huge values, nothing', async () => {
  const series = await seriesOf(server, user);
  let body = await series.read('?maxPoints=10');
  assert.deepEqual([body.format, body.fields, body.points], ['bucketJSON', ['deltaTime', 'toDeltaTime', 'count'], []]);
  await series.values([0, 1.7e308], [1e-9, 1.7e308], [9223372036.5, -1.7e308]);
  body = await series.read('?maxPoints=500&toDeltaTime=1e10');
  assert.deepEqual(body.points.map(([, , ...rest]) => rest), [[2, 2, 1.7e308, 1.7e308, 1.7e308], [1, 1, -1.7e308, -1.7e308, -1.7e308]]);
  body = await series.read('?maxPoints=1&toDeltaTime=1e10');
  assert.deepEqual(body.points[0].slice(2, 6), [3, 3, -1.7e308, 1.7e308]);
  body = await series.read('?maxPoints=500&toDeltaTime=2e-9');
  assert.deepEqual(body.points, [[0, 1e-9, 1, 1, 1.7e308, 1.7e308, 1.7e308], [1e-9, 2e-9, 1, 1, 1.7e308, 1.7e308, 1.7e308]], 'parts smaller than a nanosecond');
  body = await series.read('?maxPoints=3');
  assert.equal(body.points.reduce((sum, row) => sum + row[2], 0), 2, 'beyond the present moment there is nothing without toDeltaTime');
  assert.deepEqual((await series.read('?maxPoints=3&fromDeltaTime=5&toDeltaTime=5')).points, []);
});

test('a part read again is what it was made of', async () => {
  const series = await seriesOf(server, user);
  const points = Array.from({ length: 300 }, (_, i) => [i * i / 64, Math.sin(i)]);
  await series.values(...points);
  const { points: rows } = await series.read('?maxPoints=7');
  for (const [from, to, count, , least, greatest] of rows) {
    const values = (await series.read(`?fromDeltaTime=${from}&toDeltaTime=${to}`)).points.map(point => point[1]);
    assert.deepEqual([values.length, Math.min(...values), Math.max(...values)], [count, least, greatest]);
  }
  assert.equal(rows.reduce((sum, row) => sum + row[2], 0), 300);
});

test('as CSV the same; what is no number of parts is refused', async () => {
  const series = await seriesOf(server, user);
  await series.values([0, 1], [1, 3], [7, 5]);
  const answer = await fetch(`${server.url}${series.at}/series?maxPoints=2&fromDeltaTime=0&toDeltaTime=8`, { headers: { authorization: user.token, accept: 'text/csv' } });
  assert.equal(await answer.text(), 'deltaTime,toDeltaTime,count,value.count,value.min,value.max,value.mean\r\n0,4,2,2,1,3,2\r\n4,8,1,1,5,5,5\r\n');
  for (const [text, status] of [['1', 200], ['500', 200], ['501', 400], ['0', 400], ['-1', 400], ['1.5', 400], ['', 400], ['x', 400], ['Infinity', 400], ['1e9', 400], ['1e2', 200]]) {
    const { status: got, body } = await call(server.url, 'GET', `${series.at}/series?maxPoints=${text}`, { token: user.token });
    assert.deepEqual([got, body.error?.id], [status, status === 200 ? undefined : 'invalid-parameters-format'], text);
  }
});

test('a long series is told in constant memory', async t => {
  const series = await seriesOf(server, user);
  const count = 300000;
  const line = i => `${i / 10},${i % 1000}\n`;
  const written = await fetch(`${server.url}${series.at}/series`, {
    method: 'POST', headers: { authorization: user.token, 'content-type': 'text/csv' }, body: 'deltaTime,value\n' + Array.from({ length: count }, (_, i) => line(i)).join('')
  });
  assert.equal(written.status, 200);
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${workersOf(server.pid)[0]}/status`, 'utf8'))[1]);
  await series.read('?maxPoints=10&toDeltaTime=100');
  const before = rss();
  const { points } = await series.read('?maxPoints=3');
  t.diagnostic(`${count} points: memory grew by ${rss() - before} kB`);
  assert.deepEqual(points.map(row => row.slice(2)), [1, 2, 3].map(() => [count / 3, count / 3, 0, 999, 499.5]));
  if (!sanitized) assert.ok(rss() - before < 8192, `${rss() - before} kB`);
});
