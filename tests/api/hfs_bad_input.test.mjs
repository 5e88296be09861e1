// Series: input that is wrong in every way that is known. It is refused with one id, stores nothing of the call, and breaks nothing.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { seriesOf, userWithStream } from '../lib/series.mjs';
import { call, startServer, workersOf } from '../lib/server.mjs';

let server, user, workers;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1, 'uploads.maxSizeMb': 20 } });
  user = await userWithStream(server);
  workers = workersOf(server.pid);
});

after(async () => {
  assert.deepEqual(workersOf(server.pid), workers, 'no worker died');
  assert.doesNotMatch(server.log(), / error /);
  assert.equal((await server.stop()).code, 0);
});

const STRUCTURE = [400, 'invalid-request-structure'];

async function send (where, body, headers = {}) {
  const answer = await fetch(server.url + where, { method: 'POST', headers: { authorization: user.token, 'content-type': 'application/json', ...headers }, body });
  const parsed = await answer.json();
  return { got: [answer.status, parsed.error?.id], error: parsed.error };
}

const flat = (fields, points) => JSON.stringify({ format: 'flatJSON', fields, points });

/** Each body is refused by the single route, and as the second element of a batch, whose first is fine; nothing of either is there. */
async function refuses (type, bodies) {
  const [series, other] = [await seriesOf(server, user, type), await seriesOf(server, user)];
  for (const body of bodies) {
    const { got } = await send(`${series.at}/series`, body);
    assert.deepEqual(got, STRUCTURE, body.slice(0, 100));
    const good = flat(['deltaTime', 'value'], [[1, 1]]);
    const batch = await send(`${user.path}/series/batch`, `{"format":"seriesBatch","data":[{"eventId":"${other.id}","data":${good}},{"eventId":"${series.id}","data":${body}}]}`);
    assert.deepEqual(batch.got, STRUCTURE, body.slice(0, 100));
    if (!/JSON/.test(batch.error.message)) assert.match(batch.error.message, /^data\[1\]: /, 'it names the element');
  }
  for (const one of [series, other]) assert.deepEqual((await one.read()).points, [], 'nothing is stored');
}

test('fields: unknown, twice, missing, nested ones, none, no texts', () => refuses('series:position/wgs84', [
  flat(['deltaTime', 'latitude', 'longitude', 'colour'], [[1, 2, 3, 4]]),
  flat(['deltaTime', 'latitude', 'latitude', 'longitude'], [[1, 2, 2, 3]]),
  flat(['deltaTime', 'deltaTime', 'latitude', 'longitude'], [[1, 1, 2, 3]]),
  flat(['deltaTime', 'timestamp', 'latitude', 'longitude'], [[1, 1, 2, 3]]),
  flat(['timestamp', 'timestamp', 'latitude', 'longitude'], [[1, 1, 2, 3]]),
  flat(['deltaTime', 'latitude'], [[1, 2]]),
  flat(['latitude', 'longitude'], [[1, 2]]),
  flat(['DELTATIME', 'latitude', 'longitude'], [[1, 2, 3]]),
  flat(['deltaTime', 'latitude', 'longitude', ''], [[1, 2, 3, 4]]),
  flat(['deltaTime', 'latitude', 'longitude', '__proto__'], [[1, 2, 3, 4]]),
  flat(['deltaTime', 'latitude', 'longitude', 1], [[1, 2, 3, 4]]),
  flat(['deltaTime', 'latitude', 'longitude', null], [[1, 2, 3, 4]]),
  flat([], []), flat([], [[]]), flat('deltaTime', []), flat({ deltaTime: 0 }, []), flat(null, []),
  '{"format":"flatJSON","points":[[1,2,3]]}',
  flat(['x'.repeat(100000)], [])
]));

test('rows: too short, too long, no lists, a million values in one', async () => {
  await refuses('series:mass/kg', [
    ...[[[1]], [[1, 2, 3]], [[1, 2], [1]], [[1, 2], [1, 2, 3]], [[]], [1], [null], ['a'], [{}], [[1, 2], null], {}, 'x', 1, null, true].map(points => flat(['deltaTime', 'value'], points)),
    '{"format":"flatJSON","fields":["deltaTime","value"]}',
    `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[${'1,'.repeat(999999)}1]]}`,
    `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,2],[${'1,'.repeat(999999)}1]]}`,
    `{"format":"flatJSON","fields":[${'"a",'.repeat(999999)}"a"],"points":[]}`
  ]);
});

test('values: wrong types, NaN, infinities, what is no number', () => refuses('series:mass/kg', [
  ...['null', 'true', 'false', '{}', '[]', '[1]', '"one"', '""', '" 1"', '"1 "', '"-1"', '"+1"', '"1e3"', '"1."', '".5"', '"0x10"', '"NaN"', '"Infinity"', '1e400', '-1e400', '"1\\u0000"',
    'NaN', 'Infinity', '-Infinity', 'nan', '1.', '.5', '+1', '01', '0x10', '1e', "'1'", 'undefined']
    .map(value => `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,${value}]]}`)
]));

test('moments: negative, beyond 292 years, no numbers', () => refuses('series:mass/kg', [
  ...['-1', '-1e-9', '-1e-12', '-1e300', '9223372036.9', '1e10', '1e300', '1e400', '-1e400', 'null', 'true', '""', '"soon"', '"-1"', '"1e400"', '"NaN"', '"Infinity"', '[]', '[1]', '{}', 'NaN', 'Infinity']
    .map(moment => `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[0,1],[${moment},1]]}`),
  '{"format":"flatJSON","fields":["timestamp","value"],"points":[[1000,1]]}' // long before the event
]));

test('other types: truths, texts, fields that may be left out', async () => {
  await refuses('series:boolean/bool', ['1', '0', 'null', '"yes"', '"TRUE"', '[]', '{}'].map(value => `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,${value}]]}`));
  await refuses('series:note/txt', ['[]', '{}', '["a"]'].map(value => `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,${value}]]}`));
  await refuses('series:position/wgs84', ['"fast"', 'true', '[]', '{}'].map(value => `{"format":"flatJSON","fields":["deltaTime","latitude","longitude","speed"],"points":[[1,2,3,${value}]]}`));
});

test('moments that are odd but right: in any order, twice, fractional, huge, as text', async () => {
  const series = await seriesOf(server, user);
  assert.deepEqual((await send(`${series.at}/series`, flat(['deltaTime', 'value'], [[9223372036, 1], [3, 1], [0.1, 2], [1e-9, 3], [1.5, 4], [0, 5], [3, 6], ['7.25', 7], [' 8s', 8], [2.0000000004, 9]]))).got, [200, undefined]);
  assert.deepEqual((await series.read('?toDeltaTime=1e10')).points, [[0, 5], [1e-9, 3], [0.1, 2], [1.5, 4], [2, 9], [3, 6], [7.25, 7], [8, 8], [9223372036, 1]]);
  const empty = await seriesOf(server, user);
  assert.deepEqual((await send(`${empty.at}/series`, flat(['deltaTime', 'value'], []))).got, [200, undefined], 'no points');
  assert.deepEqual((await send(`${user.path}/series/batch`, '{"format":"seriesBatch","data":[]}')).got, [200, undefined], 'no series');
  assert.deepEqual((await empty.read()).points, []);
  assert.equal((await empty.event()).duration, undefined);
});

test('JSON cut short anywhere; a body cut short by its client', async () => {
  const series = await seriesOf(server, user);
  const whole = '{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,2.5e1],[2,"3"],[3,4]]}';
  for (let length = 1; length < whole.length; length++) assert.deepEqual((await send(`${series.at}/series`, whole.slice(0, length))).got, STRUCTURE, whole.slice(0, length));
  const batch = `{"format":"seriesBatch","data":[{"eventId":"${series.id}","data":${whole}}]}`;
  for (let length = 1; length < batch.length; length += 3) assert.deepEqual((await send(`${user.path}/series/batch`, batch.slice(0, length))).got, STRUCTURE);
  for (const more of ['x', '{}', ',', ']', '}', '\0']) assert.deepEqual((await send(`${series.at}/series`, whole + more)).got, STRUCTURE);
  for (const length of [whole.length + 10, whole.length + 100000]) {
    await new Promise(resolve => {
      const socket = net.connect(server.port, '127.0.0.1').once('close', resolve).once('error', () => {});
      socket.end(`POST ${series.at}/series HTTP/1.1\r\nHost: x\r\nAuthorization: ${user.token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${whole}`);
      socket.resume();
    });
  }
  assert.deepEqual((await series.read()).points, []);
});

test('two formats in one request', async () => {
  const series = await seriesOf(server, user);
  const whole = flat(['deltaTime', 'value'], [[1, 2]]);
  const batch = `{"format":"seriesBatch","data":[{"eventId":"${series.id}","data":${whole}}]}`;
  const both = `{"format":"flatJSON","fields":["deltaTime","value"],"points":[[1,2]],"format":"seriesBatch","data":[]}`;
  for (const [where, body, headers] of [
    [`${series.at}/series`, batch], [`${user.path}/series/batch`, whole], [`${series.at}/series`, both],
    [`${series.at}/series`, whole.replace('flatJSON', 'FlatJSON')], [`${series.at}/series`, whole.replace('"flatJSON"', '1')], [`${series.at}/series`, '[]'], [`${series.at}/series`, ''],
    [`${user.path}/series/batch`, `{"format":"seriesBatch","data":[{"eventId":"${series.id}","data":${batch}}]}`],
    [`${series.at}/series`, whole, { 'content-type': 'text/csv' }], [`${series.at}/series`, 'deltaTime,value\n1,2\n'], [`${series.at}/series`, whole, { 'content-type': 'text/plain' }],
    [`${series.at}/series`, 'deltaTime=1&value=2', { 'content-type': 'application/x-www-form-urlencoded' }], [`${series.at}/series`, whole, { 'content-type': 'application/jsonx' }],
    [`${series.at}/series`, whole, { 'content-encoding': 'gzip' }], [`${series.at}/series`, whole, { 'content-encoding': 'br' }], [`${series.at}/series`, 'deltaTime,value\n1,2\n{"format":"flatJSON"}', { 'content-type': 'text/csv' }]
  ]) assert.deepEqual((await send(where, body, headers)).got, STRUCTURE, `${where} ${body.slice(0, 60)}`);
  assert.deepEqual((await series.read()).points, []);
});

test('a series of a trashed or deleted event, of a deleted stream, of no event', async () => {
  const series = await seriesOf(server, user);
  const whole = flat(['deltaTime', 'value'], [[1, 2]]);
  const batch = `{"format":"seriesBatch","data":[{"eventId":"${series.id}","data":${whole}}]}`;
  const [single, several] = [() => send(`${series.at}/series`, whole), () => send(`${user.path}/series/batch`, batch)];
  assert.deepEqual((await single()).got, [200, undefined]);
  const remove = () => call(server.url, 'DELETE', series.at, { token: user.token });
  await remove();
  for (const tried of [await single(), await several(), await send(`${series.at}/series`, 'x', { 'content-type': 'text/csv' })]) {
    assert.deepEqual([tried.got, tried.error.data], [[400, 'invalid-operation'], { trashedReference: 'eventId' }]);
  }
  assert.deepEqual((await series.read()).points, [[1, 2]], 'readable in the trash');
  assert.equal((await call(server.url, 'PUT', series.at, { token: user.token, body: { trashed: false } })).status, 200);
  assert.deepEqual((await several()).got, [200, undefined], 'writable again');
  await remove();
  await remove();
  for (const tried of [await single(), await several()]) assert.deepEqual(tried.got, [404, 'unknown-resource']);
  for (const query of ['', '?maxPoints=3', '?fromDeltaTime=x']) assert.equal((await call(server.url, 'GET', `${series.at}/series${query}`, { token: user.token })).status, 404);

  const at = `${user.path}/streams`;
  assert.equal((await call(server.url, 'POST', at, { token: user.token, body: { id: 'short', name: 'short' } })).status, 201);
  const lost = await seriesOf(server, user, 'series:mass/kg', { streamIds: ['short'] });
  await call(server.url, 'DELETE', `${at}/short`, { token: user.token });
  assert.deepEqual((await send(`${lost.at}/series`, whole)).got, [200, undefined], 'a stream in the trash does not matter');
  await call(server.url, 'DELETE', `${at}/short?mergeEventsWithParent=false`, { token: user.token });
  assert.deepEqual((await send(`${lost.at}/series`, whole)).got, [404, 'unknown-resource']);
  const plain = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['s'], type: 'mass/kg', content: 1 } });
  assert.deepEqual((await send(`${user.path}/events/${plain.body.event.id}/series`, whole)).got, [400, 'invalid-operation']);
  for (const id of ['nosuchevent', '%00', 'a'.repeat(5000), '..%2F..']) assert.ok([400, 404].includes((await send(`${user.path}/events/${id}/series`, whole)).got[0]), id.slice(0, 20));
});

test('a batch with one bad element: the answer is that of the element and names it, and nothing of the batch is stored', async () => {
  const all = await Promise.all([0, 1, 2].map(() => seriesOf(server, user)));
  const trashed = await seriesOf(server, user);
  await call(server.url, 'DELETE', trashed.at, { token: user.token });
  const plain = (await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['s'], type: 'mass/kg', content: 1 } })).body.event;
  const other = await seriesOf(server, await userWithStream(server).then(stranger => { trashed.stranger = stranger; return stranger; }));
  const data = { format: 'flatJSON', fields: ['deltaTime', 'value'], points: [[1, 1]] };
  const bad = [
    [{ eventId: trashed.id, data }, 400, 'invalid-operation'], [{ eventId: plain.id, data }, 400, 'invalid-operation'], [{ eventId: 'nosuchevent', data }, 404, 'unknown-resource'],
    [{ eventId: other.id, data }, 404, 'unknown-resource'], [{ eventId: 7, data }, ...STRUCTURE], [{ data }, ...STRUCTURE], [{ eventId: all[0].id }, ...STRUCTURE], [{ eventId: all[0].id, data: [] }, ...STRUCTURE],
    [null, ...STRUCTURE], ['x', ...STRUCTURE], [[], ...STRUCTURE], [1, ...STRUCTURE],
    [{ eventId: all[0].id, data: { ...data, points: [[1, 'x']] } }, ...STRUCTURE], [{ eventId: all[0].id, data: { ...data, format: 'seriesBatch' } }, ...STRUCTURE]
  ];
  for (const [element, status, id] of bad) {
    for (const place of [0, 1, 3]) {
      const elements = all.map(({ id }) => ({ eventId: id, data }));
      elements.splice(place, 0, element);
      const { got, error } = await send(`${user.path}/series/batch`, JSON.stringify({ format: 'seriesBatch', data: elements }));
      assert.deepEqual(got, [status, id], JSON.stringify(element));
      assert.ok(error.message.startsWith(`data[${place}]: `), error.message);
    }
  }
  for (const series of all) assert.deepEqual((await series.read()).points, []);
  assert.deepEqual((await call(server.url, 'GET', `${other.at}/series`, { token: trashed.stranger.token })).body.points, []);
  for (const body of ['{}', '[]', '""', '{"format":"seriesBatch"}', '{"format":"seriesBatch","data":{}}', '{"format":"seriesBatch","data":null}', '{"data":[]}', `{"format":"seriesBatch","data":[${'null,'.repeat(100000)}null]}`]) {
    assert.deepEqual((await send(`${user.path}/series/batch`, body)).got, STRUCTURE, body.slice(0, 60));
  }
});
