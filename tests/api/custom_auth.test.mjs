// A custom authentication step: the example of the SDK is installed, and one that is asked for but not there stops the start.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { buildExample, pluginDirWith } from '../lib/examples.mjs';
import { call, newUser, startServer } from '../lib/server.mjs';

let plugins, server, user, names = 0;

before(async () => {
  plugins = pluginDirWith(buildExample('custom-auth'));
  server = await startServer({ args: ['--plugin-dir', plugins], set: { 'cluster.apiWorkers': 2, 'customExtensions.customAuthStepFn': 'custom-auth' } });
  user = await newUser(server.url);
  assert.equal((await call(server.url, 'POST', user.path + '/streams', { token: user.token, body: { id: 'diary', name: 'Diary' } })).status, 201);
});

after(async () => {
  fs.rmSync(plugins, { recursive: true });
  assert.equal((await server.stop()).code, 0);
});

async function make (customAuth) {
  const { status, body } = await call(server.url, 'POST', user.path + '/accesses', {
    token: user.token, body: { name: `access ${++names}`, permissions: [{ streamId: 'diary', level: 'manage' }], clientData: { customAuth } }
  });
  assert.equal(status, 201);
  return body.access;
}
const ask = (token, { path: where = '/access-info', method = 'GET', headers, body } = {}) => call(server.url, method, user.path + where, { token, headers, body });

function refused (answer, access) {
  assert.equal(answer.status, 401);
  assert.equal(answer.body.error.id, 'invalid-access-token');
  assert.match(answer.body.error.message, /^Custom auth step failed: /);
  assert.equal(answer.headers.get('pryv-access-id'), access.id, 'the access was found, and is told');
}

test('the step sees caller, headers, user name and token, and refuses', async () => {
  const access = await make({ callerId: 'nurse', header: { name: 'x-room', value: '12' }, username: user.username });
  const headers = { 'X-Room': '12' };
  assert.equal((await ask(access.token + ' nurse', { headers })).status, 200);
  for (const [token, more] of [[access.token, { headers }], [access.token + ' doctor', { headers }], [access.token + ' nurse', {}], [access.token + ' nurse', { headers: { 'x-room': '13' } }]]) {
    refused(await ask(token, more), access);
  }
  const strange = await make({ username: 'somebody-else' });
  refused(await ask(strange.token), strange);
});

test('it comes before the method, for every way to one', async () => {
  const access = await make({ callerId: 'nurse' });
  for (const more of [{ path: '/account' }, { path: '/events?colour=red' }, { method: 'POST', path: '', body: [] }, { method: 'POST', path: '/events', body: { type: 1 } }, { path: '/events/x/y' }, { method: 'POST', path: '/auth/logout', body: {} }]) {
    refused(await ask(access.token, more), access);
  }
  const form = new FormData();
  form.append('event', '{"streamIds":["diary"],"type":"picture/attached"}');
  form.append('file', new Blob(['x']), 'x.txt');
  const upload = await fetch(server.url + user.path + '/events', { method: 'POST', headers: { authorization: access.token }, body: form });
  assert.equal(upload.status, 401);
  assert.equal((await ask('unknown')).status, 403, 'an unknown token never gets there');
});

test('it runs once per request, a batch included', async () => {
  const access = await make({ delayMs: 250 });
  const began = Date.now();
  const { status, body } = await ask(access.token, { method: 'POST', path: '', body: Array(8).fill({ method: 'getAccessInfo', params: {} }) });
  assert.equal(status, 200);
  assert.ok(body.results.every(result => result.id === access.id));
  assert.ok(Date.now() - began >= 240 && Date.now() - began < 1500, `${Date.now() - began} ms`);
});

test('a step that takes its time does not hold up others', async () => {
  const slow = await make({ delayMs: 1000 });
  const waiting = ask(slow.token);
  const began = Date.now();
  for (let i = 0; i < 10; i++) assert.equal((await ask(user.token)).status, 200);
  assert.ok(Date.now() - began < 900, `${Date.now() - began} ms`);
  assert.equal((await waiting).status, 200);
});

test('a step that is asked for but not there stops the start', async () => {
  await assert.rejects(startServer({ set: { 'customExtensions.customAuthStepFn': 'authStep.js' } }), /customAuthStepFn asks for a custom authentication step, but no plugin is one/);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-extensions-'));
  try {
    const server = await startServer({ set: { 'customExtensions.defaultFolder': folder, 'cluster.apiWorkers': 1 } });
    assert.equal((await server.stop()).code, 0, 'an empty folder asks for nothing');
    fs.writeFileSync(path.join(folder, 'customAuthStepFn.js'), 'module.exports = (context, callback) => callback();');
    await assert.rejects(startServer({ set: { 'customExtensions.defaultFolder': folder } }), /no plugin is one/);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
