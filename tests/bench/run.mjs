#!/usr/bin/env node
// make bench [CASE=events-get]: starts the server, loads it, and prints requests/s, latency to the last byte, and the share of
// the limit of each layer, measured by a bare program in the same run. Never asserted: a bench informs, tests decide.
//   node tests/bench/run.mjs [--case NAME]... [--seconds 5] [--rounds 3] [--json FILE] [--large-account FOLDER] [--storage postgresql|mongodb] [--day 8640]
// On PostgreSQL the bare program is pgbench, with the statements that an event costs there; MongoDB is FerretDB, and has none. There nothing is pinned, for
// the database is not either.
// The generator takes part of the same machine: with two processors it is pinned to the second, servers and bare programs to the first.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startFerretdb } from '../lib/ferretdb.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { call, freePort, newUser, root, sleep, startServer, workersOf } from '../lib/server.mjs';
import { largeAccountCases } from './large_account.mjs';
import { manyUsersCases } from './many_users.mjs';
import { seriesCases } from './series.mjs';

const { values: opt } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
    storage: { type: 'string', default: 'sqlite' },
    day: { type: 'string', default: '86400' }, // seconds of series-day
    'large-account': { type: 'string' } // kept there, so that the next run need not make it again
  }
});
const seconds = Number(opt.seconds);
const rounds = Number(opt.rounds);
const tools = path.join(root, 'build/bench');
const programs = [path.join(root, 'build/pryvd'), path.join(tools, 'load'), ...fs.readdirSync(path.join(root, 'tests/bench')).filter(name => name.endsWith('.c')).map(name => path.join(tools, path.basename(name, '.c')))];
const unbuilt = programs.filter(program => !fs.existsSync(program));
if (unbuilt.length) {
  console.error(`not built: ${unbuilt.map(program => path.relative(root, program)).join(', ')}. \`make bench\` builds them first; \`make bench CASE=get-root\` runs one case.`);
  process.exit(2);
}
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-bench-'));
const results = [];
const postgres = opt.storage === 'postgresql' ? startPostgres() : null;
const engine = postgres ?? (opt.storage === 'mongodb' ? startFerretdb() : null);
process.once('exit', () => {
  engine?.end();
  fs.rmSync(scratch, { recursive: true, force: true });
});
const pinned = os.cpus().length >= 2 && !engine;
let database; // the one of the server that was started last
const onServerSide = command => pinned ? ['taskset', ['-c', '0', ...command]] : [command[0], command.slice(1)];
const onLoadSide = command => pinned ? ['taskset', ['-c', '1', ...command]] : [command[0], command.slice(1)];

function run (command) {
  return new Promise((resolve, reject) => {
    const child = spawn(...command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', text => { out += text; });
    child.once('error', reject);
    child.once('close', () => { try { resolve(JSON.parse(out)); } catch { reject(new Error(`${command[0]} ${command[1]?.join(' ')}: no result`)); } });
  });
}

/** Load an address; options as of load.c. */
const load = (url, where, { connections = 16, time = seconds, count, verb = 'GET', token, body, rate, idle, slow } = {}) => run(onLoadSide([
  path.join(tools, 'load'), '-c', connections, '-d', time, '-m', verb, ...(count ? ['-n', count] : []),
  ...(token ? ['-H', `Authorization: ${token}`] : []), ...(body ? ['-H', 'Content-Type: application/json', ...[body].flat().flatMap(one => ['-b', one])] : []),
  ...(rate ? ['-r', rate] : []), ...(idle ? ['-i', idle] : []), ...(slow ? ['-s', slow] : []),
  '127.0.0.1', new URL(url).port, where].map(String)));

const median = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Rounds of several measures in turn, so that a slow moment of the machine hits all of them; the round with the median of each. */
async function inTurn (...measures) {
  const all = measures.map(() => []);
  for (let i = 0; i < rounds; i++) for (const [k, measure] of measures.entries()) all[k].push(await measure());
  return all.map(list => ({
    ...list.find(one => one.perSecond === median(list.map(each => each.perSecond))),
    spread: [Math.min(...list.map(one => one.perSecond)), Math.max(...list.map(one => one.perSecond))]
  }));
}

function tell (name, result, extra = {}) {
  results.push({ case: name, ...result, ...extra });
  const parts = [];
  if (result?.perSecond !== undefined) parts.push(`${result.perSecond.toFixed(0).padStart(8)} /s`, `p50 ${result.p50?.toFixed(2)} ms`, `p99 ${result.p99?.toFixed(2)} ms`);
  if (result?.spread) parts.push(`(${result.spread.map(n => n.toFixed(0)).join('..')})`);
  if (result?.failed) parts.push(`${result.failed} FAILED`);
  for (const [key, value] of Object.entries(extra)) parts.push(`${key} ${typeof value === 'number' ? +value.toFixed(2) : value}`);
  console.log(`${name.padEnd(22)} ${parts.join('  ')}`);
}

async function bench (set = {}, dataDir = undefined) {
  const [bin, args] = onServerSide([path.join(root, 'build/pryvd')]);
  database = engine?.newDatabase();
  if (engine) set = { ...engine.serverSettings(database), ...set };
  return startServer({ bin, before: args, dataDir, set: { 'cluster.apiWorkers': 1, 'logs.console.level': 'warn', ...set } });
}

/** The peak of a process's memory (VmHWM) counts from here. */
function resetPeak (pid) { fs.writeFileSync(`/proc/${pid}/clear_refs`, '5'); }

/** Memory that is the process's own plus its share of what it has in common, in MB. */
function memory (pid, field = 'VmRSS') {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
const cpuSeconds = pid => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;

async function bareHttp (file) {
  const port = await freePort();
  const child = spawn(...onServerSide([path.join(tools, 'bare_http'), String(port), ...(file ? [file] : [])]), { stdio: 'inherit' });
  await sleep(300);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => child.kill() };
}

async function withUser (fn, set) {
  const server = await bench(set);
  try {
    const user = await newUser(server.url);
    const made = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'bench', name: 'Bench' } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    const [worker] = workersOf(server.pid);
    return await fn({ server, user, worker });
  } finally {
    await server.stop();
  }
}

async function seed (server, user, count, content = 'an entry of about forty-five characters, yes') {
  for (let done = 0; done < count; done += 500) {
    const calls = Array.from({ length: Math.min(500, count - done) }, (_, i) => ({
      method: 'events.create', params: { streamIds: ['bench'], type: 'note/txt', content, time: 1700000000 + done + i }
    }));
    const { status, body } = await call(server.url, 'POST', user.path, { token: user.token, body: calls });
    if (status !== 200 || body.results.some(result => result.error)) throw new Error(`seed: ${status} ${JSON.stringify(body).slice(0, 300)}`);
  }
}

const create = JSON.stringify({ type: 'note/txt', streamIds: ['bench'], content: 'an entry of about forty-five characters, {n}' });

/** The last user's database that the server wrote, and what its tables and its synchronous are called. */
function userDatabase (dataDir) {
  return execFileSync('find', [dataDir, '-name', '*.db', '-printf', '%s %p\n'], { encoding: 'utf8' }).trim().split('\n')
    .map(line => /^(\d+) (.*)$/.exec(line)).sort((a, b) => Number(b[1]) - Number(a[1])).map(match => match[2])
    .find(file => /\bCREATE TABLE events?\b/i.test(execFileSync('sqlite3', [file, '.schema'], { encoding: 'utf8' })));
}

const pgBin = postgres && execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();

/** A statement for so many clients of pgbench, prepared, as often as it can. {n} is a number of chance, {user} the number of a user in the database. */
function pgbench (sql, user, clients = 16) {
  const script = path.join(scratch, 'pgbench.sql');
  const number = postgres.run(`SELECT number FROM users WHERE username = '${user.username}'`, database);
  fs.writeFileSync(script, '\\set n random(1, 1000000000000)\n' + sql.replaceAll('{user}', number).replaceAll('{n}', ':n').replace(/\s+/g, ' ') + ';\n');
  const out = execFileSync('pgbench', ['-h', '127.0.0.1', '-p', String(postgres.port), '-U', 'pryv', '-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', script, database],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, PATH: `${process.env.PATH}:${pgBin}` } });
  return { perSecond: Number(/^tps = ([0-9.]+)/m.exec(out)[1]) };
}

/** Without an index more or less: the row of an event, and its link. */
const insertOne = `WITH e AS (INSERT INTO events (user_number, id, stream_ids_json, time, running, type, content_json, trashed, created, created_by, modified, modified_by, integrity)
  VALUES ({user}, int8send({n}::bigint) || int8send({n}::bigint * 7), '["bench"]', 1700000000.0 + {n}::bigint % 1000000, false, 'note/txt', '"an entry of about forty-five characters, yes"', false, 1700000000, 'cabcdefghijklmnopqrstuvwxy', 1700000000, 'cabcdefghijklmnopqrstuvwxy',
  'EVENT-0-sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=') RETURNING id, time)
  INSERT INTO event_streams (user_number, stream_id, time, event_id) SELECT {user}, 'bench', time, id FROM e`;
const selectTwenty = "SELECT * FROM events WHERE user_number = {user} AND deleted IS NULL AND head_id IS NULL AND NOT trashed ORDER BY time DESC, id DESC LIMIT 20";

const cases = {
  async 'get-root' () {
    const server = await bench();
    const bare = await bareHttp();
    const [ours, limit] = await inTurn(() => load(server.url, '/'), () => load(bare.url, '/'));
    tell('get-root', ours, { bare: limit.perSecond, ratio: ours.perSecond / limit.perSecond });
    bare.stop();
    await server.stop();
  },

  async 'events-create' () {
    await withUser(async ({ server, user }) => {
      await load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create, time: 0.5 });
      if (postgres) {
        const [ours, limit] = await inTurn(() => load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create }), () => pgbench(insertOne, user));
        tell('events-create', ours, { pgbench: limit.perSecond, ratio: ours.perSecond / limit.perSecond });
        return;
      }
      if (engine) return tell('events-create', await load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create }));
      const copy = path.join(scratch, 'source.db');
      execFileSync('sqlite3', [userDatabase(server.dataDir), `.backup ${copy}`]);
      let turn = 0;
      const bare = () => run(onServerSide([path.join(tools, 'bare_insert'), copy, path.join(server.dataDir, `bare-${turn++}.db`), String(seconds), 'FULL', ...bareTables(copy)]));
      const [ours, limit] = await inTurn(() => load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create }), bare);
      tell('events-create', ours, { bare: limit.perSecond, ratio: ours.perSecond / limit.perSecond });
    });
  },

  async 'events-create-users' () {
    const server = await bench();
    const users = await Promise.all(Array.from({ length: 4 }, () => newUser(server.url)));
    for (const user of users) await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'bench', name: 'Bench' } });
    const all = await Promise.all(users.map(user => load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create, connections: 4 })));
    tell('events-create-users', { perSecond: all.reduce((sum, one) => sum + one.perSecond, 0), p50: median(all.map(one => one.p50)), p99: Math.max(...all.map(one => one.p99)), failed: all.reduce((sum, one) => sum + one.failed, 0) }, { users: 4 });
    await server.stop();
  },

  async 'batch-create' () {
    await withUser(async ({ server, user }) => {
      for (const [calls, connections] of [[10, 16], [1000, 1], [1000, 4]]) {
        const body = '@' + path.join(scratch, 'batch.json');
        fs.writeFileSync(body.slice(1), JSON.stringify(Array.from({ length: calls }, () => ({ method: 'events.create', params: JSON.parse(create) }))));
        const result = await load(server.url, user.path, { verb: 'POST', token: user.token, body, connections });
        tell('batch-create', result, { calls, connections, 'events/s': result.perSecond * calls });
      }
    });
  },

  async 'events-get' () {
    await withUser(async ({ server, user, worker }) => {
      await seed(server, user, 10000);
      const where = `${user.path}/events?limit=10000`;
      const whole = await (await fetch(server.url + where, { headers: { authorization: user.token } })).arrayBuffer();
      const file = path.join(scratch, 'answer.json');
      fs.writeFileSync(file, Buffer.from(whole));
      const bare = await bareHttp(file);
      const cost = async (pid, fn) => { const before = cpuSeconds(pid); const result = await fn(); return { ...result, mbPerCore: result.bytes / 1e6 / Math.max(0.01, cpuSeconds(pid) - before) }; };
      const [ours, limit] = await inTurn(
        () => cost(worker, () => load(server.url, where, { token: user.token, connections: 2 })),
        () => cost(bare.pid, () => load(bare.url, '/bytes', { connections: 2 })));
      tell('events-get', ours, { 'MB/s': ours.bytes / 1e6 / ours.seconds, 'MB/s/core': ours.mbPerCore, 'bare MB/s/core': limit.mbPerCore, ratio: ours.mbPerCore / limit.mbPerCore });
      bare.stop();
    });
  },

  async 'events-get-20' () {
    await withUser(async ({ server, user }) => {
      await seed(server, user, 5000);
      postgres?.run('ANALYZE', database);
      const ours = () => load(server.url, `${user.path}/events?limit=20`, { token: user.token });
      if (!postgres) return tell('events-get-20', await ours());
      const [result, limit] = await inTurn(ours, () => pgbench(selectTwenty, user));
      tell('events-get-20', result, { pgbench: limit.perSecond, ratio: result.perSecond / limit.perSecond });
    });
  },

  async 'events-get-100' () {
    await withUser(async ({ server, user }) => {
      await seed(server, user, 5000);
      tell('events-get-100', await load(server.url, `${user.path}/events?limit=100`, { token: user.token }));
      tell('events-get-stream', await load(server.url, `${user.path}/events?streams[]=bench&limit=100`, { token: user.token }));
      tell('events-get-time', await load(server.url, `${user.path}/events?fromTime=1700001000&toTime=1700002000&limit=100`, { token: user.token }));
    });
  },

  async streams () {
    await withUser(async ({ server, user }) => {
      for (let i = 0; i < 68; i++) await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: `s${i}`, name: `Stream ${i}`, parentId: i % 4 ? `s${i - 1}` : undefined } });
      tell('streams-get', await load(server.url, `${user.path}/streams`, { token: user.token }));
      tell('streams-create', await load(server.url, `${user.path}/streams`, { verb: 'POST', token: user.token, body: '{"id":"n{n}","name":"New {n}"}', time: 2 }));
      tell('streams-update', await load(server.url, `${user.path}/streams/s0`, { verb: 'PUT', token: user.token, body: '{"name":"Renamed {n}"}', time: 2 }));
    });
  },

  async 'access-info' () {
    await withUser(async ({ server, user }) => tell('access-info', await load(server.url, `${user.path}/access-info`, { token: user.token })));
  },

  async memory () {
    await withUser(async ({ server, user }) => {
      await sleep(300);
      const fresh = await bench();
      await sleep(500);
      tell('memory at rest', null, { 'MB/worker': memory(workersOf(fresh.pid)[0]) });
      await fresh.stop();
      const [worker] = workersOf(server.pid);
      await seed(server, user, 30000);
      await load(server.url, `${user.path}/events?limit=10`, { token: user.token, connections: 2, time: 1 });
      resetPeak(worker);
      const before = memory(worker);
      await load(server.url, `${user.path}/events?limit=30000`, { token: user.token, connections: 1, time: 2 });
      tell('memory streaming', null, { 'peak MB over rest, 1 request': memory(worker, 'VmHWM') - before });
      resetPeak(worker);
      await load(server.url, `${user.path}/events?limit=30000`, { token: user.token, connections: 8, time: 2 });
      tell('memory streaming', null, { 'peak MB over rest, 8 requests': memory(worker, 'VmHWM') - before });
    });
  },

  async 'idle-connections' () {
    const server = await bench({ 'http.maxConnections': 12000, 'http.idleTimeoutMs': 60000 });
    const [worker] = workersOf(server.pid);
    const before = memory(worker);
    const holding = load(server.url, '/', { connections: 4, idle: 10000, time: 5, rate: 200 });
    await sleep(4000);
    tell('idle-connections', null, { 'connections held': fs.readdirSync(`/proc/${worker}/fd`).length, 'MB before': before, 'MB with them': memory(worker) });
    tell('  others meanwhile', await holding);
    await server.stop();
  },

  async 'slow-clients' () {
    await withUser(async ({ server, user }) => {
      await seed(server, user, 1000);
      const others = slow => load(server.url, `${user.path}/events?limit=20`, { token: user.token, connections: 8, rate: 400, time: 5, slow });
      const without = await others(0);
      const withThem = await others(500);
      tell('slow-clients', withThem, { 'p99 without': without.p99, factor: withThem.p99 / without.p99 });
    });
  },

  async 'json-write' () {
    const [ours] = await inTurn(() => run(onServerSide([path.join(tools, 'json_write'), String(seconds / 4)])));
    tell('json-write', null, {
      'MB/s': ours.mbPerSecond,
      'copy MB/s': ours.copyMbPerSecond,
      ...Object.fromEntries(Object.entries(ours.nsPerNumber).map(([kind, ns]) => [`ns per number (${kind})`, ns]))
    });
  },

  async startup () {
    const times = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      const server = await startServer({ bin: path.join(root, 'build/pryvd') });
      times.push(performance.now() - started);
      await server.stop();
    }
    tell('startup', null, { 'ms to the first answer': median(times), workers: os.cpus().length });
  },

  async login () {
    const server = await bench();
    const user = await newUser(server.url);
    const body = JSON.stringify({ username: user.username, password: user.password, appId: 'pryvd-tests' });
    const result = await run(onLoadSide([path.join(tools, 'load'), '-c', '4', '-d', String(seconds), '-m', 'POST', '-H', 'Origin: http://127.0.0.1:3000',
      '-H', 'Content-Type: application/json', '-b', body, '127.0.0.1', String(server.port), `${user.path}/auth/login`]));
    tell('login', result);
    await server.stop();
  },

  ...seriesCases({ bench, withUser, load, tell, inTurn, cpuSeconds, create, postgres, database: () => database, userDatabase, scratch, day: Number(opt.day) }),
  ...manyUsersCases({ bench, load, tell, median, rounds, settle: async () => { postgres?.run('VACUUM ANALYZE', database); await sleep(2000); } }),
  ...largeAccountCases({ bench, load, tell, memory, resetPeak, cpuSeconds, rounds, median, kept: opt['large-account'], scratch })
};

/** The tables that one event is a row of, with the column that holds its id, as bare_insert wants them. */
function bareTables (file) {
  const tables = execFileSync('sqlite3', [file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'event%'"], { encoding: 'utf8' }).trim().split('\n');
  return tables.flatMap(table => {
    const columns = execFileSync('sqlite3', [file, `SELECT name FROM pragma_table_info('${table}')`], { encoding: 'utf8' }).trim().split('\n');
    const rows = Number(execFileSync('sqlite3', [file, `SELECT count(*) FROM "${table}"`], { encoding: 'utf8' }));
    const id = ['event_id', 'id', 'event'].find(name => columns.includes(name));
    return rows && id ? [`${table}:${id}`] : [];
  });
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} processors, ${(os.totalmem() / 2 ** 30).toFixed(0)} GB; ${execFileSync(path.join(root, 'build/pryvd'), ['--version'], { encoding: 'utf8' }).trim()}`);
console.log(`${rounds} rounds of ${seconds} s where there is a ratio; one worker; ${postgres ? 'PostgreSQL' : engine ? 'FerretDB, its data in memory,' : 'SQLite'} with its shipped settings\n`);
let failed = false;
for (const [name, fn] of Object.entries(cases)) {
  if (opt.case.length && !opt.case.some(wanted => name === wanted)) continue;
  try { await fn(); } catch (error) { failed = true; console.log(`${name.padEnd(22)} FAILED: ${error.message}`); }
}
if (opt.json) fs.writeFileSync(opt.json, JSON.stringify(results, null, 1));
process.exit(failed ? 1 : 0);
