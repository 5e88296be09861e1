// Merging of chunks beside writers, on each storage: what was replaced stays replaced, whatever is merged meanwhile and whoever dies; a backlog goes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startFerretdb, unavailable as noFerretdb } from '../lib/ferretdb.mjs';
import { startPostgres, unavailable as noPostgres } from '../lib/postgres.mjs';
import { seriesOf, userWithStream } from '../lib/series.mjs';
import { call, sleep, startServer, workersOf } from '../lib/server.mjs';

const SMALL = { 'series.chunkPoints': 16, 'series.mergeChunks': 2, 'series.mergePoints': 1024, 'series.eventSeconds': 0.2, 'series.mergeShare': 1 };
const MOMENTS = 40;

/** The files of SQLite that hold chunks, and how many. */
function chunksInFiles (dataDir, id) {
  const files = execFileSync('find', [dataDir, '-name', '*.db'], { encoding: 'utf8' }).trim().split('\n');
  const counts = files.filter(file => /series_chunks/.test(execFileSync('sqlite3', [file, '.schema'], { encoding: 'utf8' })))
    .map(file => Number(execFileSync('sqlite3', [file, `SELECT count(*) FROM series_chunks WHERE event_id = '${id}'`], { encoding: 'utf8' })));
  return counts.reduce((sum, count) => sum + count, 0);
}

const engines = {
  SQLite: () => ({ set: {}, chunks: chunksInFiles, end () {} }),
  PostgreSQL () {
    const postgres = startPostgres();
    return { set: postgres.serverSettings(), chunks: (_, id) => Number(postgres.run(`SELECT count(*) FROM series_chunks WHERE event_id = convert_to('${id}', 'UTF8')`)), end: () => postgres.end() };
  },
  FerretDB () {
    const ferretdb = startFerretdb();
    return { set: ferretdb.serverSettings(), end: () => ferretdb.end() };
  }
};
const missing = { PostgreSQL: noPostgres, FerretDB: noFerretdb };

for (const [name, start] of Object.entries(engines)) {
  describe(name, { skip: missing[name]?.() ?? false }, () => {
    test('each writer reads what it wrote last, while all is merged; after kill -9 that, or what it was writing', async () => {
      const engine = start();
      const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-merging-'));
      const set = { ...SMALL, ...engine.set, 'cluster.apiWorkers': 2 };
      try {
        let server = await startServer({ dataDir, set });
        const user = await userWithStream(server);
        const series = await seriesOf(server, user);
        const flat = points => ({ format: 'flatJSON', fields: ['deltaTime', 'value'], points });
        // Of each writer one moment in four, and all of them in each chunk's range.
        const acknowledged = new Map();
        const unanswered = new Map(); // moment: what was sent since, of which each may be stored
        let writes = 0;
        for (let death = 0; death < 2; death++) {
          let going = true;
          const faults = [];
          const writers = Array.from({ length: 4 }, async (_, writer) => {
            for (let round = 0; going; round++) {
              const times = Array.from({ length: 5 }, (_, i) => writer + 4 * ((round * 3 + i * 7) % (MOMENTS / 4)));
              const value = death * 1e6 + round;
              for (const time of times) unanswered.set(time, [...unanswered.get(time) ?? [], value]);
              try {
                const written = await call(server.url, 'POST', `${series.at}/series`, { token: user.token, body: flat(times.map(time => [time, value])), signal: AbortSignal.timeout(20000) });
                if (written.status !== 200) { await sleep(5); continue; }
                writes++;
                for (const time of times) { acknowledged.set(time, value); unanswered.delete(time); }
                if (round % 5) continue;
                const { body } = await call(server.url, 'GET', `${series.at}/series`, { token: user.token, signal: AbortSignal.timeout(20000) });
                const read = new Map(body.points);
                if (read.size !== body.points.length) faults.push('a moment twice');
                for (const [time, last] of acknowledged) if (time % 4 === writer && ![last, ...unanswered.get(time) ?? []].includes(read.get(time))) faults.push(`${time}: ${read.get(time)}, last written ${last}`);
              } catch { await sleep(5); }
            }
          });
          const before = writes;
          for (let i = 0; i < 600 && writes < before + 150; i++) await sleep(100); // however busy the machine is
          await sleep(1500); // some turns of merging
          const isMerged = () => !engine.chunks || engine.chunks(dataDir, series.id) < writes / 2;
          let merged = isMerged();
          for (let i = 0; i < 300 && !merged; i++) { await sleep(100); merged = isMerged(); }
          const victims = [server.pid, ...workersOf(server.pid)];
          for (const pid of victims) process.kill(pid, 'SIGKILL');
          await server.ended;
          going = false;
          await Promise.all(writers);
          assert.ok(writes >= before + 150, `${writes - before} writes`);
          assert.deepEqual(faults.slice(0, 5), []);
          assert.ok(merged, 'nothing was merged');
          server = await startServer({ dataDir, set });
          const { points } = await series.read('', server.url);
          assert.deepEqual(points.map(([time]) => time), [...acknowledged.keys()].sort((a, b) => a - b));
          for (const [time, value] of points) {
            assert.ok([acknowledged.get(time), ...unanswered.get(time) ?? []].includes(value), `${time}: ${value}, last written ${acknowledged.get(time)}`);
            acknowledged.set(time, value);
            unanswered.delete(time);
          }
        }
        assert.doesNotMatch(server.log(), / error \[hfs\]/);
        assert.equal((await server.stop()).code, 0);
      } finally {
        engine.end();
        fs.rmSync(dataDir, { recursive: true, force: true });
      }
    });
  });
}

for (const name of ['SQLite', 'PostgreSQL']) {
  test(`${name}: a backlog that is written while nobody merges goes from the beginning to the end, and a short range is read all the time`, { skip: missing[name]?.() ?? false }, async () => {
    const engine = engines[name]();
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-merging-'));
    const set = { ...SMALL, ...engine.set, 'cluster.apiWorkers': 1 };
    try {
      let server = await startServer({ dataDir, set: { ...set, 'series.mergeChunks': 1000000 } });
      const user = await userWithStream(server);
      const series = await seriesOf(server, user);
      const CHUNKS = 2000;
      for (let i = 0; i < CHUNKS; i += 50) {
        const data = Array.from({ length: 50 }, (_, k) => ({ eventId: series.id, data: { format: 'flatJSON', fields: ['deltaTime', 'value'], points: [[i + k, i + k], [i + k + 0.5, i + k + 0.5]] } }));
        const written = await call(server.url, 'POST', `${user.path}/series/batch`, { token: user.token, body: { format: 'seriesBatch', data } });
        assert.equal(written.status, 200);
      }
      assert.equal(engine.chunks(dataDir, series.id), CHUNKS);
      assert.equal((await server.stop()).code, 0);
      server = await startServer({ dataDir, set });
      const expected = (from, to) => Array.from({ length: 2 * CHUNKS }, (_, i) => [i / 2, i / 2]).filter(([time]) => time >= from && time < to);
      assert.deepEqual((await series.read('', server.url)).points, expected(0, CHUNKS)); // and it sees that there is much to merge
      for (let i = 0; i < 300 && engine.chunks(dataDir, series.id) > CHUNKS / 4; i++) {
        const from = (i * 37) % CHUNKS;
        assert.deepEqual((await series.read(`?fromDeltaTime=${from}&toDeltaTime=${from + 3}`, server.url)).points, expected(from, from + 3));
        await sleep(100);
      }
      const chunks = engine.chunks(dataDir, series.id);
      assert.ok(chunks <= CHUNKS / 4, `${chunks} chunks are left`);
      assert.deepEqual((await series.read('', server.url)).points, expected(0, CHUNKS));
      assert.equal((await server.stop()).code, 0);
    } finally {
      engine.end();
      fs.rmSync(dataDir, { recursive: true, force: true });
    }
  });
}
