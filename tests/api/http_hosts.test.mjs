// Host names instead of paths: dnsLess.isActive is false, users have hosts of their own.
import assert from 'node:assert/strict';
import http from 'node:http';
import test, { after, before } from 'node:test';
import { newUser, startServer } from '../lib/server.mjs';

let server, user;

before(async () => {
  server = await startServer({ set: {
    'cluster.apiWorkers': 1, 'dnsLess.isActive': false, 'dns.domain': 'pryv.test', 'core.id': 'single-core', 'dns.staticEntries': { 'taken-name': { ip: '127.0.0.1' } }
  } });
  user = await newUser(server.url);
});

after(async () => { assert.equal((await server.stop()).code, 0); });

/** node's fetch sets Host itself. */
function send (host, path, { method = 'GET', token = user.token } = {}) {
  return new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port: new URL(server.url).port, method, path, setHost: false, headers: { ...(host === null ? {} : { host }), ...(token ? { authorization: token } : {}) } }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => resolve({ status: answer.statusCode, body: text && JSON.parse(text) }));
    }).on('error', reject).end();
  });
}
const statuses = async (...requests) => Promise.all(requests.map(async ([host, path, more]) => (await send(host, path, more)).status));

test('a user\'s host names the account', async () => {
  const { status, body } = await send(`${user.username}.pryv.test`, '/access-info');
  assert.equal(status, 200);
  assert.equal(body.user.username, user.username);
  assert.deepEqual(await statuses(
    [`${user.username.toUpperCase()}.pryv.test`, '/access-info'], // lower-cased
    [`${user.username}.pryv.test:3000`, '/access-info'],
    [`${user.username}.pryv.test`, `/${user.username}/access-info`], // there already
    [`single-core.pryv.test`, `/${user.username}/access-info`],
    ['taken-name.pryv.test', `/${user.username}/access-info`],
    ['abcd.pryv.test', `/${user.username}/access-info`], // too short for a name
    ['127.0.0.1', `/${user.username}/access-info`]
  ), Array(7).fill(200));
});

test('another user\'s host is another account', async () => {
  const other = await newUser(server.url);
  assert.deepEqual(await statuses(
    [`${other.username}.pryv.test`, '/access-info'],
    [`${other.username}.pryv.test`, `/${user.username}/access-info`], // no way around by the path
    ['nobody-here.pryv.test', '/access-info'],
    [`${user.username}.pryv.test`, `/${user.username}x/access-info`]
  ), [403, 404, 404, 404]);
});

test('the root of a user\'s host greets', async () => {
  const { status, body } = await send(`${user.username}.pryv.test`, '/', { token: null });
  assert.equal(status, 200);
  assert.equal(body.cheersFrom, 'Pryv API');
});

test('reg, access and mfa lead to the platform', async () => {
  for (const label of ['reg', 'access', 'mfa', 'REG']) {
    assert.deepEqual(await statuses([`${label}.pryv.test`, '/service/info', { token: null }], [`${label}.pryv.test`, '/reg/service/info', { token: null }]), [200, 200], label);
  }
  assert.equal((await send(`${user.username}.pryv.test`, '/reg/service/info', { token: null })).status, 200, 'also by its path on a user\'s host');
});

test('a request without Host is refused', async () => {
  const { status, body } = await send(null, `/${user.username}/access-info`);
  assert.equal(status, 400);
  assert.equal(body.error.id, 'missing-header');
});
