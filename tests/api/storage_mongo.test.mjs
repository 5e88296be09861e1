// MongoDB as the storage, on FerretDB: what happens when it stops, restarts, its connections are cut, is shut out, or has too few of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startFerretdb, unavailable } from '../lib/ferretdb.mjs';
import { startGate } from '../lib/gate.mjs';
import { assertAllThere, assertOnlyBusy, createEvent, untilWritten, userWithStream, writers } from '../lib/load.mjs';
import { startMongoGate } from '../lib/mongo_gate.mjs';
import { runCommand } from '../lib/mongo_wire.mjs';
import { seriesOf, userWithStream as seriesUser } from '../lib/series.mjs';
import { call, freePort, pryvd, sanitized, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const why = unavailable();
const WORKERS = 2;
const RECOVERS_MS = sanitized ? 6000 : 2000;
const KEY = 'storages.engines.mongodb.';

/** Starts the plugins and ends: { status, stderr }. */
function check (settings) {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  const end = spawnSync(pryvd, ['--data-dir', dataDir, '--check', ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])], { encoding: 'utf8', timeout: 30000 });
  fs.rmSync(dataDir, { recursive: true });
  return end;
}

describe('FerretDB comes and goes', { skip: why ?? false }, () => {
  let ferretdb, gate, server, user;
  before(async () => {
    ferretdb = startFerretdb();
    gate = await startGate(ferretdb.port);
    server = await startServer({ set: { 'cluster.apiWorkers': WORKERS, ...ferretdb.serverSettings('pryv-node', gate.port), [KEY + 'busySeconds']: 5 } });
    user = await userWithStream(server);
  });
  after(async () => {
    await server?.stop();
    await gate?.end();
    ferretdb?.end();
  });

  test('workers have no file in /dev/shm that would stay when they are killed', () => {
    for (const pid of workersOf(server.pid)) assert.doesNotMatch(fs.readFileSync(`/proc/${pid}/maps`, 'utf8'), /\/dev\/shm\/mongoc/);
  });

  const disturbances = {
    'stopped and started again': async () => { ferretdb.stop(); await sleep(500); ferretdb.again(); },
    'killed and started again': async () => { ferretdb.stop('KILL'); await sleep(500); ferretdb.again(); },
    'its connections cut': async () => { for (let i = 0; i < 5; i++) { gate.cut(); await sleep(100); } }
  };
  for (const [name, disturb] of Object.entries(disturbances)) {
    test(`${name} under load: nothing acknowledged is lost, no worker dies, it goes on within ${RECOVERS_MS} ms`, async () => {
      const workers = workersOf(server.pid);
      const load = writers(server, user, 12);
      await untilWritten(load, Date.now(), 10000);
      await sleep(500);
      await disturb();
      await untilWritten(load, Date.now(), RECOVERS_MS);
      await sleep(300);
      await load.stop();
      assertOnlyBusy(load);
      assert.deepEqual(workersOf(server.pid), workers, 'a worker died');
      await assertAllThere(server, user, load.acknowledged);
    });
  }

  test('while it is away: 503, and a line on the log that says why; then it goes on', async () => {
    const before = server.log().length;
    gate.shut();
    try {
      assert.equal((await createEvent(server, user, 'nowhere')).status, 503);
      assert.match(server.log().slice(before), /cannot (read|write to) the database: /);
      assert.equal((await call(server.url, 'GET', '/', {})).status, 200);
    } finally {
      gate.reopen();
    }
    const load = writers(server, user, 1);
    await untilWritten(load, Date.now(), RECOVERS_MS);
    await load.stop();
  });

  // What is behind FerretDB, which stays there itself.
  const ofBackEnd = {
    'is away': [backEnd => backEnd.stop(), backEnd => backEnd.again(), /cannot (read|write to) the database: .*failed to connect to/],
    'is read-only': [
      backEnd => backEnd.run('ALTER ROLE pryv SET default_transaction_read_only = on'),
      backEnd => backEnd.run('BEGIN READ WRITE; ALTER ROLE pryv RESET default_transaction_read_only; COMMIT'),
      /cannot write to the database: .*read-only transaction \(SQLSTATE 25006\)/
    ]
  };
  for (const [name, [disturb, mend, message]] of Object.entries(ofBackEnd)) {
    test(`while its back end ${name}: 503, and a line on the log that says why; then it goes on`, async t => {
      const { backEnd } = ferretdb;
      if (!backEnd) return t.skip('the back end is no PostgreSQL');
      const endConnections = () => backEnd.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
      const before = server.log().length;
      endConnections();
      disturb(backEnd);
      if (name === 'is read-only') endConnections();
      try {
        for (let i = 0; i < 20; i++) {
          const { status, body, headers } = await createEvent(server, user, 'nowhere');
          assert.equal(status, 503, JSON.stringify(body));
          assert.ok(Number(headers.get('retry-after')) > 0);
        }
        assert.match(server.log().slice(before), message);
      } finally {
        mend(backEnd);
        endConnections();
      }
      const load = writers(server, user, 1);
      await untilWritten(load, Date.now(), RECOVERS_MS);
      await load.stop();
      await assertAllThere(server, user, load.acknowledged);
    });
  }

  test('a lock that a clock of the future has left holds up nobody', async () => {
    const $db = 'pryv-node';
    const { cursor } = await runCommand(ferretdb.port, { find: 'users.users', filter: { username: user.username }, $db });
    const lock = { _id: cursor.firstBatch[0].chain, writer: 'who has died', process: 'that of another machine', until: Date.now() / 1000 + 86400.5 };
    const { n } = await runCommand(ferretdb.port, { insert: 'locks', documents: [lock], $db });
    assert.equal(n, 1);
    assert.equal((await createEvent(server, user, 'in time')).status, 201);
  });

  test('another server on the same database is told by both, once each, and nothing of workers of the same', async () => {
    const set = { 'cluster.apiWorkers': WORKERS, ...ferretdb.serverSettings(ferretdb.newDatabase()) };
    const told = server => server.log().match(/\d+ other servers?, .*/g) ?? [];
    const first = await startServer({ set });
    try {
      await until('the first server\'s mark', async () => (await runCommand(ferretdb.port, { find: 'servers', $db: set[KEY + 'name'] })).cursor.firstBatch.length === 1);
      const second = await startServer({ set });
      try {
        await until('the warning of the second server', () => told(second).length > 0);
        assert.match(told(second)[0], /^1 other server, on another machine or with another data folder, uses the database pryv-\d+, .*; stop all but one$/);
        await until('the warning of the first server', () => told(first).length > 0);
        await sleep(16000); // a mark later
        assert.equal(told(first).length, 1, first.log());
        assert.equal(told(second).length, 1, second.log());
      } finally {
        await second.stop();
      }
      const third = await startServer({ set: { ...set, 'cluster.apiWorkers': 1 } }); // the second took its mark away, the first is there
      await until('the warning of the third server', () => told(third).length > 0);
      await third.stop();
      assert.match(told(third)[0], /^1 other server, /);
    } finally {
      await first.stop();
    }
  });

  test('nobody there at the start: waited for, then told', async () => {
    const end = check({ ...ferretdb.serverSettings('pryv-none', await freePort()), [KEY + 'startSeconds']: 1, [KEY + 'busySeconds']: 0.5 });
    assert.equal(end.status, 1);
    assert.match(end.stderr, /waiting up to 1 seconds: cannot reach the database: .*127\.0\.0\.1:\d+/);
    assert.match(end.stderr, /the plugin storage-mongo cannot start: cannot reach the database: .*127\.0\.0\.1:\d+/);
  });

  test('a wrong password is told at the start, without it', () => {
    const end = check({ ...ferretdb.serverSettings('pryv-none'), [KEY + 'authUser']: 'ada', [KEY + 'authPassword']: 'not-the-password' });
    assert.equal(end.status, 1);
    assert.match(end.stderr, /the plugin storage-mongo cannot start: cannot sign in to the database: /);
    assert.doesNotMatch(end.stderr, /not-the-password/);
  });

  const others = {
    'a database of a newer server': [{ version: 1000 }, /was written by a newer version of this server/],
    'a database that was made on MongoDB': [{ apart: false }, /was made on MongoDB; its collections cannot be used on FerretDB: pryvctl storage copy moves users/]
  };
  for (const [name, [change, message]] of Object.entries(others)) {
    test(`${name} is refused at the start`, async () => {
      const settings = ferretdb.serverSettings(ferretdb.newDatabase());
      const $db = settings[KEY + 'name'];
      assert.equal(check(settings).status, 0);
      const { n } = await runCommand(ferretdb.port, { update: 'settings', updates: [{ q: { _id: 'layout' }, u: { $set: change } }], $db });
      assert.equal(n, 1);
      const end = check(settings);
      assert.equal(end.status, 1);
      assert.match(end.stderr, message);
    });
  }
});

// storage_mongo/layout_1.json: all documents of one user and the platform, in collections that users share, as the first layout has them.
describe('a database of the first layout', { skip: why ?? false }, () => {
  let ferretdb, gate, server;
  before(async () => {
    ferretdb = startFerretdb();
    gate = await startMongoGate(ferretdb.port);
    const written = JSON.parse(fs.readFileSync(new URL('./storage_mongo/layout_1.json', import.meta.url)));
    for (const [collection, documents] of Object.entries(written)) await runCommand(ferretdb.port, { insert: collection, documents, $db: 'pryv-node' });
    server = await startServer({ set: { 'cluster.apiWorkers': WORKERS, ...ferretdb.serverSettings('pryv-node', gate.port) } });
  });
  after(async () => {
    await server?.stop();
    await gate?.end();
    ferretdb?.end();
  });

  test('is read by all who could read it, and written', async () => {
    const signedIn = await call(server.url, 'POST', '/firstlayout/auth/login', {
      body: { username: 'firstlayout', password: 'correct-Horse-7', appId: 'pryvd-tests' }, headers: { origin: 'http://127.0.0.1:3000' }
    });
    assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body));
    const { token } = signedIn.body;
    const get = async (where, as = token) => (await call(server.url, 'GET', `/firstlayout${where}`, { token: as })).body;
    const all = await get('/events?streams=diary&sortAscending=true', 'for-the-doctor');
    assert.deepEqual(all.events.map(({ time, duration, streamIds, type, content }) => ({ time, duration, streamIds, type, content })), [
      { time: 1700000000, duration: undefined, streamIds: ['diary'], type: 'note/txt', content: 'the first, changed' },
      { time: 1700000100.5, duration: 60, streamIds: ['mood', 'diary'], type: 'mass/kg', content: 71.5 }
    ]);
    assert.deepEqual((await get('/events/cjfirstevent000000000000a?includeHistory=true')).history.map(({ content }) => content), ['the first']);
    assert.deepEqual((await get('/streams?state=all')).streams.filter(({ id }) => id === 'diary').flatMap(({ children }) => children.map(({ id, trashed, clientData }) => ({ id, trashed, clientData }))),
      [{ id: 'mood', trashed: true, clientData: { color: 'blue' } }]);
    const created = await call(server.url, 'POST', '/firstlayout/events', { token, body: { streamIds: ['diary'], type: 'note/txt', content: 'one more', time: 1700000200 } });
    assert.equal(created.status, 201);
    assert.equal((await get('/events?streams=diary')).events[0].content, 'one more');
    const { cursor } = await runCommand(ferretdb.port, { find: 'settings', filter: { _id: 'layout' }, $db: 'pryv-node' });
    assert.equal(Number(cursor.firstBatch[0].version), 2, 'and it is of the newest layout');
  });
});

describe('a database whose chunks of series do not tell their length, as those of the first layout', { skip: why ?? false }, () => {
  const CHUNKS = 60;
  let ferretdb, gate, server;
  const settings = () => ferretdb.serverSettings('pryv-node', gate.port);
  const command = one => runCommand(ferretdb.port, { ...one, $db: 'pryv-node' });
  const lacking = async () => (await command({ count: 'series_chunks', query: { length: { $exists: false } } })).n;
  before(async () => {
    ferretdb = startFerretdb();
    gate = await startMongoGate(ferretdb.port);
    server = await startServer({ set: { 'cluster.apiWorkers': 1, ...settings(), 'series.mergeChunks': 1000000 } });
  });
  after(async () => {
    await server?.stop();
    await gate?.end();
    ferretdb?.end();
  });

  test('is taken to the newest by one of the workers that start; a short range is then read by its bounds, and before that whole', async () => {
    const user = await seriesUser(server);
    const series = await seriesOf(server, user);
    const point = i => [100 * i, i];
    const data = Array.from({ length: CHUNKS }, (_, i) => ({ eventId: series.id, data: { format: 'flatJSON', fields: ['deltaTime', 'value'], points: [point(i), [100 * i + 60, -i - 1]] } }));
    assert.equal((await call(server.url, 'POST', `${user.path}/series/batch`, { token: user.token, body: { format: 'seriesBatch', data } })).status, 200);
    const within = async base => {
      const asked = gate.commands.length;
      const { points } = await series.read('?fromDeltaTime=4030&toDeltaTime=4101', base);
      assert.deepEqual(points, [[4060, -41], [4100, 41]]);
      return gate.commands.slice(asked).filter(({ find, sort }) => find === 'series_chunks' && sort.firstTime).map(({ filter }) => filter.firstTime.$gte);
    };
    assert.deepEqual(await within(server.url), [4030 - 60 - 1]);
    assert.equal((await command({ update: 'series_chunks', updates: [{ q: { n: { $gt: 0 } }, u: { $unset: { length: '' } }, multi: true }] })).n, CHUNKS);
    assert.equal(await lacking(), CHUNKS);
    const [unbounded] = await within(server.url);
    assert.ok(unbounded < -1e300, `what does not tell its length may begin anywhere, not only from ${unbounded} on`);
    await server.stop();

    assert.equal((await command({ update: 'settings', updates: [{ q: { _id: 'layout' }, u: { $set: { version: 1 } } }] })).n, 1);
    server = await startServer({ set: { 'cluster.apiWorkers': 3, ...settings() } });
    assert.equal(await lacking(), 0);
    const { cursor } = await command({ find: 'settings', filter: { _id: 'layout' } });
    assert.equal(Number(cursor.firstBatch[0].version), 2);
    assert.equal(server.log().match(/taking the database pryv-node from layout 1 to 2/g)?.length, 1, server.log());
    assert.deepEqual(await within(server.url), [4030 - 60 - 1]);
    assert.equal((await series.read('', server.url)).points.length, 2 * CHUNKS);
  });
});

describe('few connections for many clients', { skip: why ?? false }, () => {
  const MAX = 4; const CLIENTS = 200;
  const WATCHING = 2; // the driver's own, of each worker
  let ferretdb, gate, server;
  before(async () => {
    ferretdb = startFerretdb();
    gate = await startGate(ferretdb.port);
    server = await startServer({ set: { 'cluster.apiWorkers': 1, ...ferretdb.serverSettings('pryv-node', gate.port), [KEY + 'maxConnections']: MAX, [KEY + 'busySeconds']: 60 } });
  });
  after(async () => {
    await server?.stop();
    await gate?.end();
    ferretdb?.end();
  });

  test(`${MAX} connections under ${CLIENTS} clients: never more, each client gets its share`, async () => {
    const users = [];
    for (let i = 0; i < 5; i++) users.push(await userWithStream(server));
    const loads = users.map(user => writers(server, user, CLIENTS / users.length));
    await sleep(3000);
    await until('two events of each client', () => loads.every(load => Math.min(...load.perWriter) >= 2), 120000);
    for (const load of loads) await load.stop();
    assert.ok(gate.most() > 1 && gate.most() <= MAX + WATCHING, `${gate.most()} connections`);
    for (const load of loads) assert.deepEqual(load.others, [], 'a request was refused');
    const shares = loads.flatMap(load => load.perWriter);
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    assert.ok(Math.min(...shares) > mean / 4, `the least served client got ${Math.min(...shares)}, the mean is ${mean}`);
    for (const [i, load] of loads.entries()) await assertAllThere(server, users[i], load.acknowledged);
  });
});
