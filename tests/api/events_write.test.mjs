// Events made, changed and deleted: what the scenarios of conformance do not look at. Races on ids, on streams that go, on one event; values
// at the edges; what is left after each refusal.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { after, before } from 'node:test';
import { newUser, startServer } from '../lib/server.mjs';
import { eventIntegrity } from '../conformance/suites/data/_helpers.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: { 'versioning.forceKeepHistory': true, 'versioning.deletionMode': 'keep-everything' } });
  user = await newUser(server.url);
  for (const id of ['diary', 'work']) await ok(201, 'POST', '/streams', { id, name: id });
});

after(async () => assert.equal((await server.stop()).code, 0));

async function send (method, path, body, token = user.token) {
  const answer = await fetch(server.url + user.path + path, {
    method,
    headers: { ...(token ? { authorization: token } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  });
  return { status: answer.status, body: await answer.json() };
}

async function ok (status, method, path, body, token) {
  const answer = await send(method, path, body, token);
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const note = (more = {}) => ({ streamIds: ['diary'], type: 'note/txt', content: 'x', ...more });
const make = async more => (await ok(201, 'POST', '/events', note(more))).event;
const get = async id => (await ok(200, 'GET', '/events/' + id)).event;
let ids = 0;
const freshId = () => 'c' + createHash('sha1').update(`${process.pid} ${Date.now()} ${++ids}`).digest('hex').slice(0, 24);

async function refused (status, id, method, path, body, data) {
  const answer = await ok(status, method, path, body);
  assert.equal(answer.error.id, id, JSON.stringify(answer));
  if (data !== undefined) assert.deepEqual(answer.error.data, data);
}

/* ---- Races ------------------------------------------------------------------------------- */

test('of many who want one id, one gets it', async () => {
  for (let round = 0; round < 10; round++) {
    const id = freshId();
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => send('POST', '/events', note({ id, content: String(i) }))));
    const made = answers.filter(a => a.status === 201);
    assert.equal(made.length, 1);
    assert.equal(answers.filter(a => a.status === 409 && a.body.error.data.id === id).length, 15);
    assert.equal((await get(id)).content, made[0].body.event.content);
  }
});

test('no change of an event is lost, and each leaves a version', async () => {
  const { id } = await make();
  const keys = Array.from({ length: 24 }, (_, i) => 'k' + i);
  await Promise.all(keys.map(key => ok(200, 'PUT', '/events/' + id, { clientData: { [key]: true } })));
  const { event, history } = await ok(200, 'GET', `/events/${id}?includeHistory=true`);
  assert.deepEqual(Object.keys(event.clientData).sort(), keys.sort());
  assert.equal(history.length, keys.length);
  const times = [...history, event].map(version => version.modified);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b), 'each has a later time than the one before');
  for (const version of [...history, event]) assert.equal(version.integrity, eventIntegrity(version));
});

test('no event stays in a stream that is deleted meanwhile', async () => {
  for (let round = 0; round < 15; round++) {
    const streamId = `going-${round}`;
    await ok(201, 'POST', '/streams', { id: streamId, name: streamId });
    const home = await make();
    const writers = Array.from({ length: 6 }, async (_, i) => {
      for (let n = 0; n < 6; n++) {
        const answer = i % 2
          ? await send('POST', '/events', note({ streamIds: [streamId] }))
          : await send('PUT', '/events/' + home.id, { streamIds: ['diary', streamId] });
        assert.ok([200, 201, 400].includes(answer.status), JSON.stringify(answer.body));
      }
    });
    const remover = (async () => {
      await ok(200, 'DELETE', '/streams/' + streamId);
      await ok(200, 'DELETE', `/streams/${streamId}?mergeEventsWithParent=false`);
    })();
    await Promise.all([...writers, remover]);
  }
  const { events } = await ok(200, 'GET', '/events?state=all&limit=100000');
  const lost = events.filter(event => event.streamIds.some(id => id.startsWith('going-')));
  assert.deepEqual(lost, []);
});

test('one of two who delete an event in the trash deletes it', async () => {
  const { id } = await make({ trashed: true });
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('DELETE', '/events/' + id)));
  assert.equal(answers.filter(a => a.status === 200).length, 1);
  assert.equal(answers.filter(a => a.status === 404).length, 7);
});

/* ---- Values at the edges -------------------------------------------------------------------- */

test('times and durations stay as they were given', async () => {
  for (const [time, duration] of [[0.1, 0.2], [1e-7, 1e21], [-5.5, -0.25], [1700000000.123456, 5e-324], [9007199254740993, 3]]) {
    const event = await get((await make({ time, duration })).id);
    assert.deepEqual([event.time, event.duration], [time, duration]);
    assert.equal(event.integrity, eventIntegrity(event));
    const { event: moved } = await ok(200, 'PUT', '/events/' + event.id, { time: time + 1000 });
    assert.deepEqual([moved.time, moved.duration], [time + 1000, duration]);
  }
});

test('any Unicode is kept, what is none is refused', async () => {
  for (const content of ['a\u0000b', '\u2028\u2029', '😀 𝒳', '\ufeffx', '\u007f\u0080', '"\\/\b\f\n\r\t']) {
    const event = await get((await make({ type: 'my-own/text', content, description: content })).id);
    assert.deepEqual([event.content, event.description], [content, content]);
    assert.equal(event.integrity, eventIntegrity(event));
  }
  await refused(400, 'invalid-request-structure', 'POST', '/events', '{"streamIds":["diary"],"type":"my-own/text","content":"\\ud800"}');
});

test('numbers are doubles, and too large ones are none', async () => {
  const made = await ok(201, 'POST', '/events', '{"streamIds":["diary"],"type":"my-own/list","content":[1.0,1e400,-0,1e21,123456789012345680000,0.000001,1e-7]}');
  const text = await (await fetch(`${server.url}${user.path}/events/${made.event.id}`, { headers: { authorization: user.token } })).text();
  assert.match(text, /"content":\[1,null,0,1e\+21,123456789012345680000,0\.000001,1e-7\]/);
});

test('keys of every kind keep their place and are hashed in order', async () => {
  const content = { z: 1, 'é': 2, '😀': 3, '\uffff': 4, '': 5, a: { b: null, a: [null, {}] } };
  const event = await get((await make({ type: 'my-own/map', content })).id);
  assert.deepEqual(event.content, content);
  assert.deepEqual(Object.keys(event.content), Object.keys(content));
  assert.equal(event.integrity, eventIntegrity(event));
});

test('ids that are none, or of elsewhere', async () => {
  for (const id of ['', 'c', 'x'.repeat(25), 'c' + 'A'.repeat(24), ':', '::', ':x:', ':X:abc', ':a b:c', '../../etc/passwd', 'c\u0000' + 'a'.repeat(23)]) {
    await refused(400, 'invalid-parameters-format', 'POST', '/events', note({ id }));
  }
  await refused(400, 'invalid-request-structure', 'POST', '/events', note({ id: ':elsewhere:abc' }));
});

test('streams of elsewhere, repeated, many', async () => {
  const unknown = async (streamIds, data = streamIds) => {
    await refused(400, 'unknown-referenced-resource', 'POST', '/events', note({ id: ':elsewhere:abc', streamIds }), { streamIds: data });
    await refused(400, 'unknown-referenced-resource', 'PUT', '/events/' + id, { streamIds }, { streamIds: data });
  };
  const { id } = await make();
  await unknown(['diary', ':elsewhere:x', 'nowhere', 'nowhere', ''], ['x', 'nowhere', '']); // each once, as its store calls it
  await unknown([':elsewhere:'], ['*']);
  await unknown([':elsewhere'], [':elsewhere']);
  for (const streamIds of [['diary', ':_system:language'], [':_system:language']]) await refused(400, 'invalid-request-structure', 'PUT', '/events/' + id, { streamIds });
  assert.deepEqual((await make({ streamIds: [':local:diary', 'diary', 'work'] })).streamIds, ['diary', 'work']);
  assert.deepEqual((await make({ streamIds: Array.from({ length: 10000 }, (_, i) => i % 2 ? 'diary' : 'work') })).streamIds, ['work', 'diary']);
  const many = Array.from({ length: 20000 }, (_, i) => 'u' + i);
  const began = Date.now();
  await refused(400, 'unknown-referenced-resource', 'POST', '/events', note({ streamIds: many }), { streamIds: many });
  assert.ok(Date.now() - began < 5000, 'a long list of streams takes no longer than it is long');
});

test('what the server sets may be sent, in its right form', async () => {
  const { id } = await make();
  const wrong = { created: ['1', null], createdBy: [1, null], modified: [true], modifiedBy: [{}], integrity: [1] };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      await refused(400, 'invalid-parameters-format', 'POST', '/events', note({ [name]: value }));
      await refused(400, 'invalid-parameters-format', 'PUT', '/events/' + id, { [name]: value });
    }
  }
  for (const change of [{ id: 1 }, { attachments: null }, { attachments: {} }]) await refused(400, 'invalid-parameters-format', 'PUT', '/events/' + id, change);
  for (const change of [{ attachments: [1] }, { integrity: null }]) await refused(403, 'forbidden', 'PUT', '/events/' + id, change);
  const made = await make({ created: 1, createdBy: 'me', modified: 2, modifiedBy: 'you', integrity: null, files: 'any' });
  assert.deepEqual([made.created > 2, made.createdBy.length, made.modified > 2, made.integrity], [true, 24, true, eventIntegrity(made)]);
  const { results } = await ok(200, 'POST', '', [{ method: 'events.update', params: { id, update: { content: 'y' }, note: 'let through' } }]);
  assert.equal(results[0].event.content, 'y');
});

test('a field of the account is found by its name alone', async () => {
  assert.equal((await ok(200, 'GET', '/events/language')).event.id, ':_system:language');
  assert.equal((await ok(200, 'PUT', '/events/language', { content: 'fr' })).event.content, 'fr');
  await refused(400, 'invalid-operation', 'DELETE', '/events/language');
  await refused(404, 'unknown-resource', 'DELETE', '/events/nofield');
});

/* ---- What a change leaves ---------------------------------------------------------------------- */

test('clientData is merged key by key', async () => {
  const cases = [ // before, change, after
    [undefined, {}, undefined],
    [undefined, { a: 1 }, { a: 1 }],
    [{ a: 1 }, {}, { a: 1 }],
    [{ a: 1, b: { c: 1, d: 2 } }, { b: { c: 3 } }, { a: 1, b: { c: 3 } }],
    [{ a: 1 }, { a: null }, {}],
    [{ a: 1 }, { b: { c: null } }, { a: 1, b: { c: null } }],
    [{ a: 1 }, null, undefined],
    [{ a: { b: null } }, { c: [] }, { a: { b: null }, c: [] }]
  ];
  for (const [clientData, change, expected] of cases) {
    const { id } = await make({ clientData });
    const { event } = await ok(200, 'PUT', '/events/' + id, { clientData: change });
    assert.deepEqual(event.clientData, expected, JSON.stringify([clientData, change]));
    assert.deepEqual((await get(id)).clientData, expected);
  }
});

test('a refused change changes nothing', async () => {
  const before = await make({ clientData: { a: 1 }, duration: 5 });
  for (const change of [{ content: 'y', created: 1 }, { content: 5 }, { type: 'mass/kg' }, { time: 'now' }, { streamIds: ['nowhere'] }, { colour: 1 }, { clientData: 5 }, { type: 'series:mass/kg' }]) {
    const answer = await send('PUT', '/events/' + before.id, { description: 'changed', ...change });
    assert.ok([400, 403].includes(answer.status), JSON.stringify(answer.body));
  }
  const { event, history } = await ok(200, 'GET', `/events/${before.id}?includeHistory=true`);
  assert.deepEqual(event, before);
  assert.deepEqual(history, []);
});

test('a deleted event can be read where everything is kept, and nothing else', async () => {
  const { id } = await make();
  await ok(200, 'DELETE', '/events/' + id);
  assert.deepEqual(await ok(200, 'DELETE', '/events/' + id).then(b => b.eventDeletion), { id });
  await refused(404, 'unknown-resource', 'PUT', '/events/' + id, { content: 'y' });
  await refused(404, 'unknown-resource', 'DELETE', '/events/' + id);
  await refused(404, 'unknown-resource', 'DELETE', `/events/${id}/abc`);
  await refused(409, 'item-already-exists', 'POST', '/events', note({ id }), { id });
  const event = await get(id);
  assert.ok(event.deleted > 0 && event.trashed);
  assert.equal(event.integrity, eventIntegrity(event));
  const tokenOf = async permissions => (await ok(201, 'POST', '/accesses', { name: 'reader ' + freshId(), permissions })).access.token;
  assert.equal((await ok(200, 'GET', '/events/' + id, undefined, await tokenOf([{ streamId: 'diary', level: 'read' }]))).event.content, 'x');
  for (const permissions of [[], [{ streamId: 'work', level: 'manage' }], [{ streamId: 'diary', level: 'create-only' }]]) {
    const answer = await ok(403, 'GET', `/events/${id}?includeHistory=true`, undefined, await tokenOf(permissions));
    assert.equal(answer.error.id, 'forbidden', 'what is kept of an event is for those who could read it');
  }
});

test('a series changes its element type, and its content with it', async () => {
  const { event } = await ok(201, 'POST', '/events', { streamIds: ['diary'], type: 'series:mass/kg' });
  const changed = (await ok(200, 'PUT', '/events/' + event.id, { type: 'series:position/wgs84', content: null })).event;
  assert.equal(changed.content.elementType, 'position/wgs84');
  assert.equal(changed.integrity, eventIntegrity(changed));
});

test('rights on each stream that comes or goes', async () => {
  const access = async level => (await ok(201, 'POST', '/accesses', { name: level + Math.random(), permissions: [{ streamId: 'diary', level }] })).access.token;
  const contribute = await access('contribute'); const read = await access('read'); const create = await access('create-only');
  const both = await make({ streamIds: ['diary', 'work'] });
  const put = (status, change, token) => ok(status, 'PUT', '/events/' + both.id, change, token);
  await put(200, { content: 'y' }, contribute);
  await put(200, { streamIds: ['work', 'diary'] }, contribute); // named, but staying
  await put(403, { streamIds: ['diary'] }, contribute);
  await put(403, { content: 'y' }, read);
  await put(403, { content: 'y' }, create);
  await ok(201, 'POST', '/events', note(), create);
  await ok(403, 'POST', '/events', note({ streamIds: ['diary', 'work'] }), create);
  await ok(403, 'POST', '/events', note(), read);
  await ok(403, 'DELETE', '/events/' + both.id, undefined, create);
});

test('records of deletions are forgotten when their time is over', async () => {
  const brief = await startServer({ set: { 'versioning.deletionMode': 'keep-authors', 'versioning.deletionsDays': 2 / 86400, 'upkeep.everySeconds': 1 } });
  const owner = await newUser(brief.url);
  const call = async (method, path, body) => {
    const answer = await fetch(brief.url + owner.path + path, { method, headers: { authorization: owner.token, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  await call('POST', '/streams', { id: 'diary', name: 'Diary' });
  const { id } = (await call('POST', '/events', note({ trashed: true }))).body.event;
  const kept = (await call('POST', '/events', note({ trashed: true }))).body.event;
  await call('DELETE', '/events/' + id);
  const deletions = async () => (await call('GET', '/events?modifiedSince=0&includeDeletions=true')).body.eventDeletions.map(d => d.id);
  assert.deepEqual(await deletions(), [id]);
  assert.equal((await call('POST', '/events', note({ id }))).status, 409);
  const deadline = Date.now() + 15000;
  while ((await deletions()).length && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 200));
  assert.deepEqual(await deletions(), []);
  assert.equal((await call('GET', '/events/' + id)).status, 404);
  assert.deepEqual((await call('GET', '/events/' + kept.id)).body.event, kept);
  assert.equal((await brief.stop()).code, 0);
});
