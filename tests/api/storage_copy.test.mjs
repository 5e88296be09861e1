// pryvctl storage copy: accounts with everything in them from engine to engine and back, cut off anywhere, and what it refuses or reports.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { before as ahead, behind, copies, isWhole, setting, sqliteSettings } from '../lib/copy.mjs';
import { answersOf, fullAccount, goesOn, settings } from '../lib/everything.mjs';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, endsWithTests, freePort, newUser, root, sleep, startServer } from '../lib/server.mjs';

const why = unavailable();
const BATCH = 2000; // rows of one transaction of a copy
const EVENTS = 2 * BATCH + 500; // of one account

let folder, dataDir, port, postgres, accounts, expected, copy, report, startCopy, other;

const toPostgres = database => ['--to', 'postgresql', ...behind(portAndDatabase(database))];
const portAndDatabase = database => ({ 'storages.engines.postgresql.port': postgres.port, 'storages.engines.postgresql.database': database });
const fromPostgres = database => ahead(portAndDatabase(database));
const toSqlite = name => ['--to', 'sqlite', ...behind(sqliteSettings(folder, name))];
const newDatabase = () => postgres.newDatabase();

/** The server of these tests on another storage: the same port, so that all addresses in its answers are the same. */
const serve = set => startServer({ dataDir, port, set: { ...settings, ...set } });

async function answersLikeTheSource (set) {
  const server = await serve(set);
  try {
    const answers = await answersOf(server.url, accounts);
    assert.deepEqual(Object.keys(answers), Object.keys(expected));
    for (const [what, text] of Object.entries(answers)) {
      let at = 0;
      while (at < text.length && text[at] === expected[what][at]) at++;
      assert.deepEqual([what, text.slice(at, at + 300)], [what, expected[what].slice(at, at + 300)], `from ${at} on, after ${text.slice(Math.max(0, at - 300), at)}`);
    }
    return await Promise.all(accounts.map(account => goesOn(server.url, account)));
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
}

/** Answers the id of a series that has three chunks of the same moment. */
async function threeAtOneMoment (base, { username, token, reads }) {
  const where = reads.map(([rest]) => rest).find(rest => rest.endsWith('/series'));
  for (const value of [1, 2, 3]) {
    const { status } = await call(base, 'POST', `/${username}${where}`, { token, body: { format: 'flatJSON', fields: ['deltaTime', 'latitude', 'longitude'], points: [[777, value, value]] } });
    assert.equal(status, 200);
  }
  return where.split('/')[2];
}

/** The last of them gets a rank in front of the second, as merging gives ranks: so the second counts. docs/format-series.md tells the bytes. */
function putInFront (event) {
  const sql = (file, text) => execFileSync('sqlite3', [file, text], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
  const chunks = file => sql(file, `SELECT id, hex(bytes) FROM series_chunks WHERE event_id = '${event}' ORDER BY id`).map(line => line.split('|'));
  const file = execFileSync('find', [dataDir, '-name', '*.db'], { encoding: 'utf8' }).trim().split('\n')
    .find(one => sql(one, "SELECT 1 FROM sqlite_schema WHERE name = 'series_chunks'").length && chunks(one).length);
  const [[first], , [id, hex]] = chunks(file).slice(-3);
  const bytes = Buffer.from(hex, 'hex');
  assert.ok(bytes[0] === 2 && bytes[1] === 0 && Number(first) < 128);
  bytes[1] = Number(first);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  sql(file, `UPDATE series_chunks SET bytes = x'${bytes.toString('hex')}' WHERE id = ${id}`);
}

function crc32 (bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-copy-'));
  dataDir = path.join(folder, 'data');
  ({ copy, report, start: startCopy, other } = copies(dataDir));
  port = await freePort();
  const server = await serve();
  accounts = [await fullAccount(server.url, EVENTS), await fullAccount(server.url)];
  const series = await threeAtOneMoment(server.url, accounts[1]);
  assert.equal((await server.stop()).code, 0);
  putInFront(series);
  const again = await serve();
  expected = await answersOf(again.url, accounts);
  assert.equal((await again.stop()).code, 0);
  assert.match(expected[Object.keys(expected).find(what => what.includes(`${accounts[1].username}/events/${series}/series`))], /\[777,2,2\]/);
  if (!why) postgres = startPostgres();
});

after(() => {
  postgres?.end();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('what is not understood, and what cannot be', () => {
  for (const [args, status, complaint] of [
    [['--from', 'sqlite'], 2, /--to: missing/],
    [['--from', 'sqlite', '--to', 'sqlite'], 2, /own tools/],
    [['--from', 'sqlite', '--to', 'postgresql', '--to-set', 'x'], 2, /x: expected KEY=VALUE/],
    [['--from', 'sqlite', '--to', 'oracle'], 1, /"oracle", which no plugin answers to; .* would answer to "sqlite"[^]*the engine oracle cannot be opened/],
    [['--from', 'sqlite', '--to', 'postgresql', ...setting('storages.engines.postgresql.port', 1), ...setting('storages.engines.postgresql.startSeconds', 0)], 1, /postgresql cannot be opened/]
  ]) {
    const run = copy(args);
    assert.deepEqual([args.join(' '), run.status, run.out], [args.join(' '), status, '']);
    assert.match(run.err, complaint);
  }
});

describe('PostgreSQL', { skip: why ?? false }, () => {
  test('to PostgreSQL and back to SQLite: servers on all three answer the same bytes', async () => {
    const database = newDatabase();
    const found = report(0, ['--from', 'sqlite', ...toPostgres(database)]);
    isWhole(found, 2);
    for (const kind of ['account fields', 'passwords', 'values', 'stream deletions', 'streams', 'events', 'event versions', 'event deletions', 'accesses', 'access versions', 'access deletions', 'sessions', 'series chunks', 'platform fields', 'former names', 'cores', 'platform values']) {
      assert.ok(found.kinds[kind].source > 0, `${kind} are among what is copied`);
    }
    assert.ok(found.kinds.events.source > EVENTS);

    const again = copy(['--from', 'sqlite', ...toPostgres(database), '--json']);
    for (const line of [`1/2 ${accounts[0].username}: is there, and the same`, `2/2 ${accounts[1].username}: is there, and the same`]) assert.ok(again.err.split('\n').includes(line), again.err);
    assert.deepEqual(JSON.parse(again.out).users, { copied: 0, thereAlready: 2, different: 0, refused: 0, failed: 0 });
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(database), '--check-only']), 2);

    isWhole(report(0, [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('back')]), 2);
    await answersLikeTheSource(postgres.serverSettings(database));
    await answersLikeTheSource(sqliteSettings(folder, 'back'));
  });

  test('webhooks, audit records, sessions that are over, versions of one moment', () => {
    const database = newDatabase();
    const before = report(0, ['--from', 'sqlite', ...toPostgres(database)]);
    postgres.run(`
      INSERT INTO webhooks (user_number, id, access_id, url, state_json, created, modified) SELECT number, 'hook', 'a', 'http://x/', '{"state":"active"}', 1.5, 2.5 FROM users;
      INSERT INTO sessions (user_number, id, username, app_id, expires) SELECT number, 'over', username, NULL, 10 FROM users;
      INSERT INTO audit_events (user_number, id, stream_ids_json, time, running, type, content_json, trashed, created, modified)
        SELECT u.number, convert_to('audit-' || n, 'UTF8'), '[":_audit:action-events.get"]', n, false, 'audit-log/pryv-api', '{"n":-0}', false, n, n FROM users u, generate_series(1, 1500) n;
      INSERT INTO events (user_number, id, head_id, stream_ids_json, time, running, type, trashed, modified)
        SELECT u.number, convert_to('v-' || (n * 7 % 10), 'UTF8'), 'head-of-ties', '["twin"]', 1, false, 'note/txt', false, 5 FROM users u, generate_series(1, 9) n ORDER BY n;`, database);
    const more = report(0, [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('more')]);
    isWhole(more, 2);
    assert.deepEqual(['webhooks', 'audit records'].map(kind => more.kinds[kind].target), [2, 3000]);
    assert.equal(more.kinds.sessions.target, before.kinds.sessions.target + 2);
    assert.equal(more.kinds['event versions'].target, before.kinds['event versions'].target + 18);
  });

  test('users of other cores and values of the platform, with their ends', () => {
    const database = newDatabase(); const other = newDatabase();
    const tables = { unique_fields: 'field, value, username, ticket, expires', indexed_fields: 'username, field, value', user_cores: 'username, core_id', platform_values: 'key, value, expires' };
    const all = from => Object.entries(tables).map(([table, columns]) => postgres.run(`SET bytea_output = escape; SELECT ${columns} FROM ${table} ORDER BY ${columns}`, from).split('\n').filter(row => !/^(username\|)?over\|/.test(row)));
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(database)]), 2);
    postgres.run(`
      INSERT INTO unique_fields (field, value, username) VALUES ('username', 'stranger', 'stranger'), ('username', 'once-called', 'stranger'), ('email', 's@x', 'stranger'), ('email', 't@x', 'stranger');
      INSERT INTO unique_fields (field, value, username, ticket, expires) VALUES ('username', 'over', 'over', 'a ticket', extract(epoch FROM now()) + 600);
      INSERT INTO indexed_fields (username, field, value) VALUES ('stranger', 'language', 'en');
      INSERT INTO user_cores (username, core_id) VALUES ('stranger', 'other-core'), ('once-called', 'other-core');
      INSERT INTO platform_values (key, value, expires) VALUES ('mail-template/x/en', 'text', NULL), ('access-state/k', '\\001', extract(epoch FROM now()) + 3600.0625), ('over', 'x', 1);
      INSERT INTO platform_values (key, value, expires) SELECT convert_to('many/' || n, 'UTF8'), convert_to('v' || n, 'UTF8'), NULL FROM generate_series(1, 510) n;`, database);
    const found = report(0, [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('cores')]);
    isWhole(found, 2);
    assert.deepEqual([found.kinds.cores.target, found.kinds['former names'].target], [3, 3]);
    isWhole(report(0, [...ahead(sqliteSettings(folder, 'cores')), '--from', 'sqlite', ...toPostgres(other)]), 2);
    assert.deepEqual(all(other), all(database));

    postgres.run('UPDATE platform_values SET value = \'another\' WHERE key = \'many/7\'', database);
    const again = [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('cores')];
    assert.deepEqual(report(1, again).differences, [{ user: null, kind: 'platform values', name: 'many/7', what: 'is another one at the target; --overwrite replaces it' }]);
    isWhole(report(0, [...again, '--overwrite', '--yes']), 2);
  });

  test('killed anywhere, it goes on where it was, and ends the same', async () => {
    const database = newDatabase();
    const args = ['--from', 'sqlite', ...toPostgres(database), '--json'];
    const waiting = () => Number(postgres.run('SELECT count(*) FROM pg_locks WHERE NOT granted', database));
    assert.equal(copy(['--from', 'sqlite', ...toPostgres(database), '--user', 'nobody-at-all']).status, 1); // makes the tables

    /** Somebody else has the table for as long as it takes: the copy waits there, and is killed. */
    const killedAt = async table => {
      const lock = endsWithTests(spawn('psql', ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'pryv', '-d', database, '-qAtX', '-c', `BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`, '-c', 'SELECT \'locked\'', '-c', 'SELECT pg_sleep(60)'], { stdio: ['ignore', 'pipe', 'ignore'] }));
      await new Promise(resolve => lock.stdout.once('data', resolve));
      const { child, ended } = startCopy(args);
      while (child.exitCode === null && waiting() === 0) await sleep(20);
      assert.equal(child.exitCode, null, `the copy waits for ${table}`);
      child.kill('SIGKILL');
      assert.equal(await ended, 'SIGKILL');
      // What waited first, or it would still be done when the table is free.
      for (const which of ["wait_event_type = 'Lock'", 'true']) postgres.endConnections(which, database);
      lock.kill('SIGKILL');
    };
    const rows = table => Number(postgres.run(`SELECT count(*) FROM ${table}`, database));
    const progress = () => postgres.run('SELECT convert_from(value_json, \'UTF8\') FROM key_values WHERE scope = \'pryvctl-storage-copy\'', database);

    await killedAt('users');
    assert.equal(rows('users'), 0);
    await killedAt('streams');
    await killedAt('series_chunks');
    const events = rows('events');
    assert.ok(events > 0, 'whole transactions are there');
    assert.match(progress(), /^\{"kind":"[a-z ]+","rows":\d+\}$/);
    await killedAt('unique_fields');
    assert.ok(rows('events') > events);
    assert.match(progress(), /"kind":"all"/);
    assert.equal(copy(['--from', 'sqlite', ...toPostgres(database), '--check-only']).status, 1, 'an unfinished copy is no copy');
    await killedAt('platform_values');

    isWhole(report(0, args.slice(0, -1)), 2);
    assert.equal(progress(), '');
    await answersLikeTheSource(postgres.serverSettings(database));
  });

  test('killed in the middle of a bulk load: none of its rows is there, and it goes on before them', async () => {
    const database = newDatabase();
    const args = ['--from', 'sqlite', ...toPostgres(database), '--user', accounts[0].username];
    const sql = text => postgres.run(text, database);
    assert.equal(copy(['--from', 'sqlite', ...toPostgres(database), '--user', 'nobody-at-all']).status, 1); // makes the tables
    // The server takes a row in the middle of the second transaction, and sleeps.
    sql(`CREATE SEQUENCE seen; CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('seen') = ${BATCH + BATCH / 2} THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$; CREATE TRIGGER doze BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION doze()`);
    const { child, ended } = startCopy(args);
    while (child.exitCode === null && sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'COPY events %'") === '0') await sleep(20);
    assert.equal(child.exitCode, null, 'the copy is in the middle of its events');
    child.kill('SIGKILL');
    assert.equal(await ended, 'SIGKILL');
    postgres.endConnections('true', database);
    sql('DROP TRIGGER doze ON events');
    const there = Number(sql('SELECT count(*) FROM events'));
    assert.ok(there > 0 && there <= BATCH, `${there} events are there`);
    assert.equal(sql("SELECT convert_from(value_json, 'UTF8') FROM key_values WHERE scope = 'pryvctl-storage-copy'"), `{"kind":"events","rows":${there}}`);
    isWhole(report(0, args), 1);
  });

  test('killed at any moment, again and again, on the way there and back', async () => {
    const database = newDatabase();
    for (const args of [['--from', 'sqlite', ...toPostgres(database)], [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('killed')]]) {
      let result = 'SIGKILL'; let said;
      for (let ms = 20; result === 'SIGKILL'; ms = Math.ceil(ms * 1.25)) {
        const { child, ended, said: all } = startCopy(args);
        const timer = setTimeout(() => child.kill('SIGKILL'), ms);
        result = await ended;
        clearTimeout(timer);
        said = all();
      }
      assert.equal(result, 0, said);
      isWhole(report(0, [...args, '--check-only']), 2);
    }
    await answersLikeTheSource(sqliteSettings(folder, 'killed'));
  });

  test('a source that changed between two runs is copied anew', async () => {
    const database = newDatabase(); const away = newDatabase();
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(database)]), 2);
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(away)]), 2);
    const [user] = accounts;
    const sql = text => postgres.run(text.replaceAll('USER', `(SELECT number FROM users WHERE username = '${user.username}')`), away);
    // As a run leaves it that was cut off in the middle of events, before the events that were there changed.
    sql('DELETE FROM series_chunks WHERE user_number = USER; DELETE FROM accesses WHERE user_number = USER; INSERT INTO key_values (user_number, scope, key, value_json) VALUES (USER, \'pryvctl-storage-copy\', \'progress\', \'{"kind":"events","rows":500}\')');
    sql('DELETE FROM events WHERE user_number = USER AND (head_id IS NOT NULL OR deleted IS NOT NULL OR id NOT IN (SELECT id FROM events WHERE user_number = USER AND head_id IS NULL AND deleted IS NULL ORDER BY time, id LIMIT 500)); DELETE FROM event_streams WHERE user_number = USER AND event_id NOT IN (SELECT id FROM events WHERE user_number = USER)');
    sql('UPDATE events SET description = \'another\' WHERE user_number = USER AND id = (SELECT id FROM events WHERE user_number = USER ORDER BY id LIMIT 1)');
    const run = copy(['--from', 'sqlite', ...toPostgres(away)]);
    assert.equal(run.status, 0, run.err);
    assert.match(run.err, /the source has changed since the copy was begun; it begins anew/);
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(away), '--check-only']), 2);
  });

  test('other data at the target is told, and replaced only when that is confirmed', () => {
    const database = newDatabase();
    const args = ['--from', 'sqlite', ...toPostgres(database)];
    const [first, second] = accounts;
    isWhole(report(0, [...args, '--user', second.username]), 1);
    postgres.run('UPDATE events SET type = \'note/other\' WHERE id = (SELECT id FROM events WHERE head_id IS NULL AND deleted IS NULL ORDER BY id LIMIT 1)', database);
    const refused = report(1, args);
    assert.deepEqual([refused.users.copied, refused.users.refused], [1, 1]);
    assert.deepEqual(refused.differences.map(({ user, kind, what }) => [user, kind, what]), [[second.username, 'user', 'the target has other data of this user; --overwrite replaces it']]);
    const checked = report(1, [...args, '--check-only']);
    assert.deepEqual([checked.kinds.events.different, checked.differences[0].what], [1, 'type is not the same']);
    assert.equal(checked.users.thereAlready, 1);

    for (const answer of ['', 'yes\n']) assert.match(copy([...args, '--overwrite'], answer).err, /not confirmed, nothing was copied/);
    assert.equal(copy([...args, '--overwrite'], 'postgresql\n').status, 0);
    isWhole(report(0, [...args, '--check-only']), 2);

    postgres.run(`UPDATE users SET id = 'somebody-else' WHERE username = '${first.username}'`, database);
    postgres.run(`UPDATE unique_fields SET username = 'stranger' WHERE field = 'email' AND username = '${second.username}'; DELETE FROM users WHERE username = '${second.username}'`, database);
    const taken = report(1, [...args, '--overwrite', '--yes']);
    assert.deepEqual(taken.differences.map(({ user, what }) => [user, what]).sort(), [
      [first.username, 'another user has this name at the target'],
      [second.username, `email other-${second.former}@example.com is another user's at the target, stranger`]
    ].sort());
  });

  test('what is damaged at the source is reported by name, and copied as it is', () => {
    const database = newDatabase();
    isWhole(report(0, ['--from', 'sqlite', ...toPostgres(database)]), 2);
    const id = postgres.run('UPDATE events SET content_json = \'"corrupted"\' WHERE number = (SELECT min(number) FROM events WHERE head_id IS NULL AND deleted IS NULL AND integrity IS NOT NULL) RETURNING convert_from(id, \'UTF8\')', database);
    postgres.run('UPDATE accesses SET token = \'corrupted\' WHERE ctid = (SELECT ctid FROM accesses WHERE deleted IS NOT NULL LIMIT 1)', database);
    for (let i = 0; i < 2; i++) {
      const args = [...fromPostgres(database), '--from', 'postgresql', ...toSqlite('damaged')];
      const found = report(1, args);
      assert.deepEqual([found.kinds.events.damaged, found.kinds['access deletions'].damaged, found.differenceCount], [1, 1, 2]);
      const told = found.differences.find(({ kind }) => kind === 'events');
      assert.equal(told.name, id);
      assert.match(told.what, /^its integrity is EVENT:0:sha256-.*, its data give EVENT:0:sha256-.*; it is so at the source already$/);
      assert.equal(found.users.copied + found.users.thereAlready, 2);
    }
  });

  test('a server that runs is in the way; a copy under way is in the way of a server', async () => {
    const database = newDatabase();
    const args = ['--from', 'sqlite', ...toPostgres(database)];
    const server = await serve();
    try {
      const run = copy(args);
      assert.equal(run.status, 1);
      assert.match(run.err, /stop the server first: the data folder .* is served by another pryvd, process \d+/);
      assert.match(copy([...args, '--check-only']).err, /a server runs on this data/);
      await newUser(server.url); // it still serves
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
    assert.equal(copy(args).status, 0);
    const lock = endsWithTests(spawn('psql', ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'pryv', '-d', database, '-qAtX', '-c', 'BEGIN; LOCK TABLE events', '-c', 'SELECT \'locked\'', '-c', 'SELECT pg_sleep(60)'], { stdio: ['ignore', 'pipe', 'ignore'] }));
    await new Promise(resolve => lock.stdout.once('data', resolve));
    const { child, ended } = startCopy(args);
    while (child.exitCode === null && postgres.run('SELECT count(*) FROM pg_locks WHERE NOT granted', database) === '0') await sleep(20);
    await assert.rejects(serve(), /is served by another pryvd/);
    const reset = other(['users', 'reset-password', accounts[1].username, '--yes'], `${accounts[1].password}\n`);
    assert.equal(reset.status, 0, reset.stderr);
    lock.kill('SIGKILL');
    postgres.run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE \'%pg_sleep%\' AND pid <> pg_backend_pid()', database);
    assert.equal(typeof await ended, 'number', 'another command does not end the copy');
  });
});

describe('MongoDB', () => {
  const ferretdb = path.join(root, 'tests', 'deps', 'ferretdb.sh');
  const available = spawnSync(ferretdb, ['available', 'sqlite'], { encoding: 'utf8' });

  test('to FerretDB and back', { skip: available.status === 0 ? false : available.stdout.trim() }, async () => {
    const place = path.join(folder, 'ferretdb');
    fs.mkdirSync(place);
    const started = spawnSync(ferretdb, ['start', place, 'sqlite'], { encoding: 'utf8' });
    assert.equal(started.status, 0, started.stderr);
    const url = started.stdout.trim();
    try {
      const { username } = accounts[1]; // each row there reads a whole collection: the small one
      const found = report(0, ['--from', 'sqlite', '--to', 'mongodb', ...setting('storages.engines.mongodb.url', url), '--user', username]);
      isWhole(found, 1);
      assert.ok(found.kinds.events.source > 20 && found.kinds['series chunks'].source > 0 && found.kinds['former names'].source === 1);
      isWhole(report(0, ['--set', `storages.engines.mongodb.url=${url}`, '--from', 'mongodb', ...toSqlite('from-mongodb'), '--user', username]), 1);
    } finally {
      spawnSync(ferretdb, ['stop', place]);
    }
  });
});
