// PostgreSQL as the storage, at the start: a database of an older server, also on the oldest and the newest PostgreSQL, and connections under TLS.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { userWithStream } from '../lib/load.mjs';
import { otherVersions, startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, pryvd, startServer } from '../lib/server.mjs';

const why = unavailable();

const oldest = 'a database of the oldest schema';
for (const [name, version] of [[oldest, undefined], ...otherVersions().map(version => [`${oldest}, on PostgreSQL ${version}`, version])]) {
  describe(name, { skip: unavailable(version) ?? false }, () => {
    let postgres;
    before(() => { postgres = startPostgres([], version); });
    after(() => postgres?.end());

    test('two servers that start at once take it to the newest together, nothing of it is lost, and it is used on', async () => {
      const database = postgres.newDatabase();
      postgres.runFile(new URL('storage_pg/schema_1.sql', import.meta.url).pathname, database);
      const set = { 'cluster.apiWorkers': 2, 'auth.trustedApps': '*@*', ...postgres.serverSettings(database) };
      const servers = await Promise.all([startServer({ set }), startServer({ set })]);
      try {
        const newest = Number(postgres.run('SELECT version FROM pryvd_schema', database));
        assert.ok(newest > 1);
        assert.equal(postgres.run("SELECT to_regclass('user_cores_core') IS NOT NULL", database), 't');
        assert.equal(postgres.run("SELECT to_regclass('series_chunks_onward') IS NOT NULL AND to_regclass('series_chunks_time') IS NULL", database), 't');
        for (const index of ['events_long', 'events_trashed', 'audit_events_long', 'audit_events_trashed']) assert.equal(postgres.run(`SELECT to_regclass('${index}') IS NOT NULL`, database), 't', index);
        const steps = servers.map(server => server.log()).join('').match(/taking \S+ from schema 1 to \d+/g);
        assert.deepEqual(steps, [`taking 127.0.0.1:${postgres.port}/${database} from schema 1 to ${newest}`]);
        for (const server of servers) {
          const login = await call(server.url, 'POST', '/oldest1/auth/login', { headers: { origin: 'http://127.0.0.1:9' }, body: { username: 'oldest1', password: 'a-password-of-2026', appId: 'pryvd-tests' } });
          assert.equal(login.status, 200, JSON.stringify(login.body));
          const { body } = await call(server.url, 'GET', '/oldest1/events?streams[]=diary', { token: 'oldest1-shared' });
          assert.deepEqual(body.events.map(event => event.content), ['written under schema 1']);
          const created = await call(server.url, 'POST', '/oldest1/events', { token: login.body.token, body: { streamIds: ['diary'], type: 'note/txt', content: 'later', time: 1 } });
          assert.equal(created.status, 201);
          const deleted = await call(server.url, 'DELETE', `/oldest1/events/${created.body.event.id}`, { token: login.body.token });
          assert.equal(deleted.status, 200);
        }
        await firstCalls(servers[0]);
      } finally {
        for (const server of servers) await server.stop();
      }
    });
  });
}

/** Of a user who registers, as README has them, with what reads and changes events in other ways. */
async function firstCalls (server) {
  const user = await userWithStream(server);
  const event = n => ({ method: 'events.create', params: { streamIds: ['log'], type: n % 2 ? 'note/txt' : 'mass/kg', content: n % 2 ? `${n}` : n, time: n } });
  const { body: { results } } = await call(server.url, 'POST', user.path, { token: user.token, body: [1, 2, 3, 4].map(event) });
  const ids = results.map(result => result.event.id);
  const changed = await call(server.url, 'PUT', `${user.path}/events/${ids[2]}`, { token: user.token, body: { content: 'three' } });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  await call(server.url, 'DELETE', `${user.path}/events/${ids[0]}`, { token: user.token }); // into the trash
  const query = async parameters => (await call(server.url, 'GET', `${user.path}/events?${parameters}`, { token: user.token })).body.events?.map(found => found.content);
  assert.deepEqual(await query('streams[]=log'), [4, 'three', 2]);
  assert.deepEqual(await query('types[]=note/*&state=all&sortAscending=true'), ['1', 'three']);
  assert.deepEqual(await query('fromTime=2&toTime=3.5&limit=1&skip=1'), [2]);
  const again = await call(server.url, 'POST', '/users', { body: { appId: 'pryvd-tests', username: user.username, password: user.password, email: `other-${user.username}@example.com`, language: 'en', invitationToken: 'enjoy' } });
  assert.equal(again.status, 409, 'a name is taken once');
}

describe('connections under TLS', { skip: why ?? false }, () => {
  let postgres, certificate, other;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  const key = 'storages.engines.postgresql.parameters';
  const parameters = text => ({ [key]: `host=localhost hostaddr=127.0.0.1 ${text}` });

  /** The server's start with these settings; it does not wait for a database. */
  function check (set) {
    const dataDir = fs.mkdtempSync(path.join(folder, 'data-'));
    return spawnSync(pryvd, ['--data-dir', dataDir, '--check', ...Object.entries({ ...postgres.serverSettings(), 'storages.engines.postgresql.startSeconds': 0, ...set }).flatMap(([name, value]) => ['--set', `${name}=${value}`])], { encoding: 'utf8', timeout: 30000 });
  }

  before(() => {
    postgres = startPostgres();
    // By the server itself, so that the key is its own.
    const make = name => postgres.run(`COPY (SELECT 1) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${name}.key -out ${name}.crt 2>&1'`);
    make('server');
    make('other');
    certificate = path.join(folder, 'server.crt');
    other = path.join(folder, 'other.crt');
    fs.writeFileSync(certificate, postgres.run("SELECT pg_read_file('server.crt')"));
    fs.writeFileSync(other, postgres.run("SELECT pg_read_file('other.crt')"));
  });
  after(() => {
    postgres?.end();
    fs.rmSync(folder, { recursive: true });
  });

  test('required of a server that has none: the start fails and says so', () => {
    const end = check(parameters('sslmode=require'));
    assert.equal(end.status, 1);
    assert.match(end.stderr, /cannot be reached: .*server does not support SSL/);
  });

  test('with the certificate that the operator names, every connection is under TLS', async () => {
    postgres.run('ALTER SYSTEM SET ssl = on');
    postgres.stop('fast');
    postgres.again();
    const server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings(), ...parameters(`sslmode=verify-full sslrootcert=${certificate}`) } });
    try {
      assert.equal((await call(server.url, 'GET', '/nobody/events', { token: 'x' })).status, 404);
      assert.equal(postgres.run("SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'pryvd'"), 't');
    } finally {
      await server.stop();
    }
  });

  test('with another certificate, or of another host: the start fails and says so', () => {
    const unknown = check(parameters(`sslmode=verify-full sslrootcert=${other}`));
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /cannot be reached: .*certificate verify failed/);
    const elsewhere = check({ [key]: `host=db.example.com hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=${certificate}` });
    assert.equal(elsewhere.status, 1);
    assert.match(elsewhere.stderr, /cannot be reached: .*does not match host name "db\.example\.com"/);
  });
});
