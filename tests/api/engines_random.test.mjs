// One contract, several storages: the same calls at random to a server on SQLite and to one on PostgreSQL, whose answers must be the same but for
// what a server makes up (ids, times). PRYVD_PROPERTY_SECONDS makes the run longer, PRYVD_PROPERTY_SEED repeats one, PRYVD_ENGINES names others:
// sqlite, postgresql, mongodb (a FerretDB).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as ferretdb from '../lib/ferretdb.mjs';
import * as postgres from '../lib/postgres.mjs';
import { asJson, calls, learn, nothing, seriesCalls } from '../lib/random_calls.mjs';
import { random } from '../lib/series.mjs';
import { newUser, startServer } from '../lib/server.mjs';

const SECONDS = Number(process.env.PRYVD_PROPERTY_SECONDS ?? 8);
const FIRST_SEED = process.env.PRYVD_PROPERTY_SEED;
const ROUNDS_OF_A_WORLD = 25;
const CALLS_OF_A_ROUND = 20;
const settings = {
  'cluster.apiWorkers': 1, 'versioning.forceKeepHistory': true, 'accessTracking.isActive': false, 'series.chunkPoints': 16, 'series.mergeChunks': 3,
  'series.eventSeconds': 60 // when the duration of an event follows is a matter of clocks
};

const databases = {
  sqlite: { unavailable: () => null, start: () => ({ settings: () => ({}), end () {} }) },
  postgresql: { unavailable: postgres.unavailable, start () { const db = postgres.startPostgres(); return { settings: () => db.serverSettings(), end: db.end }; } },
  mongodb: { unavailable: ferretdb.unavailable, start () { const db = ferretdb.startFerretdb(); return { settings: () => db.serverSettings(db.newDatabase()), end: db.end }; } }
};
const names = (process.env.PRYVD_ENGINES ?? 'sqlite,postgresql').split(',');
const why = names.map(name => databases[name].unavailable()).find(Boolean) ?? false;

/** An answer as every storage should give it: ids that the server made are numbered as they come, times of the present are one word. */
class Plain {
  ids = new Map();
  constructor (server, user) { this.words = [[server.url, '<server>'], [`127.0.0.1:${server.port}`, '<host>'], [user.username, '<user>'], [user.token, '<token>']]; }

  text (text) {
    for (const [from, to] of this.words) text = text.replaceAll(from, to);
    if (/^EVENT:0:|^ACCESS:0:/.test(text)) return '<integrity>';
    return text.replace(/\b[a-z](?=[a-z]*[0-9])[a-z0-9]{23}\b/g, id => {
      if (id.startsWith('given')) return id;
      if (!this.ids.has(id)) this.ids.set(id, `<id ${this.ids.size}>`);
      return this.ids.get(id);
    });
  }

  value (value, key) {
    if (typeof value === 'string') return this.text(value);
    if (key === 'expires') return '<end>';
    if (typeof value === 'number') return Math.abs(value - Date.now() / 1000) < 3600 && key !== 'content' ? '<now>' : Object.is(value, -0) ? '-0' : value;
    if (Array.isArray(value)) {
      const list = value.map(item => this.value(item, key));
      return ['updatedEvents', 'eventDeletions'].includes(key) ? list.sort((a, b) => a.id < b.id ? -1 : 1) : list; // their order is free, or that of clocks
    }
    if (!value || typeof value !== 'object') return value;
    if (key === 'meta') return '<meta>';
    if (value.type === 'data-quantity/b') value = { ...value, content: '<size>' }; // what an account takes in its storage
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [this.text(name), this.value(item, name)]));
  }
}

/** JSON must be told as JavaScript writes it: numbers, escapes. */
async function ask (url, init) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.headers.get('content-type').includes('json')) return { status: answer.status, body: text };
  const body = JSON.parse(text);
  if (!/"\d+":/.test(text)) assert.equal(text, JSON.stringify(body)); // else its members are in another order
  return { status: answer.status, body };
}

describe(`${names.join(' and ')} answer alike`, { skip: why }, () => {
  const engines = [];
  before(async () => {
    for (const name of names) {
      const database = databases[name].start();
      engines.push({ name, database, server: await startServer({ set: { ...settings, ...database.settings() } }) });
    }
  });
  after(async () => {
    for (const { server, database } of engines) {
      await server.stop();
      database.end();
    }
  });

  /** All engines do one request; `told` is what to say where they differ. */
  async function compare (sides, told, request) {
    const answers = await Promise.all(sides.map(async side => {
      const { status, body } = await request(side);
      return { status, body: side.plain.value(body) };
    }));
    for (let i = 1; i < sides.length; i++) {
      const results = answers.map(answer => answer.body?.results);
      if (Array.isArray(results[0]) && results[0].length === results[i]?.length) {
        results[0].forEach((result, n) => assert.deepEqual(results[i][n], result, `${sides[0].name} (expected) and ${sides[i].name} differ: ${JSON.stringify(told[n])?.slice(0, 2000)}`));
      }
      const message = `${sides[0].name} (expected) and ${sides[i].name} differ: ${JSON.stringify(told)?.slice(0, 2000)}`;
      assert.deepEqual(answers[i], answers[0], message);
      assert.equal(JSON.stringify(answers[i]), JSON.stringify(answers[0]), `${message}: the order of members`);
    }
    return answers[0];
  }

  async function world (seed) {
    const below = random(seed);
    const sides = await Promise.all(engines.map(async ({ name, server }) => {
      const user = await newUser(server.url);
      return { name, server, user, plain: new Plain(server, user) };
    }));
    const send = (side, { method, path, token, body, headers }) => ask(side.server.url + side.user.path + path, {
      method, body: body && asJson(body), headers: { authorization: token ?? side.user.token, ...(body && { 'content-type': 'application/json' }), ...headers }
    });
    const given = nothing(seed);
    let count = 0;
    for (let round = 0; round < ROUNDS_OF_A_WORLD; round++) {
      const batch = Array.from({ length: CALLS_OF_A_ROUND }, () => calls(below, given));
      const token = given.accesses.length && below(3) === 0 ? given.accesses[below(given.accesses.length)] : undefined;
      const { body } = await compare(sides, batch, side => send(side, { method: 'POST', path: '', token, body: batch }));
      batch.forEach((made, i) => learn(given, made, body.results?.[i] ?? {}));
      const requests = seriesCalls(below, given);
      for (const request of requests) await compare(sides, request, side => send(side, request));
      count += batch.length + requests.length;
    }
    return count;
  }

  test('the same calls at random', { timeout: (SECONDS + 120) * 1000 }, async t => {
    const until = Date.now() + SECONDS * 1000;
    let seed = FIRST_SEED ? Number(FIRST_SEED) : Date.now() % 1e9;
    let count = 0;
    do {
      try {
        count += await world(seed);
      } catch (error) {
        error.message = `PRYVD_PROPERTY_SEED=${seed}: ${error.message}`;
        throw error;
      }
      seed++;
    } while (Date.now() < until && !FIRST_SEED);
    t.diagnostic(`${count} calls are answered alike`);
    assert.ok(count > 100, `only ${count} calls`);
  });
});
