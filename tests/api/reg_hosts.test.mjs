// The register by host names: reg.DOMAIN, access.DOMAIN, and users' own hosts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import http from 'node:http';
import { startServer } from '../lib/server.mjs';

const domain = 'hosts.example';
const key = 'the-key-of-these-tests';
const username = 'alice-1';
let server, token;

function via (label, method, path, { body, auth } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { host: `${label}.${domain}` };
  if (auth) headers.authorization = auth;
  if (text) Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: server.port, method, path, headers }, answer => {
      let all = '';
      answer.on('data', piece => { all += piece; }).on('end', () => {
        let parsed = all;
        try { parsed = JSON.parse(all); } catch { /* kept as text */ }
        resolve({ status: answer.statusCode, headers: answer.headers, body: parsed });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

before(async () => {
  server = await startServer({ set: { 'dnsLess.isActive': false, 'dns.domain': domain, 'core.id': 'core-a', 'auth.adminAccessKey': key, 'services.email.enabled': false, appList: { one: { displayName: 'One' } }, 'user-account.delete': ['personalToken'], 'access.defaultAuthUrl': `https://sw.${domain}/access` } });
  const made = await via('reg', 'POST', '/users', { body: { username, password: 'correct-Horse-7', email: 'a@b.c', appId: 'my-test-app' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(new URL(made.body.apiEndpoint).host, `${username}.${domain}`);
  token = new URL(made.body.apiEndpoint).username;
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
  assert.doesNotMatch(server.log(), /Sanitizer|runtime error/);
});

test('the register', async () => {
  const core = `https://core-a.${domain}/`;
  assert.equal((await via('reg', 'GET', '/hostings')).body.regions.default.zones.default.hostings.default.availableCore, core);
  assert.deepEqual((await via('reg', 'GET', '/apps')).body.apps.map(a => a.id), ['one']);
  assert.equal((await via('reg', 'GET', '/service/info')).body.register, `https://reg.${domain}/`);
  assert.equal((await via('reg', 'GET', `/${username}/check_username`)).body.reserved, true);
  assert.equal((await via('reg', 'GET', `/cores?username=${username}`)).body.core.url, core);
  const server_ = await via('reg', 'GET', `/${username}/server`);
  assert.deepEqual([server_.status, server_.headers.location], [302, `${core}?username=${username}`]);
  assert.deepEqual((await via('reg', 'POST', `/${username}/server`, { body: {} })).body, { server: core, alias: `${username}.${domain}` });
  assert.deepEqual((await via('reg', 'GET', '/admin/servers', { auth: key })).body.servers, { [core]: { userCount: 1 } });
  assert.equal((await via('reg', 'GET', `/admin/users/${username}`, { auth: key })).body.email, 'a@b.c');
});

test('requests for access', async () => {
  const asked = await via('access', 'POST', '/access', { body: { requestingAppId: 'my-app', requestedPermissions: [{ streamId: '*', level: 'read' }] } });
  assert.equal(asked.status, 201);
  assert.equal(new URL(asked.body.authUrl).searchParams.get('serviceInfo'), `https://reg.${domain}/service/info`);
  for (const [label, path] of [['access', '/access/'], ['reg', '/access/'], ['core-a', '/reg/access/']]) assert.equal((await via(label, 'GET', path + asked.body.key)).body.key, asked.body.key, label);
  assert.equal((await via('access', 'POST', '/access/invitationtoken/check', { body: { invitationtoken: 'x' } })).body, true);
});

test('a user, and its end within a batch', async () => {
  assert.equal((await via(username, 'GET', '/access-info', { auth: token })).body.user.username, username);
  assert.equal((await via('bobby-1', 'GET', '/access-info', { auth: token })).status, 404);
  const batch = await via(username, 'POST', '/', { auth: token, body: [{ method: 'streams.create', params: { id: 'diary', name: 'Diary' } }, { method: 'auth.delete', params: {} }, { method: 'streams.get', params: {} }, { method: 'events.get', params: {} }] });
  assert.deepEqual(batch.body.results.map(r => r.userDeletion?.username ?? r.error?.id ?? Object.keys(r)[0]), ['stream', username, 'unknown-resource', 'unknown-resource']);
  assert.equal((await via(username, 'GET', '/access-info', { auth: token })).status, 404);
  assert.equal((await via('reg', 'GET', `/${username}/check_username`)).body.reserved, false);
});
