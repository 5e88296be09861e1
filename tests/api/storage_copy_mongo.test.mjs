// pryvctl storage copy to MongoDB and from it: killed anywhere between it and each of the others, and sources that take longer than versions are kept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { before as ahead, behind, copies, isWhole, sqliteSettings } from '../lib/copy.mjs';
import { fullAccount } from '../lib/everything.mjs';
import { startFerretdb, unavailable } from '../lib/ferretdb.mjs';
import { startPostgres, unavailable as noPostgres } from '../lib/postgres.mjs';
import { call, endsWithTests, newUser, sleep, startServer } from '../lib/server.mjs';

const why = unavailable('postgresql') ?? noPostgres();
const EVENTS = 2500; // more than one transaction of a copy
const SNAPSHOT_SECONDS = 10; // the shortest there is

let folder, dataDir, postgres, ferretdb, ctl, full, many;

/** An account that has nothing but events: FerretDB reads all of them for each row of some other kinds. */
async function manyEvents (base) {
  const user = await newUser(base);
  assert.equal((await call(base, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 's', name: 'S' } })).status, 201);
  for (let at = 0; at < EVENTS; at += 500) {
    const body = Array.from({ length: 500 }, (_, i) => ({ method: 'events.create', params: { streamIds: ['s'], type: 'note/txt', time: at + i, content: `number ${at + i}` } }));
    const { status, body: { results } } = await call(base, 'POST', user.path, { token: user.token, body });
    assert.deepEqual([status, results.find(({ error }) => error)], [200, undefined]);
  }
  return user;
}

/** Places of one engine each, to be copied from and to: { engine, settings }. */
const inPostgres = () => ({ engine: 'postgresql', settings: { 'storages.engines.postgresql.port': postgres.port, 'storages.engines.postgresql.database': postgres.newDatabase() } });
const inMongo = () => ({ engine: 'mongodb', settings: { 'storages.engines.mongodb.port': ferretdb.port, 'storages.engines.mongodb.name': ferretdb.newDatabase(), 'storages.engines.mongodb.snapshotSeconds': SNAPSHOT_SECONDS } });
const inSqlite = name => ({ engine: 'sqlite', settings: sqliteSettings(folder, name) });
const source = { engine: 'sqlite', settings: {} };

const route = (from, to, user) => [...ahead(from.settings), '--from', from.engine, '--to', to.engine, ...behind(to.settings), '--user', user.username];

describe('MongoDB', { skip: why ?? false }, () => {
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-copy-'));
    dataDir = path.join(folder, 'data');
    ctl = copies(dataDir);
    const server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 1, 'versioning.forceKeepHistory': true, 'versioning.deletionMode': 'keep-everything', 'auth.adminAccessKey': 'an administrator of these tests' } });
    full = await fullAccount(server.url);
    many = await manyEvents(server.url);
    assert.equal((await server.stop()).code, 0);
    postgres = startPostgres();
    ferretdb = startFerretdb();
  });

  after(() => {
    ferretdb?.end();
    postgres?.end();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('accounts with everything in them, there and back', () => {
    const there = inMongo();
    const found = ctl.report(0, route(source, there, full));
    isWhole(found, 1);
    assert.ok(found.kinds.events.source > 20 && found.kinds['series chunks'].source > 0 && found.kinds['former names'].source === 1);
    isWhole(ctl.report(0, route(there, inSqlite('back'), full)), 1);
  });

  test('killed at any moment, on the way from each engine to each', async () => {
    const first = inMongo(); const second = inPostgres(); const third = inMongo();
    for (const [from, to] of [[source, first], [first, second], [second, third], [third, inSqlite('killed')]]) {
      const args = route(from, to, many);
      let result = 'SIGKILL'; let said; let kills = -1;
      for (let ms = 250; result === 'SIGKILL'; ms *= 2, kills++) {
        const copying = ctl.start(args);
        const timer = setTimeout(() => copying.child.kill('SIGKILL'), ms);
        result = await copying.ended;
        clearTimeout(timer);
        said = copying.said();
      }
      assert.equal(result, 0, said);
      assert.ok(kills > 0, 'it was killed');
      isWhole(ctl.report(0, [...args, '--check-only']), 1);
    }
  });

  /** Holds a copy from MongoDB to PostgreSQL up in the middle of its events, until the snapshot would be too old; `meanwhile` is called then. */
  async function heldUp (from, meanwhile) {
    const to = inPostgres(); const database = to.settings['storages.engines.postgresql.database'];
    const args = route(from, to, many);
    const sql = text => postgres.run(text, database);
    assert.equal(ctl.copy([...args, '--user', 'nobody-at-all', '--check-only']).status, 1); // makes the tables
    const lock = endsWithTests(spawn('psql', ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'pryv', '-d', database, '-qAtX', '-c', 'BEGIN; LOCK TABLE events IN EXCLUSIVE MODE', '-c', 'SELECT \'locked\'', '-c', `SELECT pg_sleep(${SNAPSHOT_SECONDS + 2})`], { stdio: ['ignore', 'pipe', 'ignore'] }));
    await new Promise(resolve => lock.stdout.once('data', resolve));
    const unlocked = new Promise(resolve => lock.once('close', resolve));
    const copying = ctl.start([...ahead({ 'storages.engines.postgresql.waitSeconds': 60 }), ...args]);
    while (copying.child.exitCode === null && sql('SELECT count(*) FROM pg_locks WHERE NOT granted') === '0') await sleep(20);
    assert.equal(copying.child.exitCode, null, copying.said());
    meanwhile();
    await unlocked;
    return { result: await copying.ended, said: copying.said(), args };
  }

  test('a source that takes longer than versions are kept, and that nobody writes', async () => {
    const from = inMongo();
    isWhole(ctl.report(0, route(source, from, many)), 1);
    const { result, said, args } = await heldUp(from, () => {});
    assert.equal(result, 0, said);
    isWhole(ctl.report(0, [...args, '--check-only']), 1);
  });

  test('one that somebody writes is not read any longer; the next run begins anew', async () => {
    const from = inMongo();
    isWhole(ctl.report(0, route(source, from, many)), 1);
    const { result, said, args } = await heldUp(from, () => {
      // A server on another machine would have a data folder of its own.
      const elsewhere = copies(path.join(folder, 'elsewhere'));
      fs.mkdirSync(path.join(folder, 'elsewhere'), { recursive: true });
      const run = elsewhere.other([...ahead({ ...from.settings, 'storages.base.engine': 'mongodb' }), 'users', 'reset-password', many.username, '--yes'], 'another-Horse-8\n');
      assert.equal(run.status, 0, run.stderr);
    });
    assert.equal(result, 1);
    assert.match(said, /others have written meanwhile/);
    const found = ctl.report(0, args);
    isWhole(found, 1);
    assert.equal(found.kinds.passwords.target, 2);
  });
});
