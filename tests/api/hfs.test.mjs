// Series: what was acknowledged is kept, once, whatever dies; points given in any order read like a model of them; long ones are streamed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import zlib from 'node:zlib';
import { random, seriesOf, userWithStream } from '../lib/series.mjs';
import { call, sanitized, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const SMALL = { 'series.chunkPoints': 16, 'series.mergeChunks': 2, 'series.mergePoints': 1024, 'series.eventSeconds': 0.2 };

test('writes in any order read like a map of moments, while chunks are merged', async () => {
  const server = await startServer({ set: { ...SMALL, 'cluster.apiWorkers': 2 } });
  try {
    const user = await userWithStream(server);
    const series = await seriesOf(server, user, 'series:position/wgs84');
    const any = random(7);
    const model = new Map();
    const fields = ['latitude', 'longitude', 'altitude', 'speed'];
    const rows = body => body.points.map(row => Object.fromEntries(body.fields.map((field, i) => [field, row[i]]).filter(([, value]) => value !== null)));
    const expected = (from, to) => [...model].filter(([time]) => time >= from && time < to).sort(([a], [b]) => a - b).map(([deltaTime, values]) => ({ deltaTime, ...values }));
    const isLeftOut = field => field === 2 ? any(4) === 0 : field === 3 && any(20) > 0;
    const columns = (from, to) => {
      const there = new Set(expected(from, to).flatMap(row => Object.keys(row)));
      return ['deltaTime', ...fields].filter(field => there.has(field));
    };
    for (let round = 0; round < 120; round++) {
      const used = fields.slice(0, 2 + any(3));
      const start = any(4) ? any(300) : round * 5;
      const points = Array.from({ length: 1 + any(40) }, () => [(start + any(80)) / 4, ...used.map((_, i) => isLeftOut(i) ? null : any(1000) / 8)]);
      assert.equal((await series.post(['deltaTime', ...used], points)).status, 200);
      for (const [time, ...values] of points) model.set(time, Object.fromEntries(used.map((field, i) => [field, values[i]]).filter(([, value]) => value !== null)));
      if (any(6) === 0) {
        const from = any(80); const to = from + (any(3) ? any(80) : 1);
        const read = await series.read(`?fromDeltaTime=${from}&toDeltaTime=${to}`);
        assert.deepEqual(rows(read), expected(from, to), `round ${round}`);
        assert.deepEqual(read.fields, columns(from, to), `round ${round}: fields that have a value, and no others`);
      }
      if (any(20) === 0) await sleep(400);
    }
    assert.deepEqual(rows(await series.read()), expected(0, Infinity));
    await sleep(2500);
    assert.deepEqual(rows(await series.read()), expected(0, Infinity), 'after merging');
    assert.doesNotMatch(server.log(), / (error|warn) \[hfs\]/);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('kill -9 while points come and chunks are merged: what was acknowledged is there, once', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-hfs-'));
  const set = { ...SMALL, 'cluster.apiWorkers': 2 };
  try {
    let server = await startServer({ dataDir, set });
    const user = await userWithStream(server);
    const all = await Promise.all([seriesOf(server, user), seriesOf(server, user)]);
    const told = [new Set(), new Set()];
    const sent = [new Set(), new Set()];
    for (let death = 0; death < 3; death++) {
      let going = true;
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let i = 0; going; i++) {
          const times = [0, 1, 2].map(j => death * 1e6 + j * 2e5 + writer * 5e4 + i); // all of these chunks overlap each other
          sent.forEach(set => times.forEach(time => set.add(time)));
          const data = { format: 'flatJSON', fields: ['deltaTime', 'value'], points: times.map(time => [time, time + 0.5]) };
          try {
            const { status } = await call(server.url, 'POST', `${user.path}/series/batch`, {
              token: user.token, body: { format: 'seriesBatch', data: all.map(({ id }) => ({ eventId: id, data })) }, signal: AbortSignal.timeout(20000)
            });
            if (status === 200) told.forEach(set => times.forEach(time => set.add(time)));
          } catch { await sleep(5); }
        }
      });
      const before = told[0].size;
      for (let i = 0; i < 600 && told[0].size < before + 60; i++) await sleep(100); // however busy the machine is
      await sleep(500);
      if (death === 0) {
        process.kill(workersOf(server.pid)[0], 'SIGKILL');
        await sleep(700);
      }
      const victims = [server.pid, ...workersOf(server.pid)];
      for (const pid of victims) process.kill(pid, 'SIGKILL');
      await server.ended;
      going = false;
      await Promise.all(writers);
      server = await startServer({ dataDir, set });
      const read = await Promise.all(all.map(series => series.read('', server.url)));
      assert.ok(told[0].size > 50, `${told[0].size} acknowledged`);
      read.forEach((body, i) => {
        const times = body.points.map(point => point[0]);
        assert.equal(new Set(times).size, times.length, 'none twice');
        assert.deepEqual([...told[i]].filter(time => !new Set(times).has(time)), [], 'none lost');
        assert.ok(times.every(time => sent[i].has(time)), 'none made up');
        assert.ok(body.points.every(([time, value]) => value === time + 0.5));
      });
      assert.deepEqual(read[0].points, read[1].points, 'a batch is there in all its series or in none');
    }
    assert.equal((await server.stop()).code, 0);
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

test('the event lasts as long as its series: soon, after a restart, and not once a request', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-hfs-'));
  try {
    let server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 1, 'series.eventSeconds': 1, 'versioning.forceKeepHistory': true } });
    const user = await userWithStream(server);
    const series = await seriesOf(server, user, 'series:mass/kg', { time: 1000000000 });
    for (let i = 1; i <= 40; i++) assert.equal((await series.values([i / 2, i])).status, 200);
    await until('a duration of 20', async () => (await series.event()).duration === 20);
    const { body } = await call(server.url, 'GET', `${user.path}/events/${series.id}?includeHistory=true`, { token: user.token });
    assert.ok(body.history.length <= 4, `${body.history.length} versions of 40 writes`);
    const inside = await call(server.url, 'GET', `${user.path}/events?fromTime=1000000015&toTime=1000000016`, { token: user.token });
    assert.deepEqual(inside.body.events.map(({ id }) => id), [series.id]);
    await series.values([30.25, 1]);
    assert.equal((await server.stop()).code, 0);
    server = await startServer({ dataDir });
    const after = await call(server.url, 'GET', `${user.path}/events/${series.id}`, { token: user.token });
    assert.equal(after.body.event.duration, 30.25);
    assert.equal((await server.stop()).code, 0);
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

test('a long series: written at once, packed small, sent piece by piece in bounded memory', async t => {
  const server = await startServer({ set: { 'cluster.apiWorkers': 1 } });
  try {
    const user = await userWithStream(server);
    const series = await seriesOf(server, user);
    const count = 200000;
    const points = Array.from({ length: count }, (_, i) => [i / 10, Math.round(1000 * Math.sin(i / 100)) / 10 + 0]); // + 0: JSON has no -0
    let began = performance.now();
    assert.equal((await series.post(['deltaTime', 'value'], points)).status, 200);
    const wrote = performance.now() - began;
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${workersOf(server.pid)[0]}/status`, 'utf8'))[1]);
    await series.read('?toDeltaTime=1');
    const before = rss();
    began = performance.now();
    const body = await series.read();
    t.diagnostic(`${count} points: written in ${wrote.toFixed(0)} ms, read in ${(performance.now() - began).toFixed(0)} ms, memory grew by ${rss() - before} kB`);
    assert.deepEqual(body.points, points);
    if (!sanitized) assert.ok(rss() - before < 8192, `${rss() - before} kB`);
    const packed = zlib.gzipSync(JSON.stringify({ format: 'flatJSON', fields: ['deltaTime', 'value'], points: [[1, 2]] }));
    const zipped = await fetch(`${server.url}${user.path}/events/${series.id}/series`, {
      method: 'POST', headers: { authorization: user.token, 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: packed
    });
    assert.equal(zipped.status, 200);
    assert.deepEqual((await series.read('?fromDeltaTime=1&toDeltaTime=1.05')).points, [[1, 2]]);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('a large body is taken while it comes: memory is that of its points, not of its text', async t => {
  const server = await startServer({ set: { 'cluster.apiWorkers': 1 } });
  try {
    const user = await userWithStream(server);
    const zeros = '0'.repeat(90);
    const rows = Array.from({ length: 100000 }, (_, i) => `[${i}.${zeros},${i % 100}.5${zeros}]`);
    const body = `{"format":"flatJSON","fields":["deltaTime","value"],"points":[${rows}]}`;
    const series = await seriesOf(server, user);
    const [pid] = workersOf(server.pid);
    const memory = what => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
    for (const packed of [false, true]) {
      fs.writeFileSync(`/proc/${pid}/clear_refs`, '5'); // the highest so far is what it is now
      const before = memory('VmRSS');
      const answer = await fetch(`${server.url}${series.at}/series`, {
        method: 'POST', headers: { authorization: user.token, 'content-type': 'application/json', ...(packed && { 'content-encoding': 'gzip' }) }, body: packed ? zlib.gzipSync(body) : body
      });
      assert.equal(answer.status, 200);
      const grown = memory('VmHWM') - before;
      t.diagnostic(`${body.length >> 10} kB${packed ? ', packed' : ''}: memory grew by ${grown} kB at most`);
      if (!sanitized) assert.ok(grown < body.length / 1024 / 2, `${grown} kB`);
      assert.deepEqual((await series.read('?fromDeltaTime=99998')).points, [[99998, 98.5], [99999, 99.5]]);
    }
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('who sends points slowly keeps no thread', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': 1, 'cluster.hfsWorkers': 1, 'http.hfsPort': 0, 'http.threads': 1, 'http.spareThreads': 0 } });
  try {
    const user = await userWithStream(server);
    const all = await Promise.all(Array.from({ length: 8 }, () => seriesOf(server, user)));
    const points = Array.from({ length: 30000 }, (_, i) => [i / 8, i]);
    const body = Buffer.from(JSON.stringify({ format: 'flatJSON', fields: ['deltaTime', 'value'], points }));
    const cut = body.length - 1000;
    const answers = all.map(series => new Promise((resolve, reject) => {
      const socket = net.connect(server.port, '127.0.0.1').once('error', reject);
      let text = '';
      socket.on('data', piece => { text += piece; }).once('close', () => resolve(text));
      socket.write(`POST ${series.at}/series HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${user.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body.subarray(0, cut));
      series.finish = () => socket.write(body.subarray(cut));
    }));
    await sleep(500);
    assert.equal((await all[0].values([1, 2])).status, 200, 'others are served meanwhile');
    assert.deepEqual((await all[0].read()).points, [[1, 2]], 'nothing of what has not come whole is there');
    for (const series of all) series.finish();
    for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1.1 200 /);
    for (const series of all) assert.deepEqual((await series.read()).points, points);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

test('what is refused, and in which order', async () => {
  const server = await startServer({ set: { 'cluster.apiWorkers': 1, 'uploads.maxSizeMb': 1 } });
  try {
    const user = await userWithStream(server);
    const series = await seriesOf(server, user);
    const at = `${user.path}/events/${series.id}/series`;
    const raw = async (where, data, token = user.token) => {
      const res = await fetch(server.url + where, { method: 'POST', headers: { 'content-type': 'application/json', ...(token && { authorization: token }) }, body: data });
      return [res.status, (await res.json()).error?.id];
    };
    const structure = [400, 'invalid-request-structure'];
    for (const text of ['{', '[', '{"format":"flatJSON",}', '{"a":01}', '{"a":1.}', '{"a":+1}', '{"a":"\\x"}', '{"a":"\\ud800"}', '{"a":tru}', '{} {}', '1', '"a"',
      '{"a":"\u0001"}', '['.repeat(101) + ']'.repeat(101)]) assert.deepEqual(await raw('/nobody-is-called-so/events/x/series', text, null), structure, text);
    assert.deepEqual(await raw('/nobody-is-called-so/events/x/series', '{}', null), [400, 'missing-header']);
    assert.deepEqual(await raw('/nobody-is-called-so/events/x/series', '{}'), [404, 'unknown-resource']);
    assert.deepEqual(await raw(at, '{}', 'no-such-token'), [403, 'invalid-access-token']);
    assert.deepEqual(await raw(at + '?auth=', '{}', null), [403, 'invalid-access-token'], 'empty is there, and wrong');
    assert.deepEqual(await raw(at, '{}', 'Basic Og=='), [403, 'invalid-access-token']);
    assert.deepEqual(await raw(at, 'x'.repeat(1200000)), [413, 'invalid-request-structure']);
    for (const points of ['[[1e12,1]]', '[["soon",1]]', '[[-1e-9,1]]', '[[1,1e400]]', '[[1,"1."]]', '[[1,"-1"]]', '[[1,[]]]', '[[1,{}]]', '[[{},1]]', '[1]', '[[1]]', '[[1,2],[1,2,3]]', '{}']) {
      assert.deepEqual(await raw(at, `{"format":"flatJSON","fields":["deltaTime","value"],"points":${points}}`), structure, points);
    }
    const { format, fields, points: none } = await series.read();
    assert.deepEqual([format, fields, none], ['flatJSON', [], []], 'nothing was stored');
    for (const [query, status] of [['toDeltaTime=1e15', 200], ['toDeltaTime=0', 200], ['fromDeltaTime=0x10', 200], ['fromDeltaTime=-Infinity', 200], ['fromDeltaTime=1px', 400], ['toDeltaTime=NaN', 400],
      ['fromDeltaTime=2&toDeltaTime=1', 400], ['fromDeltaTime=1&fromDeltaTime=2', 400], ['toDeltaTime[]=1&toDeltaTime[]=2', 400], ['maxPoints=1&maxPoints=2', 400],
      ['fromDeltaTime=%C2%A02', 200], ['fromDeltaTime[]=2', 200]]) {
      assert.equal((await call(server.url, 'GET', `${at}?${query}`, { token: user.token })).status, status, query);
    }
    const limits = [[0, 1], [9223372036.5, 2]];
    assert.equal((await series.values(...limits)).status, 200);
    assert.deepEqual((await series.read('?toDeltaTime=1e10')).points, limits);
    assert.deepEqual((await series.read('?toDeltaTime=0')).points, []);
    for (let i = 0; i < 2; i++) await call(server.url, 'DELETE', `${user.path}/events/${series.id}`, { token: user.token });
    assert.deepEqual(await raw(at, '{}'), [404, 'unknown-resource']);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});
