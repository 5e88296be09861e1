// Streams, events, files and accesses in random sequences, beside a simple model that is asked the same: every answer must agree, and every
// integrity is computed a second time, by other code. PRYVD_PROPERTY_SECONDS makes the run longer, PRYVD_PROPERTY_SEED repeats one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';
import { eventIntegrity, fileIntegrity } from '../conformance/suites/data/_helpers.mjs';

const SECONDS = Number(process.env.PRYVD_PROPERTY_SECONDS ?? 40);
const FIRST_SEED = process.env.PRYVD_PROPERTY_SEED;
const STEPS_OF_A_WORLD = 400;
const TYPES = ['note/txt', 'count/generic', 'file/attached'];
const LEVELS = ['none', 'read', 'create-only', 'contribute', 'manage'];
const reads = level => level === 'read' || level === 'contribute' || level === 'manage';

let server;
before(async () => { server = await startServer({ set: { 'versioning.forceKeepHistory': true } }); });
after(async () => assert.equal((await server.stop()).code, 0, server.log()));

/** The same numbers for the same seed (mulberry32). */
function chance (seed) {
  let state = seed >>> 0;
  const below = n => {
    state = state + 0x6d2b79f5 >>> 0;
    let x = Math.imul(state ^ state >>> 15, state | 1);
    x ^= x + Math.imul(x ^ x >>> 7, x | 61);
    return ((x ^ x >>> 14) >>> 0) % n;
  };
  const pick = list => list[below(list.length)];
  return { below, pick, oneIn: n => below(n) === 0, some: (list, most) => list.length ? [...new Set(Array.from({ length: 1 + below(most) }, () => pick(list)))] : [] };
}

/** What there should be: streams {id, name, parentId, trashed}, events as the API shows them, with `history` beside. */
class Model {
  streams = new Map();
  events = new Map();
  deleted = new Set();
  accesses = [];

  children (id) { return [...this.streams.values()].filter(stream => stream.parentId === id).map(stream => stream.id); }
  branch (id) { return [id, ...this.children(id).flatMap(child => this.branch(child))]; }
  isIn (id, above) { return this.branch(above).includes(id); }
  nameTaken (name, parentId, except) { return [...this.streams.values()].some(stream => stream.id !== except && stream.parentId === parentId && stream.name === name); }
  eventsIn (ids) { return [...this.events.values()].filter(event => event.streamIds.some(id => ids.includes(id))); }

  keepVersion (event) { event.history.push(JSON.parse(JSON.stringify(seen(event)))); }
  forget (event) { this.events.delete(event.id); this.deleted.add(event.id); }

  removeBranch (top, merge) {
    const { parentId } = this.streams.get(top);
    const gone = this.branch(top);
    const updated = this.eventsIn(gone).map(event => {
      const left = event.streamIds.filter(id => !gone.includes(id));
      if (merge && !left.includes(parentId)) left.push(parentId);
      if (left.length === 0) { this.forget(event); return { id: event.id, action: 'deleted' }; }
      this.keepVersion(event);
      event.streamIds = left;
      return { id: event.id, action: merge ? 'mergedToParent' : 'updatedStreamIds' };
    });
    for (const id of gone) this.streams.delete(id);
    return updated;
  }

  /** The level of an access (null: the owner's own) on a stream. */
  level (access, id) {
    if (!access) return 'manage';
    for (let at = id; at; at = this.streams.get(at).parentId) if (access.permissions.has(at)) return access.permissions.get(at);
    return access.permissions.get('*') ?? 'none';
  }

  /** The streams of a list of ids; branches that `opposite` names are cut, trashed ones too unless they are asked for. */
  expand (ids, opposite, withTrashed) {
    const down = id => this.streams.get(id).trashed && !withTrashed ? [] : [id, ...this.children(id).filter(child => !opposite.includes(child)).flatMap(down)];
    return ids.filter(id => !opposite.includes(id)).flatMap(down);
  }

  /** A list of event ids, or the id of the error. */
  query (access, { streams, types, state, fromTime, toTime, sortAscending, skip, limit }, now) {
    const withTrashed = state !== 'default';
    const entries = access ? [...access.permissions.keys()].filter(id => this.streams.has(id)) : [];
    const closed = entries.filter(id => !reads(access.permissions.get(id)));
    // An entry * that does not read closes all branches but those that are asked for.
    const branches = access?.permissions.has('*') && !reads(access.permissions.get('*')) ? this.children(null) : [];
    let any, not = [];
    if (streams) {
      if (streams.some(id => this.streams.has(id) && !reads(this.level(access, id)))) return 'forbidden';
      if (streams.some(id => !this.streams.has(id))) return 'unknown-referenced-resource';
      any = this.expand(streams, closed, withTrashed);
      not = this.expand([...closed, ...branches], streams, withTrashed);
    } else if (!access || reads(access.permissions.get('*'))) {
      const all = this.expand(this.children(null), [], withTrashed);
      any = all.filter(id => reads(this.level(access, id)));
      not = [...all, ...this.expand(closed, [], withTrashed)].filter(id => !reads(this.level(access, id)));
    } else {
      const open = entries.filter(id => reads(access.permissions.get(id)));
      any = this.expand(open, closed, withTrashed);
      not = this.expand([...closed, ...branches], open, withTrashed);
    }
    const inTime = event => {
      if (fromTime === undefined) return true;
      const end = event.duration === null ? (fromTime <= now - 5 && toTime >= now - 5 ? Infinity : -Infinity) : event.time + (event.duration ?? 0);
      return event.time <= toTime && end >= fromTime;
    };
    return [...this.events.values()]
      .filter(event => event.streamIds.some(id => any.includes(id)) && !event.streamIds.some(id => not.includes(id)))
      .filter(event => types.includes(event.type) && (state === 'all' || (event.trashed === true) === (state === 'trashed')) && inTime(event))
      .sort((a, b) => sortAscending ? a.time - b.time : b.time - a.time)
      .slice(skip, skip + limit).map(event => event.id);
  }
}

/** Of an event, what the model knows. */
function seen ({ id, streamIds, type, time, duration, content, description, clientData, trashed, attachments }) {
  return { id, streamIds, type, time, duration, content, description, clientData, trashed, files: attachments?.map(({ id, fileName, size, integrity }) => ({ id, fileName, size, integrity })) };
}

class World {
  constructor (user, random) {
    Object.assign(this, { user, random, model: new Model(), log: [], clock: 1_000_000, files: new Map() });
  }

  async ask (method, path, { body, token = this.user.token, form } = {}) {
    this.log.push(`${method} ${path} ${form ? '(files)' : JSON.stringify(body) ?? ''}`);
    if (!form) return call(server.url, method, this.user.path + path, { token, body });
    const answer = await fetch(server.url + this.user.path + path, { method, headers: { authorization: token }, body: form });
    return { status: answer.status, body: await answer.json() };
  }

  /** The answer is an error of this id, or has this status. */
  expect ({ status, body }, wanted) {
    const got = body.error?.id ?? status;
    assert.equal(got, wanted, JSON.stringify(body));
    return body;
  }

  /** An event as answered: as the model has it, with the hash of what it is. */
  check (event, expected) {
    assert.deepEqual(JSON.parse(JSON.stringify(seen(event))), JSON.parse(JSON.stringify(seen(expected))));
    assert.equal(event.integrity, eventIntegrity(event), `integrity of ${JSON.stringify(event)}`);
  }

  someStream () { return this.random.pick([...this.model.streams.keys()]); }
  someEvent () { return this.random.pick([...this.model.events.values()]); }
  openStreams () { return [...this.model.streams.values()].filter(stream => !stream.trashed).map(stream => stream.id); }
  nextTime () { return this.clock += 1 + this.random.below(1000) / 8; }

  // ---- Streams

  async streamCreate () {
    const { random, model } = this;
    const parentId = model.streams.size && !random.oneIn(4) ? this.someStream() : null;
    const id = random.oneIn(15) && model.streams.size ? this.someStream() : `s${random.below(60)}`;
    const name = `n${random.below(40)}`;
    const answer = await this.ask('POST', '/streams', { body: { id, name, ...(parentId ? { parentId } : {}) } });
    if (parentId && model.streams.get(parentId).trashed) this.expect(answer, 'invalid-operation');
    else if (model.streams.has(id) || model.nameTaken(name, parentId)) this.expect(answer, 'item-already-exists');
    else {
      this.expect(answer, 201);
      model.streams.set(id, { id, name, parentId, trashed: false });
    }
  }

  /** So many that a query for all but a few is told by the few. */
  async manyStreams () {
    const list = Array.from({ length: 90 }, (_, i) => ({ id: `s${60 + i}`, name: `many${i}`, parentId: i % 10 ? `s${60 + i - i % 10}` : null, trashed: false }));
    const { results } = this.expect(await this.ask('POST', '', {
      body: list.map(({ id, name, parentId }) => ({ method: 'streams.create', params: { id, name, ...(parentId ? { parentId } : {}) } }))
    }), 200);
    list.forEach((stream, i) => { assert.equal(results[i].stream?.id, stream.id); this.model.streams.set(stream.id, stream); });
    for (let i = 0; i < 40; i++) await this.eventCreate();
  }

  async streamUpdate () {
    const { random, model } = this;
    const stream = model.streams.get(this.someStream());
    const update = {};
    if (random.oneIn(2)) update.name = `n${random.below(40)}`;
    if (random.oneIn(2)) update.parentId = random.oneIn(4) ? null : this.someStream();
    if (random.oneIn(4)) update.trashed = random.oneIn(3);
    const parentId = update.parentId === undefined ? stream.parentId : update.parentId;
    const moves = parentId !== stream.parentId;
    const answer = await this.ask('PUT', `/streams/${stream.id}`, { body: update });
    if (parentId === stream.id || (moves && parentId && (model.streams.get(parentId).trashed || model.isIn(parentId, stream.id)))) return this.expect(answer, 'invalid-operation');
    if (model.nameTaken(update.name ?? stream.name, parentId, stream.id)) return this.expect(answer, 'item-already-exists');
    this.expect(answer, 200);
    Object.assign(stream, update, { parentId });
  }

  async streamDelete () {
    const { random, model } = this;
    const stream = model.streams.get(this.someStream());
    const merge = random.pick([undefined, true, false]);
    const answer = await this.ask('DELETE', `/streams/${stream.id}${merge === undefined ? '' : `?mergeEventsWithParent=${merge}`}`);
    if (!stream.trashed) {
      assert.equal(this.expect(answer, 200).stream.trashed, true);
      stream.trashed = true;
      return;
    }
    if (merge && !stream.parentId) return this.expect(answer, 'invalid-operation');
    if (merge === undefined && model.eventsIn(model.branch(stream.id)).length) return this.expect(answer, 'invalid-parameters-format');
    const { updatedEvents, streamDeletion } = this.expect(answer, 200);
    const byId = (a, b) => a.id < b.id ? -1 : 1;
    assert.deepEqual(streamDeletion, { id: stream.id });
    assert.deepEqual(updatedEvents.sort(byId), model.removeBranch(stream.id, merge).sort(byId));
  }

  // ---- Events

  someContent (type) {
    if (type === 'count/generic') return this.random.below(2000) / 16;
    return type === 'note/txt' ? this.random.pick(['', 'plain', 'é "q" \\ \u2028\u0001 𝄞', '\u0000', 'x'.repeat(3000)]) : undefined;
  }

  async eventCreate (withFiles = false) {
    const { random, model } = this;
    const streamIds = random.oneIn(12) ? random.some([...model.streams.keys(), 'nowhere'], 3) : random.some(this.openStreams(), 3);
    if (!streamIds.length) return;
    const type = random.pick(TYPES);
    const event = { streamIds, type, time: this.nextTime() };
    if (this.someContent(type) !== undefined) event.content = this.someContent(type);
    if (random.oneIn(3)) event.duration = random.pick([null, random.below(5000) / 4 + 0.25]);
    if (random.oneIn(5)) event.description = 'described';
    if (random.oneIn(5)) event.clientData = { 'app:x': { b: null, a: [1, null, 2.5] }, Z: true };
    if (random.oneIn(12)) event.trashed = true;
    const form = withFiles ? this.someFiles(event) : undefined;
    const answer = await this.ask('POST', '/events', { body: event, form: form?.body });
    if (streamIds.includes('nowhere')) return this.expect(answer, 'unknown-referenced-resource');
    if (streamIds.some(id => model.streams.get(id).trashed)) return this.expect(answer, 'invalid-operation');
    this.keep(this.expect(answer, 201).event, { ...event, history: [] }, form);
  }

  someFiles (event) {
    const body = new FormData();
    const sent = Array.from({ length: 1 + this.random.below(2) }, (_, i) => Buffer.alloc(this.random.below(5000), `${this.clock}-${i}`));
    if (event) body.append('event', JSON.stringify(event));
    sent.forEach((bytes, i) => body.append('file', new Blob([bytes], { type: 'text/plain' }), `f${i}.txt`));
    return { body, sent };
  }

  /** The answer to a write: the model takes its ids over, and must agree in all else. */
  keep (answered, event, form) {
    event.id = answered.id;
    form?.sent.forEach((bytes, i) => {
      const at = (event.attachments ??= []).length;
      const { id } = answered.attachments[at];
      event.attachments.push({ id, fileName: `f${i}.txt`, size: bytes.length, integrity: fileIntegrity(bytes) });
      this.files.set(id, bytes);
    });
    this.check(answered, event);
    this.model.events.set(event.id, event);
  }

  async eventUpdate () {
    const { random, model } = this;
    const event = this.someEvent();
    if (!event) return;
    const update = {};
    if (random.oneIn(2) && event.content !== undefined) update.content = this.someContent(event.type);
    if (random.oneIn(3)) update.time = this.nextTime();
    if (random.oneIn(4)) update.duration = random.pick([null, 0, 12.5]);
    if (random.oneIn(4)) update.description = random.pick([null, 'other']);
    if (random.oneIn(4)) update.clientData = random.pick([null, { Z: null, more: 1 }]);
    if (random.oneIn(6)) update.trashed = random.oneIn(2);
    if (random.oneIn(3)) update.streamIds = random.some(this.openStreams(), 3);
    if (update.streamIds?.length === 0) delete update.streamIds;
    const answer = await this.ask('PUT', `/events/${event.id}`, { body: update });
    this.expect(answer, 200);
    model.keepVersion(event);
    const { clientData, ...rest } = update;
    Object.assign(event, rest);
    if (clientData === null) delete event.clientData;
    else if (clientData) event.clientData = Object.fromEntries(Object.entries({ ...event.clientData, ...clientData }).filter(([, value]) => value !== null));
    if (event.description === null) delete event.description;
    if (event.duration === 0) delete event.duration;
    if (event.trashed === false) delete event.trashed;
    this.check(answer.body.event, event);
  }

  async eventDelete () {
    const event = this.someEvent();
    if (!event) return;
    const answer = this.expect(await this.ask('DELETE', `/events/${event.id}`), 200);
    if (event.trashed) {
      assert.deepEqual(answer.eventDeletion, { id: event.id });
      return this.model.forget(event);
    }
    this.model.keepVersion(event);
    event.trashed = true;
    this.check(answer.event, event);
  }

  async filesAdd () {
    const event = this.someEvent();
    if (!event) return;
    const form = this.someFiles();
    const answer = this.expect(await this.ask('POST', `/events/${event.id}`, { form: form.body }), 200);
    this.model.keepVersion(event);
    this.keep(answer.event, event, form);
  }

  eventWithFiles () { return this.random.pick([...this.model.events.values()].filter(event => event.attachments?.length)); }

  async fileDelete () {
    const event = this.eventWithFiles();
    if (!event) return;
    const file = this.random.pick(event.attachments);
    const answer = this.expect(await this.ask('DELETE', `/events/${event.id}/${file.id}`), 200);
    this.model.keepVersion(event);
    event.attachments = event.attachments.filter(other => other !== file);
    if (!event.attachments.length) delete event.attachments;
    this.check(answer.event, event);
    this.expect(await this.ask('GET', `/events/${event.id}/${file.id}`), 'unknown-resource');
  }

  async fileRead () {
    const event = this.eventWithFiles();
    if (!event) return;
    const file = this.random.pick(event.attachments);
    const answer = await fetch(`${server.url}${this.user.path}/events/${event.id}/${file.id}`, { headers: { authorization: this.user.token } });
    assert.equal(answer.status, 200);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(this.files.get(file.id)));
  }

  // ---- Reading

  async accessCreate () {
    const { random, model } = this;
    if (model.accesses.length >= 12) return;
    const permissions = new Map(random.some([...model.streams.keys(), '*'], 5).map(id => [id, random.pick(LEVELS)]));
    const { access } = this.expect(await this.ask('POST', '/accesses', {
      body: { name: `a${model.accesses.length}`, permissions: [...permissions].map(([streamId, level]) => ({ streamId, level })) }
    }), 201);
    model.accesses.push({ token: access.token, permissions });
  }

  someAccess () { return this.random.pick([null, ...this.model.accesses]); }

  async query () {
    const { random, model } = this;
    const access = this.someAccess();
    const params = {
      types: random.oneIn(2) ? TYPES : random.some(TYPES, 2),
      state: random.pick(['default', 'default', 'trashed', 'all']),
      sortAscending: random.oneIn(2),
      skip: random.oneIn(3) ? random.below(10) : 0,
      limit: random.oneIn(3) ? random.below(20) : 10000
    };
    if (random.oneIn(2) && model.streams.size) params.streams = random.some([...model.streams.keys()], 3);
    if (random.oneIn(2)) {
      params.fromTime = 1_000_000 + random.below(Math.ceil(this.clock - 1_000_000) + 1);
      params.toTime = random.oneIn(4) ? 9e9 : params.fromTime + random.below(5000);
    }
    const answer = await this.ask('POST', '', { token: access?.token, body: [{ method: 'events.get', params }] });
    const [result] = this.expect(answer, 200).results;
    const wanted = model.query(access, params, Date.now() / 1000);
    const told = JSON.stringify({ permissions: access && [...access.permissions], params });
    assert.deepEqual(result.error?.id ?? result.events.map(event => event.id), wanted, told);
    for (const event of result.events ?? []) this.check(event, model.events.get(event.id));
  }

  async getOne () {
    const { random, model } = this;
    const gone = model.deleted.size && random.oneIn(6);
    const event = gone ? { id: random.pick([...model.deleted]) } : this.someEvent();
    if (!event) return;
    const access = this.someAccess();
    const answer = await this.ask('GET', `/events/${event.id}?includeHistory=true`, { token: access?.token });
    if (gone) {
      assert.deepEqual(Object.keys(this.expect(answer, 200).event).filter(key => key !== 'integrity').sort(), ['deleted', 'id']);
      return;
    }
    if (!event.streamIds.some(id => reads(model.level(access, id)))) return this.expect(answer, 'forbidden');
    const { event: answered, history } = this.expect(answer, 200);
    this.check(answered, event);
    assert.deepEqual(history.map(version => JSON.parse(JSON.stringify(seen(version)))), event.history);
    for (const version of history) assert.equal(version.integrity, eventIntegrity(version));
  }

  async streamsGet () {
    const { model } = this;
    const state = this.random.pick(['default', 'all']);
    const { streams } = this.expect(await this.ask('GET', `/streams?state=${state}`), 200);
    const tree = parentId => model.children(parentId).map(id => model.streams.get(id)).filter(stream => state === 'all' || !stream.trashed)
      .sort((a, b) => a.name < b.name ? -1 : 1).map(({ id, name, trashed }) => ({ id, name, trashed, children: tree(id) }));
    const plain = list => list.map(({ id, name, trashed = false, children }) => ({ id, name, trashed, children: plain(children) }));
    assert.deepEqual(plain(streams.filter(stream => !stream.id.startsWith(':'))), tree(null));
  }

  async step () {
    const steps = [
      [3, 'streamCreate'], [3, 'streamUpdate'], [2, 'streamDelete'], [10, 'eventCreate'], [6, 'eventUpdate'], [3, 'eventDelete'], [2, 'eventWithFile'],
      [2, 'filesAdd'], [1, 'fileDelete'], [1, 'fileRead'], [1, 'accessCreate'], [12, 'query'], [4, 'getOne'], [1, 'streamsGet']
    ];
    if (this.model.streams.size < 4) return this.streamCreate();
    await this[this.random.pick(steps.flatMap(([weight, name]) => Array(weight).fill(name)))]();
  }

  eventWithFile () { return this.eventCreate(true); }
}

test('random sequences agree with the model', { timeout: (SECONDS + 120) * 1000 }, async t => {
  const until = Date.now() + SECONDS * 1000;
  let seed = FIRST_SEED ? Number(FIRST_SEED) : Date.now() % 0xffffffff;
  let steps = 0;
  do {
    const world = new World(await newUser(server.url), chance(seed));
    try {
      if (seed % 3 === 0) await world.manyStreams();
      for (let i = 0; i < STEPS_OF_A_WORLD && Date.now() < until; i++, steps++) await world.step();
    } catch (error) {
      error.message = `PRYVD_PROPERTY_SEED=${seed}: ${error.message}\nthe last steps:\n${world.log.slice(-8).join('\n')}`;
      throw error;
    }
    t.diagnostic(`seed ${seed}: ${world.log.length} steps agree; ${world.model.streams.size} streams, ${world.model.events.size} events, ${world.model.accesses.length} accesses at the end`);
    seed++;
  } while (Date.now() < until && !FIRST_SEED);
  assert.ok(steps > 100, `only ${steps} steps`);
  t.diagnostic(`${steps} steps in all`);
});
