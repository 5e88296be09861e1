// Stream queries at random over HTTP: what is answered is what the six steps of events.get name when they are followed to the letter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';

const STREAMS = 10;
const EVENTS = 80;
const LEVELS = ['none', 'read', 'create-only', 'contribute', 'manage'];
const reads = level => level === 'read' || level === 'contribute' || level === 'manage';

// xorshift: the same numbers in every run.
let seed = 0x9e3779b9;
function below (n) {
  seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5;
  return (seed >>> 0) % n;
}
const several = (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make);

let server;
before(async () => { server = await startServer({ set: { 'batch.maxCalls': 1000 } }); });
after(async () => { assert.equal((await server.stop()).code, 0, server.log()); });

/** A user with a tree, events, and accesses with permissions; null stands for the user's own token. */
async function makeWorld () {
  const user = await newUser(server.url);
  const batch = calls => call(server.url, 'POST', user.path, { token: user.token, body: calls });
  const streams = Array.from({ length: STREAMS }, (_, i) => ({ id: `s${i}`, parent: below(i + 1) - 1, trashed: below(6) === 0 }));
  await batch(streams.map(s => ({ method: 'streams.create', params: { id: s.id, name: s.id, ...(s.parent >= 0 ? { parentId: `s${s.parent}` } : {}) } })));
  const events = Array.from({ length: EVENTS }, (_, i) => ({ n: i, streams: [...new Set(several(1, 3, () => below(STREAMS)))], trashed: below(8) === 0 }));
  const made = await batch(events.map(e => ({ method: 'events.create', params: { streamIds: e.streams.map(s => `s${s}`), type: 'count/generic', content: e.n, time: e.n, ...(e.trashed ? { trashed: true } : {}) } })));
  assert.equal(made.body.results.filter(r => r.event).length, EVENTS);
  await batch(streams.filter(s => s.trashed).map(s => ({ method: 'streams.delete', params: { id: s.id } })));
  const accesses = [{ token: user.token, entries: null }];
  for (let i = 0; i < 6; i++) {
    const entries = several(0, 5, () => ({ stream: below(STREAMS + 1), level: LEVELS[below(LEVELS.length)] }));
    const { body } = await call(server.url, 'POST', user.path + '/accesses', {
      token: user.token, body: { name: `a${i}`, permissions: entries.map(e => ({ streamId: e.stream === STREAMS ? '*' : `s${e.stream}`, level: e.level })) }
    });
    accesses.push({ token: body.access.token, entries });
  }
  return { user, streams, events, accesses };
}

/** Which events match, step by step. */
function naive (world, access, queries, state) {
  const withTrashed = state !== 'default';
  const own = stream => access.entries.findLast(e => e.stream === stream)?.level;
  const readable = stream => {
    if (!access.entries) return true;
    for (let s = stream; s >= 0; s = world.streams[s].parent) if (own(s)) return reads(own(s));
    return reads(own(STREAMS));
  };
  const isThere = s => withTrashed || !world.streams[s].trashed;
  const branch = (s, cut) => isThere(s)
    ? [s, ...world.streams.flatMap((child, i) => child.parent === s && !cut.includes(`s${i}`) ? branch(i, cut) : [])]
    : [];
  const number = id => Number(id.slice(1).replace('!', ''));
  const of = (id, opposite) => {
    if (opposite.includes(id) || number(id) >= STREAMS) return [];
    return id.endsWith('!') ? [number(id)] : branch(number(id), opposite);
  };
  const entryIds = open => [...new Set((access.entries ?? []).filter(e => e.stream < STREAMS && reads(own(e.stream)) === open).map(e => `s${e.stream}`))];

  const rest = cut => world.streams.flatMap((s, i) => s.parent < 0 && !cut.includes(`s${i}`) ? branch(i, cut) : []);
  if (queries.some(q => q.any[0] !== '*' && q.any.some(id => !readable(number(id))))) return 'forbidden';
  const prepared = queries.map(q => {
    const star = q.any[0] === '*';
    let any, not;
    if (star && (!access.entries || reads(own(STREAMS)))) {
      const all = rest(q.not);
      any = all.filter(readable);
      const closed = entryIds(false).flatMap(id => branch(number(id), []));
      not = [...[...all, ...closed].filter(s => !readable(s)), ...q.not.flatMap(id => of(id, []))];
    } else {
      const anyIds = star ? entryIds(true) : q.any;
      const notIds = [...q.not, ...entryIds(false)];
      any = anyIds.flatMap(id => of(id, notIds));
      not = notIds.flatMap(id => of(id, anyIds));
      if (access.entries && own(STREAMS) && !reads(own(STREAMS))) not.push(...rest(anyIds));
    }
    const allCut = star && (!access.entries || reads(own(STREAMS))) ? q.not : [...q.not, ...entryIds(false)];
    return { any: new Set(any), not: new Set(not), all: (q.all ?? []).map(id => of(id, allCut)).filter(list => list.length) };
  });
  return world.events.filter(e => (state === 'all' || e.trashed === (state === 'trashed')) && prepared.some(q =>
    e.streams.some(s => q.any.has(s)) && !e.streams.some(s => q.not.has(s)) && q.all.every(list => e.streams.some(s => list.includes(s))))).map(e => e.n);
}

const randomId = known => `s${below(STREAMS + (known ? 0 : 1))}${below(4) === 0 ? '!' : ''}`;
function randomQuery () {
  const star = below(4) === 0;
  return {
    any: star ? ['*'] : several(1, 3, () => randomId(true)),
    ...star ? {} : { all: below(2) ? [] : several(0, 2, () => randomId(false)) },
    not: several(0, 2, () => randomId(false))
  };
}

for (let round = 0; round < 6; round++) {
  test(`stream queries at random, world ${round}`, async () => {
    const world = await makeWorld();
    let found = 0;
    for (const access of world.accesses) {
      const questions = Array.from({ length: 40 }, () => ({ streams: several(1, 2, randomQuery), state: ['default', 'default', 'trashed', 'all'][below(4)] }));
      const { status, body } = await call(server.url, 'POST', world.user.path, {
        token: access.token, body: questions.map(q => ({ method: 'events.get', params: { ...q, types: ['count/generic'], limit: 1000, sortAscending: true } }))
      });
      assert.equal(status, 200, JSON.stringify(body));
      questions.forEach((q, i) => {
        const expected = naive(world, access, q.streams, q.state);
        const got = body.results[i].error?.id ?? body.results[i].events.map(e => e.content);
        found += expected.length > 0 && expected !== 'forbidden';
        assert.deepEqual(got, expected, JSON.stringify({ streams: world.streams, entries: access.entries, ...q }));
      });
    }
    assert.ok(found > 40, `only ${found} questions find anything`);
  });
}
