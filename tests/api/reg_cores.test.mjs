// Two cores on one platform: users live on one of them, and each core knows where.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { call, freePort, sleep, startServer } from '../lib/server.mjs';

const key = 'the-key-of-these-tests';
const password = 'correct-Horse-7';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryv-cores-'));
let a, b;
let counter = 0;

async function core (id, hosting, more = {}) {
  const port = await freePort();
  return startServer({
    port,
    set: {
      'dnsLess.isActive': false, 'core.id': id, 'core.url': `http://127.0.0.1:${port}/`, 'core.hosting': hosting, 'core.affinitySeconds': 0.2,
      'storages.engines.sqlite.platformFile': path.join(folder, 'platform.db'), 'storages.engines.sqlite.path': path.join(folder, id),
      'auth.adminAccessKey': key, 'auth.passwordHashOperations': 1, 'auth.passwordHashMemoryKb': 8192, 'services.email.enabled': false, 'user-account.delete': ['personalToken', 'adminToken'],
      'registration.forwardSeconds': 3, ...more
    }
  });
}

const newcomer = (fields = {}) => {
  const username = `n${process.pid.toString(36)}${Date.now().toString(36)}${counter++}`;
  return { username, password, email: `${username}@example.com`, appId: 'reg-tests', ...fields };
};
async function made (on, hosting) {
  const one = newcomer({ hosting });
  const res = await call(on.url, 'POST', '/users', { body: one });
  assert.equal(res.status, 201, JSON.stringify(res.body));
  return { ...one, apiEndpoint: res.body.apiEndpoint, token: new URL(res.body.apiEndpoint).username };
}

before(async () => { a = await core('core-a', 'here'); b = await core('core-b', 'there'); });
after(async () => {
  await a.stop(); await b.stop();
  for (const core of [a, b]) assert.doesNotMatch(core.log(), /Sanitizer|runtime error/);
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a registration goes to the core of its hosting', async () => {
  const one = await made(a, 'there');
  assert.equal(new URL(one.apiEndpoint).origin, b.url);
  assert.equal((await call(b.url, 'GET', `/${one.username}/access-info`, { token: one.token })).status, 200);
  const here = await made(a, 'here');
  assert.equal(new URL(here.apiEndpoint).origin, a.url);
  const refused = await call(a.url, 'POST', '/users', { body: newcomer({ hosting: 'there', email: one.email }) });
  assert.deepEqual([refused.status, refused.body.error.id, refused.body.error.data], [409, 'item-already-exists', { email: one.email }]);
  assert.equal((await call(b.url, 'POST', '/users', { body: newcomer({ username: here.username }) })).status, 409, 'a name of the other core is taken here');
});

test('without a hosting it goes where there are fewest users, and is not handed back and forth', async () => {
  const counts = async () => (await call(a.url, 'GET', '/reg/admin/servers', { token: key })).body.servers;
  for (let i = 0; i < 6; i++) await made(i % 2 ? a : b);
  const servers = await counts();
  assert.deepEqual(Object.keys(servers).sort(), [a.url + '/', b.url + '/'].sort());
  const [one, other] = Object.values(servers).map(s => s.userCount);
  assert.ok(Math.abs(one - other) <= 1, JSON.stringify(servers));
});

test('calls for a user of the other core: 421 before anything else, whatever the path', async () => {
  const far = await made(a, 'there');
  const origin = 'http://127.0.0.1:9';
  const form = new FormData();
  form.append('file', new Blob(['x'.repeat(100000)]), 'x.txt');
  const answers = [
    await call(a.url, 'GET', `/${far.username}/events`, { token: 'wrong', headers: { origin } }),
    await call(a.url, 'GET', `/${far.username}/events`, { token: far.token, headers: { origin } }),
    await call(a.url, 'POST', `/${far.username}/auth/login`, { body: { username: far.username, password, appId: 'x' }, headers: { origin } }),
    await call(a.url, 'POST', `/${far.username}`, { body: [], headers: { origin } }),
    await call(a.url, 'POST', `/${far.username}/`, { body: [], headers: { origin } }),
    await call(a.url, 'GET', `/${far.username}/service/info`, { headers: { origin } }),
    await call(a.url, 'GET', `/${far.username}/no/such/thing`, { headers: { origin } }),
    await call(a.url, 'DELETE', `/users/${far.username}`, { token: key, headers: { origin } }),
    await fetch(`${a.url}/${far.username}/events`, { method: 'POST', body: form, headers: { origin, authorization: far.token } }).then(async r => ({ status: r.status, body: await r.json(), headers: r.headers }))
  ];
  for (const res of answers) {
    assert.deepEqual([res.status, res.body.error?.id, res.body.error?.coreUrl, res.body.meta], [421, 'wrong-core', b.url + '/', undefined]);
    assert.equal(res.headers.get('access-control-allow-origin'), origin);
    assert.equal(res.headers.get('location'), null);
  }
  assert.equal((await call(a.url, 'GET', `/${far.username}/`)).status, 200, 'the greeting is anybody’s');
  assert.equal((await call(a.url, 'OPTIONS', `/${far.username}/events`)).status, 200);
  assert.equal((await call(a.url, 'GET', '/nobody-at-all/events')).status, 404);
});

test('where is this user?', async () => {
  const far = await made(a, 'there');
  assert.deepEqual((await call(a.url, 'GET', `/reg/cores?username=${far.username}`)).body.core, { url: b.url + '/' });
  assert.deepEqual((await call(a.url, 'GET', `/reg/cores?email=${far.email}`)).body.core, { url: b.url + '/' });
  assert.deepEqual((await call(a.url, 'GET', '/reg/cores?email=nobody@example.com')).body.core, { url: a.url + '/' });
  assert.equal((await call(a.url, 'GET', '/reg/cores?username=nobody-at-all')).status, 404);
  assert.deepEqual((await call(a.url, 'POST', `/reg/${far.username}/server`)).body, { server: b.url + '/', alias: far.username });
  assert.equal((await call(a.url, 'GET', `/reg/${far.username}/check_username`)).body.reserved, true);
  const users = await call(a.url, 'GET', '/reg/admin/servers/core-b/users', { token: key });
  assert.ok(users.body.users.some(u => u.username === far.username));
});

test('any core tells what became of a request for access', async () => {
  const asked = (await call(a.url, 'POST', '/reg/access', { body: { requestingAppId: 'my-app', requestedPermissions: [{ streamId: 'diary', level: 'read' }] } })).body;
  assert.equal(asked.poll, `${a.url}/reg/access/${asked.key}`);
  await call(b.url, 'POST', `/reg/access/${asked.key}`, { body: { status: 'REFUSED', reasonId: 'NO' } });
  assert.deepEqual((await call(a.url, 'GET', `/reg/access/${asked.key}`)).body, { status: 'REFUSED', reasonId: 'NO' });
});

test('users that are moved are told so by every worker soon', async () => {
  const one = await made(a, 'here');
  assert.equal((await call(a.url, 'GET', `/${one.username}/access-info`, { token: one.token })).status, 200);
  assert.equal((await call(b.url, 'GET', '/reg/admin/servers/core-a/rename/core-b')).status, 404);
  const moved = await call(b.url, 'GET', '/reg/admin/servers/core-a/rename/core-b', { token: key });
  assert.ok(moved.body.count > 0);
  await sleep(500);
  const res = await call(a.url, 'GET', `/${one.username}/access-info`, { token: one.token });
  assert.deepEqual([res.status, res.body.error.coreUrl], [421, b.url + '/']);
});

test('a core that does not answer', async () => {
  await b.stop();
  const res = await call(a.url, 'POST', '/users', { body: newcomer({ hosting: 'there' }) });
  assert.deepEqual([res.status, res.body.error.id], [504, 'cross-core-registration-failed']);
});
