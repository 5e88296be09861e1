// PostgreSQL as an operator has it: limits for everybody, poolers, roles with too few rights, a standby, and servers that stop without a word.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startGate } from '../lib/gate.mjs';
import { assertAllThere, createEvent, userWithStream, writers } from '../lib/load.mjs';
import { startPgbouncer, unavailable as noPgbouncer } from '../lib/pgbouncer.mjs';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, freePort, pryvd, sleep, startServer, workersOf } from '../lib/server.mjs';

const why = unavailable();
const KEY = 'storages.engines.postgresql.';
const read = (server, user, parameters = 'limit=1') => call(server.url, 'GET', `${user.path}/events?${parameters}`, { token: user.token, signal: AbortSignal.timeout(30000) });

/** Starts the plugins and ends: { status, stderr }. */
function check (settings) {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  const end = spawnSync(pryvd, ['--data-dir', dataDir, '--check', ...Object.entries({ [KEY + 'startSeconds']: 0, ...settings }).flatMap(([key, value]) => ['--set', `${key}=${value}`])], { encoding: 'utf8', timeout: 60000 });
  fs.rmSync(dataDir, { recursive: true });
  return end;
}

/** Until all its workers have started: one of them may answer before. */
async function allStarted (server) {
  for (let i = 0; i < 400 && !/\[master\] serving/.test(server.log()); i++) await sleep(50);
  return server;
}

/** On the log, which may come after the answer. */
async function toldSoon (server, what) {
  for (let i = 0; i < 400 && !what.test(server.log()); i++) await sleep(50);
  assert.match(server.log(), what);
}

/** 503, and when to try again. */
function assertBusy ({ status, body, headers }) {
  assert.equal(status, 503, JSON.stringify(body));
  assert.equal(body.error.id, 'api-unavailable');
  assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
}

describe('PostgreSQL as its operator has it', { skip: why ?? false }, () => {
  let postgres;
  before(() => { postgres = startPostgres(); });
  after(() => postgres?.end());

  test('a server that stops without a word: 503 after as long as a statement may take, and a line on the log; then it goes on', async () => {
    const gate = await startGate(postgres.port);
    const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings(postgres.newDatabase()), [KEY + 'port']: gate.port, [KEY + 'statementSeconds']: 1, [KEY + 'waitSeconds']: 0.5, [KEY + 'connectSeconds']: 2 } });
    try {
      const user = await userWithStream(server);
      gate.hold();
      const begun = Date.now();
      const answers = await Promise.all([...Array(6).fill().map(() => read(server, user)), ...Array(6).fill().map(() => createEvent(server, user, 'nowhere'))]);
      answers.forEach(assertBusy);
      assert.ok(Date.now() - begun < 25000, `it took ${Date.now() - begun} ms`);
      await toldSoon(server, /PostgreSQL at \S+ (was given up: nothing came for 6\.5 seconds|cannot be reached: .*timeout expired)/);
      assert.equal((await call(server.url, 'GET', '/')).status, 200);
      gate.letThrough();
      assert.equal((await createEvent(server, user, 'here')).status, 201);
    } finally {
      await server.stop();
      await gate.end();
    }
  });

  const limits = { 'of a role': 'ALTER ROLE hasty SET', 'of a database': 'ALTER DATABASE "pryv-node" SET' };
  for (const [name, alter] of Object.entries(limits)) {
    test(`limits ${name} on transactions and sessions are not for those of the server`, async () => {
      if (alter.includes('ROLE')) postgres.run('CREATE ROLE hasty LOGIN SUPERUSER');
      const known = postgres.run("SELECT name FROM pg_settings WHERE name LIKE '%_timeout'").split('\n'); // two of them came with 14 and 17
      const wanted = { idle_in_transaction_session_timeout: 1, idle_session_timeout: 200, lock_timeout: 1, statement_timeout: 200, transaction_timeout: 200 };
      for (const [setting, milliseconds] of Object.entries(wanted)) if (known.includes(setting)) postgres.run(`${alter} ${setting} = ${milliseconds}`, 'postgres');
      const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings(), ...(alter.includes('ROLE') && { [KEY + 'user']: 'hasty' }) } });
      try {
        const user = await userWithStream(server);
        const load = writers(server, user, 6, 10);
        for (let i = 0; i < 10; i++) assert.equal((await read(server, user, 'limit=10000')).status, 200);
        await load.stop();
        assert.deepEqual(load.others, [], 'a request was refused');
        await assertAllThere(server, user, load.acknowledged);
      } finally {
        await server.stop();
        postgres.run(`${alter.slice(0, -4)} RESET ALL`, 'postgres');
      }
    });
  }

  test('a role that loses its rights: 503, and the log says so; then it goes on', async () => {
    postgres.run('CREATE ROLE poor LOGIN');
    const database = postgres.newDatabase();
    postgres.run(`ALTER DATABASE "${database}" OWNER TO poor`);
    const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings(database), [KEY + 'user']: 'poor' } });
    try {
      const user = await userWithStream(server);
      postgres.run('REASSIGN OWNED BY poor TO pryv', database);
      assertBusy(await createEvent(server, user, 'nowhere'));
      await toldSoon(server, /the role that pryvd signs in as has too few rights: permission denied for table /);
      postgres.run('GRANT ALL ON ALL TABLES IN SCHEMA public TO poor', database);
      assert.equal((await createEvent(server, user, 'here')).status, 201);
    } finally {
      await server.stop();
    }
    const other = postgres.newDatabase();
    const end = check({ ...postgres.serverSettings(other), [KEY + 'user']: 'poor' });
    assert.equal(end.status, 1);
    assert.match(end.stderr, /cannot start: PostgreSQL at \S+: the role that pryvd signs in as has too few rights: permission denied for schema public\n/);
  });

  test('a database that is read-only when the server starts: reads are answered, writes when it is so no more', async () => {
    const settings = { 'cluster.apiWorkers': 2, ...postgres.serverSettings(postgres.newDatabase()) };
    const database = settings[KEY + 'database'];
    const first = await startServer({ set: settings });
    const user = await userWithStream(first);
    assert.equal((await createEvent(first, user, 'before')).status, 201);
    await first.stop();
    postgres.run(`ALTER DATABASE "${database}" SET default_transaction_read_only = on`, 'postgres');
    const server = await startServer({ set: { ...settings, 'dnsLess.publicUrl': first.url + '/' }, port: first.port });
    try {
      const { status, body } = await read(server, user, 'streams[]=log');
      assert.equal(status, 200);
      assert.deepEqual(body.events.map(event => event.content), ['before']);
      assertBusy(await createEvent(server, user, 'nowhere'));
      await toldSoon(server, /the database is read-only now/);
      await toldSoon(server, /upkeep of user \S+: PostgreSQL at \S+: the database is read-only now/);
      postgres.run(`ALTER DATABASE "${database}" RESET default_transaction_read_only`, 'postgres');
      postgres.endConnections('true', database);
      assert.equal((await createEvent(server, user, 'after')).status, 201);
    } finally {
      await server.stop();
    }
  });

  test('fewer connections than all workers may open: told at the start, with what to set', async () => {
    postgres.run('CREATE ROLE narrow LOGIN CONNECTION LIMIT 11');
    const database = postgres.newDatabase();
    postgres.run(`ALTER DATABASE "${database}" OWNER TO narrow`);
    const told = async max => {
      const server = await startServer({ set: { 'cluster.apiWorkers': 2, 'cluster.hfsWorkers': 0, ...postgres.serverSettings(database), [KEY + 'user']: 'narrow', [KEY + 'max']: max } });
      await (await allStarted(server)).stop();
      return server.log().match(/all workers may open .*/g) ?? [];
    };
    const [line, ...others] = await told(6);
    assert.match(line, /^all workers may open 12 connections, PostgreSQL at \S+ allows 11: set storages\.engines\.postgresql\.max to 5 at most, or max_connections /);
    assert.deepEqual(others, []);
    assert.deepEqual(await told(5), []);
  });

  const narrow = { 'of a role': { limit: 4 }, 'of the server': { settings: ['max_connections=7', 'superuser_reserved_connections=3'] } };
  for (const [name, { limit, settings }] of Object.entries(narrow)) {
    test(`connections ${name} that run out: requests wait for those there are, and are refused when there are none for long`, async () => {
      const own = settings ? startPostgres(settings) : postgres;
      own.run(`CREATE ROLE thin LOGIN${limit ? ` CONNECTION LIMIT ${limit}` : ''}`);
      const database = own.newDatabase();
      own.run(`ALTER DATABASE "${database}" OWNER TO thin`);
      const set = { 'cluster.apiWorkers': 1, 'cluster.hfsWorkers': 0, ...own.serverSettings(database), [KEY + 'user']: 'thin', [KEY + 'waitSeconds']: 3 };
      const server = await startServer({ set });
      try {
        const users = [];
        for (let i = 0; i < 4; i++) users.push(await userWithStream(server));
        const loads = users.map(user => writers(server, user, 4, 10));
        const reads = [];
        for (let i = 0; i < 10; i++) reads.push(...await Promise.all(users.map(user => read(server, user, 'limit=1000'))));
        for (const load of loads) await load.stop();
        assert.deepEqual([...loads.flatMap(load => load.others), ...reads.filter(({ status }) => status !== 200)], [], 'a request was refused');
        for (const [i, load] of loads.entries()) await assertAllThere(server, users[i], load.acknowledged);
        assert.match(server.log(), /PostgreSQL at \S+ has no connection left; a worker has [1-4] of 20, which requests wait for/);

        own.run('ALTER ROLE thin CONNECTION LIMIT 0');
        own.endConnections("usename = 'thin'", database);
        const begun = Date.now();
        (await Promise.all([...users.map(user => read(server, user)), createEvent(server, users[0], 'nowhere')])).forEach(assertBusy);
        assert.ok(Date.now() - begun >= 2900, `refused after ${Date.now() - begun} ms`);
        const late = [...users.map(user => read(server, user)), createEvent(server, users[0], 'here')];
        await sleep(1000);
        own.run(`ALTER ROLE thin CONNECTION LIMIT ${limit ?? -1}`);
        for (const { status } of await Promise.all(late)) assert.ok(status === 200 || status === 201, `answered ${status}`);
        assert.deepEqual((await read(server, users[0], 'streams[]=log&limit=1')).body.events.map(event => event.content), ['here']);
      } finally {
        await server.stop();
        if (settings) own.end();
      }
    });
  }

  test('another server on the same database is told at the start, other workers of the same are not', async () => {
    const set = { 'cluster.apiWorkers': 2, ...postgres.serverSettings(postgres.newDatabase()) };
    const told = server => server.log().match(/\d+ other servers?, .*/g) ?? [];
    const first = await allStarted(await startServer({ set }));
    try {
      const workers = workersOf(first.pid);
      first.child.kill('SIGHUP');
      for (let i = 0; i < 400 && workersOf(first.pid).some(pid => workers.includes(pid)); i++) await sleep(50);
      assert.equal((await call(first.url, 'GET', '/nobody/events', { token: 'x' })).status, 404);
      assert.deepEqual(told(first), []);
      const second = await startServer({ set });
      await (await allStarted(second)).stop();
      assert.equal(told(second).length, 1, second.log());
      assert.match(told(second)[0], /^1 other server, on another machine or with another data folder, uses the database at \S+: .* stop all but one$/);
    } finally {
      await first.stop();
    }
  });

  test('of several hosts, all that cannot be reached are told, and what is wrong with a connection string, each in one line', async () => {
    const ports = [await freePort(), await freePort()];
    const none = check({ ...postgres.serverSettings(), [KEY + 'parameters']: `host=127.0.0.1,127.0.0.1 port=${ports}` });
    assert.equal(none.status, 1);
    for (const port of ports) assert.match(none.stderr, new RegExp(`cannot start: PostgreSQL at .* cannot be reached: .*port ${port} failed: Connection refused`));
    assert.doesNotMatch(none.stderr, /\\x0a/);
    const wrong = check({ ...postgres.serverSettings(), [KEY + 'parameters']: 'sslmod=require' });
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /storages\.engines\.postgresql\.parameters is no connection string: invalid connection option "sslmod"\n/);
  });

  describe('with PgBouncer in between', { skip: noPgbouncer() ?? false }, () => {
    for (const mode of ['transaction', 'statement']) {
      test(`that shares connections (${mode}): the start fails, and says what to set`, async () => {
        const pgbouncer = await startPgbouncer(postgres.port, { pool_mode: mode });
        try {
          const end = check({ ...postgres.serverSettings(postgres.newDatabase()), [KEY + 'port']: pgbouncer.port });
          assert.equal(end.status, 1);
          assert.match(end.stderr, /cannot start: sessions share connections at \S+, which is a pooler: .*pool_mode = session/);
        } finally {
          await pgbouncer.end();
        }
      });
    }

    test('that keeps a connection to each session: it serves; those that get none are refused, and none hangs', async () => {
      const pgbouncer = await startPgbouncer(postgres.port, { pool_mode: 'session', default_pool_size: 3 });
      const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings(postgres.newDatabase()), [KEY + 'port']: pgbouncer.port, [KEY + 'connectSeconds']: 2 } });
      try {
        const users = [];
        for (let i = 0; i < 3; i++) users.push(await userWithStream(server));
        const loads = users.map(user => writers(server, user, 4, 10));
        await sleep(3500);
        for (const load of loads) await load.stop();
        for (const { status } of loads.flatMap(load => load.others)) assert.equal(status, 503);
        for (const [i, load] of loads.entries()) await assertAllThere(server, users[i], load.acknowledged);
      } finally {
        await server.stop();
        await pgbouncer.end();
      }
    });
  });
});
