// What series and the rest of the API are to each other: types that change, host names, what answers do not tell, what goes with an event.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { seriesOf, userWithStream } from '../lib/series.mjs';
import { call, freePort, sleep, startServer } from '../lib/server.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 1, 'series.eventSeconds': 0.2 } });
  user = await userWithStream(server);
});

after(async () => assert.equal((await server.stop()).code, 0));

const change = (series, update) => call(server.url, 'PUT', series.at, { token: user.token, body: update });

test('points whose fields the type has no more are not returned, and are there again with it', async () => {
  const series = await seriesOf(server, user);
  await series.values([1, 10], [2, 20], [4, 40]);
  const { status, body } = await change(series, { type: 'series:position/wgs84' });
  assert.deepEqual([status, body.event.content.required], [200, ['deltaTime', 'latitude', 'longitude']]);
  assert.deepEqual([(await series.read()).fields, (await series.read()).points], [[], []]);
  await series.post(['deltaTime', 'latitude', 'longitude'], [[2, 46, 6], [3, 47, 7]]);
  let read = await series.read();
  assert.deepEqual([read.fields, read.points], [['deltaTime', 'latitude', 'longitude'], [[2, 46, 6], [3, 47, 7]]]);
  read = await series.read('?maxPoints=1');
  assert.deepEqual(read.points, [[2, 3.000000001, 2, 2, 46, 47, 46.5, 2, 6, 7, 6.5]]);
  await change(series, { type: 'series:mass/kg' });
  assert.deepEqual((await series.read()).points, [[1, 10], [4, 40]], 'a point that was written anew is of the other type');
});

test('a type without content: moments alone', async () => {
  const series = await seriesOf(server, user, 'series:activity/plain');
  await series.values([2, 'x'], [1, null]);
  const { fields, points } = await series.read();
  assert.deepEqual([fields, points], [['deltaTime'], [[1], [2]]]);
});

test('answers do not tell the access, and series count for no access', async () => {
  const series = await seriesOf(server, user);
  const { body: { access } } = await call(server.url, 'POST', `${user.path}/accesses`, {
    token: user.token, body: { name: 'counted', type: 'app', permissions: [{ streamId: 's', level: 'contribute' }] }
  });
  const told = answer => [answer.status, answer.headers.get('pryv-access-id')];
  assert.deepEqual(told(await series.post(['deltaTime', 'value'], [[1, 1]], { token: access.token })), [200, null]);
  assert.deepEqual(told(await call(server.url, 'GET', `${series.at}/series`, { token: access.token })), [200, null]);
  assert.deepEqual(told(await call(server.url, 'GET', `${user.path}/events/none/series`, { token: access.token })), [404, null]);
  assert.deepEqual(told(await call(server.url, 'GET', `${user.path}/events`, { token: access.token })), [200, access.id]);
  const { calls } = (await call(server.url, 'GET', `${user.path}/access-info`, { token: access.token })).body;
  assert.equal(calls['events:get'], 1);
  assert.deepEqual(Object.keys(calls).filter(name => /series/.test(name)), []);
});

test('what begins like a series is no attachment: not found, whoever asks; not served where series are not', async () => {
  const series = await seriesOf(server, user);
  await series.values([1, 1]);
  const without = await startServer({ set: { 'cluster.apiWorkers': 1, 'cluster.hfsWorkers': 0 } });
  try {
    for (const [verb, rest] of [['DELETE', ''], ['DELETE', '/'], ['GET', '/x'], ['GET', '/x/y.txt'], ['HEAD', '/x'], ['PUT', ''], ['POST', '/x'], ['DELETE', '/x']]) {
      for (const token of [undefined, 'no-such-token', user.token]) {
        const { status, body, headers } = await call(server.url, verb, `${series.at}/series${rest}?readToken=a-b`, { token });
        assert.deepEqual([status, verb === 'HEAD' || body.error.id, headers.get('pryv-access-id')], [404, verb === 'HEAD' || 'unknown-resource', null], `${verb} ${rest} ${token}`);
      }
    }
    for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/events/none/series', '/events/none/series/', '/events/none/series/x', '/series/batch', '/series/batch/x']) {
        const { status, body } = await call(without.url, verb, '/nobody' + path);
        assert.deepEqual([status, body.error.id], [502, 'unexpected-error'], `${verb} ${path}`);
      }
    }
    assert.deepEqual((await series.read()).points, [[1, 1]]);
  } finally {
    assert.equal((await without.stop()).code, 0);
  }
});

test('with host names: the user in the host, on both ports', async () => {
  const hfsPort = await freePort();
  const named = await startServer({ set: { 'cluster.apiWorkers': 1, 'dnsLess.isActive': false, 'dns.domain': 'pryv.test', 'http.hfsPort': hfsPort } });
  try {
    const owner = await userWithStream(named);
    const series = await seriesOf(named, owner);
    const send = (port, path, body) => new Promise((resolve, reject) => {
      const headers = { host: `${owner.username}.pryv.test`, authorization: owner.token, 'content-type': 'application/json' };
      http.request({ host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', headers, setHost: false }, answer => {
        let text = '';
        answer.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => resolve([answer.statusCode, JSON.parse(text)]));
      }).on('error', reject).end(body && JSON.stringify(body));
    });
    const data = value => ({ format: 'flatJSON', fields: ['deltaTime', 'value'], points: [[value, value]] });
    let i = 0;
    for (const port of [named.port, hfsPort]) {
      for (let tries = 0; tries < 200 && await send(port, '/system/status').then(() => false, () => true); tries++) await sleep(50);
      assert.equal((await send(port, `/events/${series.id}/series`, data(i++)))[0], 200);
      assert.equal((await send(port, '/series/batch', { format: 'seriesBatch', data: [{ eventId: series.id, data: data(i++) }] }))[0], 200);
      const [status, body] = await send(port, `/events/${series.id}/series`);
      assert.deepEqual([status, body.points.length], [200, i]);
      assert.equal((await send(port, `/${owner.username}/events/${series.id}/series`))[0], 200, 'there already');
    }
  } finally {
    assert.equal((await named.stop()).code, 0);
  }
});
