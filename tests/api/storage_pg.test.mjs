// PostgreSQL as the storage: what happens when it stops, restarts, ends connections, becomes read-only, or has too few of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertAllThere, assertOnlyBusy, createEvent, untilWritten, userWithStream, writers } from '../lib/load.mjs';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, freePort, pryvd, sanitized, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const why = unavailable();
const WORKERS = 2;
const RECOVERS_MS = sanitized ? 6000 : 2000;

describe('PostgreSQL comes and goes', { skip: why ?? false }, () => {
  let postgres, server, user;
  before(async () => {
    postgres = startPostgres();
    server = await startServer({ set: { 'cluster.apiWorkers': WORKERS, ...postgres.serverSettings() } });
    user = await userWithStream(server);
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  const disturbances = {
    'stopped and started again': async () => { postgres.stop('fast'); await sleep(500); postgres.again(); },
    'killed and started again': async () => { postgres.stop('immediate'); await sleep(500); postgres.again(); },
    'its connections ended': async () => {
      for (let i = 0; i < 5; i++) {
        postgres.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pryvd'");
        await sleep(100);
      }
    }
  };
  for (const [name, disturb] of Object.entries(disturbances)) {
    test(`${name} under load: nothing acknowledged is lost, no worker dies, it goes on within ${RECOVERS_MS} ms`, async () => {
      const workers = workersOf(server.pid);
      const load = writers(server, user, 12, 20);
      await sleep(700);
      assert.ok(load.acknowledged.length > 0, 'nothing was written before');
      await disturb();
      const back = Date.now();
      await untilWritten(load, back, RECOVERS_MS);
      await sleep(300);
      await load.stop();
      assertOnlyBusy(load);
      assert.deepEqual(workersOf(server.pid), workers, 'a worker died');
      await assertAllThere(server, user, load.acknowledged);
    });
  }

  test('a batch of many events: one answer for each in its order, whatever comes between', async () => {
    const writer = await userWithStream(server);
    const event = (id, streamId = 'log') => ({ method: 'events.create', params: { id, streamIds: [streamId], type: 'note/txt', content: id } });
    const id = n => `c${String(n).padStart(24, '0')}`;
    const calls = Array.from({ length: 600 }, (_, n) => event(id(n)));
    calls[100] = event(id(50)); // taken by the same batch
    calls[200] = event(id(200), 'unknown');
    calls[300] = { method: 'events.create', params: { streamIds: [':_system:language'], type: 'language/iso-639-1', content: 'fr' } };
    calls[400] = { method: 'events.get', params: { limit: 1000, streams: ['log'] } };
    const { status, body } = await call(server.url, 'POST', writer.path, { token: writer.token, body: calls });
    assert.equal(status, 200);
    assert.equal(body.results.length, 600);
    for (const [n, result] of body.results.entries()) {
      if (n === 100) assert.equal(result.error?.id, 'item-already-exists');
      else if (n === 200) assert.equal(result.error?.id, 'unknown-referenced-resource');
      else if (n === 300) assert.equal(result.event?.content, 'fr');
      else if (n === 400) assert.equal(result.events.length, 397);
      else assert.equal(result.event?.id, id(n), JSON.stringify(result));
    }
    const all = await call(server.url, 'GET', `${writer.path}/events?limit=1000&streams[]=log`, { token: writer.token });
    assert.equal(all.body.events.length, 596);
  });

  test('a connection that is ended under questions which travel together costs none of them its answer', async () => {
    const readers = await Promise.all(Array.from({ length: 3 }, () => userWithStream(server)));
    for (const reader of readers) await createEvent(server, reader, `of ${reader.username}`);
    const answered = Array(12).fill(0);
    let reading = true;
    const read = async (reader, n) => {
      while (reading) {
        const { status, body } = await call(server.url, 'GET', `${reader.path}/events?limit=1&streams[]=log`, { token: reader.token });
        assert.equal(status, 200, JSON.stringify(body));
        assert.deepEqual(body.events.map(event => event.content), [`of ${reader.username}`]);
        answered[n]++;
      }
    };
    const all = Promise.all(answered.map((_, n) => read(readers[n % readers.length], n)));
    const disturb = async () => {
      for (let i = 0; i < 10; i++) {
        const before = [...answered];
        postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pryvd' ORDER BY query_start DESC LIMIT 1");
        await until('two more answers to each', () => answered.every((count, n) => count >= before[n] + 2)); // what was asked again is not disturbed again
      }
      reading = false;
    };
    await Promise.race([disturb(), all]);
    await all;
  });

  test('while it is away: 503, and a line on the log that says why', async () => {
    postgres.stop('fast');
    try {
      assert.equal((await createEvent(server, user, 'nowhere')).status, 503);
      assert.match(server.log(), /PostgreSQL at 127\.0\.0\.1:\d+\/pryv-node cannot be reached/);
      assert.equal((await call(server.url, 'GET', '/', {})).status, 200);
    } finally {
      postgres.again();
    }
    assert.equal((await createEvent(server, user, 'here')).status, 201);
  });

  test('read-only: writes are answered 503 and the log says so, reads go on; then writes do', async () => {
    const setReadOnly = async value => {
      postgres.run(`ALTER SYSTEM SET default_transaction_read_only = ${value}`, 'postgres');
      postgres.run('SELECT pg_reload_conf()', 'postgres');
      await sleep(300);
    };
    await setReadOnly('on');
    try {
      assert.equal((await createEvent(server, user, 'nowhere')).status, 503);
      assert.match(server.log(), /the database is read-only now/);
      assert.equal((await call(server.url, 'GET', `${user.path}/events`, { token: user.token })).status, 200);
    } finally {
      postgres.run('ALTER SYSTEM RESET default_transaction_read_only', 'postgres');
      postgres.run('SELECT pg_reload_conf()', 'postgres');
      await sleep(300);
    }
    assert.equal((await createEvent(server, user, 'again')).status, 201);
  });

  test('a database of a newer server is refused at the start', () => {
    const database = postgres.newDatabase();
    postgres.run('CREATE TABLE pryvd_schema (version integer NOT NULL); INSERT INTO pryvd_schema VALUES (1000)', database);
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
    const end = spawnSync(pryvd, ['--data-dir', dataDir, '--check', ...Object.entries(postgres.serverSettings(database)).flatMap(([key, value]) => ['--set', `${key}=${value}`])], { encoding: 'utf8', timeout: 20000 });
    fs.rmSync(dataDir, { recursive: true });
    assert.equal(end.status, 1);
    assert.match(end.stderr, /was written by a newer version of this server \(its schema is 1000/);
  });

  test('nobody there at the start: waited for, then told', async () => {
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
    const end = spawnSync(pryvd, ['--data-dir', dataDir, '--check', '--set', 'storages.base.engine=postgresql', '--set', `storages.engines.postgresql.port=${await freePort()}`, '--set', 'storages.engines.postgresql.startSeconds=0.5'], { encoding: 'utf8', timeout: 20000 });
    fs.rmSync(dataDir, { recursive: true });
    assert.equal(end.status, 1);
    assert.match(end.stderr, /waiting up to 0\.5 seconds: PostgreSQL at .* cannot be reached/);
    assert.match(end.stderr, /the plugin storage-pg cannot start: PostgreSQL at .* cannot be reached/);
  });

  test('a large answer takes no more memory than a small one', { skip: sanitized ? 'a sanitizer takes memory of its own' : false }, async () => {
    const reader = await userWithStream(server);
    await createEvent(server, reader, 'first');
    postgres.run(`INSERT INTO events (user_number, id, stream_ids_json, time, running, type, content_json, trashed, created, created_by, modified, modified_by)
      SELECT user_number, convert_to('big' || n, 'UTF8'), stream_ids_json, n, false, type, convert_to('"' || repeat('x', 500) || '"', 'UTF8'), false, created, created_by, modified, modified_by
      FROM events, generate_series(1, 60000) AS n WHERE user_number = (SELECT number FROM users WHERE username = '${reader.username}')`);
    const memory = () => workersOf(server.pid).map(pid => Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])).reduce((a, b) => a + b);
    await call(server.url, 'GET', `${reader.path}/events?limit=1000`, { token: reader.token });
    const before = memory();
    const { status, body } = await call(server.url, 'GET', `${reader.path}/events?limit=1000000`, { token: reader.token });
    assert.equal(status, 200);
    assert.equal(body.events.filter(event => event.id.startsWith('big')).length, 60000);
    assert.ok(memory() - before < 8 * 1024, `the workers grew by ${memory() - before} KB`);
  });
});

describe('few connections for many clients', { skip: why ?? false }, () => {
  const MAX = 4; const CLIENTS = 200;
  let postgres, server;
  before(async () => {
    postgres = startPostgres();
    server = await startServer({ set: { 'cluster.apiWorkers': 1, 'storages.engines.postgresql.max': MAX, ...postgres.serverSettings() } });
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  test(`${MAX} connections under ${CLIENTS} clients: never more, each client gets its share`, async () => {
    const users = [];
    for (let i = 0; i < 5; i++) users.push(await userWithStream(server));
    const loads = users.map(user => writers(server, user, CLIENTS / users.length));
    let most = 0;
    for (let i = 0; i < 20; i++) {
      await sleep(150);
      most = Math.max(most, Number(postgres.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pryvd'")));
    }
    for (const load of loads) await load.stop();
    assert.ok(most > 1 && most <= MAX, `${most} connections`);
    for (const load of loads) assert.deepEqual(load.others, [], 'a request was refused');
    const shares = loads.flatMap(load => load.perWriter);
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    assert.ok(Math.min(...shares) > mean / 4, `the least served client got ${Math.min(...shares)}, the mean is ${mean}`);
    for (const [i, load] of loads.entries()) await assertAllThere(server, users[i], load.acknowledged);
  });
});
