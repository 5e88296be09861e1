// Administration below /system: whoever has not the key learns nothing, wrong requests change nothing, and what it tells is so.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, newUser, sleep, startServer } from '../lib/server.mjs';

const KEY = 'an-operator-s-key';
const HASH = '$2b$10$6eyzt9h4xwqVRhMmEc9a3uwqIVcrRUyVXR3K7LW5FGWPpVBwGtoDG'; // of correct-Horse-7
let server;
let dataDir;
let tokensFile;

const admin = (method, where, options = {}) => call(server.url, method, where, { token: KEY, ...options });
const newName = () => `n${crypto.randomBytes(8).toString('hex')}`;
const newAccount = (change = {}) => {
  const username = newName();
  return { username, passwordHash: HASH, email: `${username}@example.com`, language: 'fr', ...change };
};

before(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-admin-'));
  tokensFile = path.join(dataDir, 'join-tokens.json');
  server = await startServer({ dataDir, set: { 'auth.adminAccessKey': KEY, 'cluster.apiWorkers': 2, 'accessTracking.flushSeconds': 3600, 'cluster.tokens.path': tokensFile } });
});
after(async () => {
  const end = await server.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
  assert.equal(end.code, 0);
});

const ROUTES = [
  ['POST', '/system/create-user'], ['GET', '/system/user-info/somebody'], ['GET', '/system/admin/users'], ['GET', '/system/admin/cores'],
  ['GET', '/system/accesses/someone'], ['GET', '/system/check-platform-integrity'], ['GET', '/system/admin/certs'], ['POST', '/system/admin/certs/force-renew'],
  ['POST', '/system/users/validate'], ['PUT', '/system/users'], ['DELETE', '/system/users/somebody'],
  ['GET', '/system/admin/mail/templates'], ['GET', '/system/admin/mail/templates/a/en/html'], ['PUT', '/system/admin/mail/templates/a/en/html'],
  ['DELETE', '/system/admin/mail/templates/a/en/html'], ['POST', '/system/admin/mail/send-test'],
  ['GET', '/system/whatever'], ['POST', '/system/whatever/else'], ['PUT', '/system/x'], ['DELETE', '/system/x/y/z'], ['PATCH', '/system/x'], ['HEAD', '/system/admin/users']
];
const BAD = ['{', '[[[[', '"text"', '{"username":{"a":1}}', ''];

test('whoever has not the key is told the same everywhere, whatever else is wrong', async () => {
  const { token } = await newUser(server.url);
  for (const [method, where] of ROUTES) {
    for (const authorization of [undefined, 'wrong', '', `Bearer ${KEY}`, KEY.slice(0, -1), KEY + 'x', KEY.toUpperCase(), `${KEY}, ${KEY}`, token]) {
      const headers = authorization === undefined ? {} : { authorization };
      const bodies = ['GET', 'HEAD'].includes(method) ? [undefined] : BAD;
      for (const body of bodies) {
        const answer = await fetch(`${server.url}${where}?auth=${KEY}`, { method, headers: { ...headers, cookie: `auth=${KEY}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, body });
        const text = await answer.text();
        assert.equal(answer.status, 404, `${method} ${where} ${authorization} ${body}`);
        if (method !== 'HEAD') assert.equal(JSON.parse(text).error.id, 'unknown-resource');
      }
    }
  }
});

test('no key in the configuration: nobody has it', async () => {
  const without = await startServer({ set: { 'cluster.apiWorkers': 1 } });
  try {
    for (const authorization of [undefined, '', 'null', 'undefined', KEY]) {
      const answer = await call(without.url, 'GET', '/system/admin/users', { headers: authorization === undefined ? {} : { authorization } });
      assert.deepEqual([answer.status, answer.body.error.id], [404, 'unknown-resource']);
    }
  } finally {
    await without.stop();
  }
});

test('the key may come in a field of a form, which goes before the header', async () => {
  const form = (fields, token) => fetch(`${server.url}/system/admin/cores`, { method: 'POST', body: new URLSearchParams({ _method: 'GET', ...fields }), headers: token ? { authorization: token } : {} });
  assert.equal((await form({ _auth: KEY })).status, 200);
  assert.equal((await form({ _auth: KEY }, 'wrong')).status, 200);
  for (const [fields, token] of [[{}], [{ _auth: 'wrong' }], [{ _auth: 'wrong' }, KEY]]) assert.equal((await form(fields, token)).status, 404);
});

test('a path that nobody serves is unknown with the key too, and the account API does not find these methods', async () => {
  for (const [method, where] of ROUTES.slice(-6, -1)) assert.equal((await admin(method, where)).status, 404, where);
  const user = await newUser(server.url);
  const batch = await call(server.url, 'POST', user.path, { token: user.token, body: [{ method: 'system.listUsers', params: {} }] });
  assert.equal(batch.body.results[0].error.id, 'invalid-method');
  const byAdmin = await call(server.url, 'POST', `${user.path}?auth=${user.token}`, { token: KEY, body: [{ method: 'system.listUsers', params: {} }] });
  assert.notEqual(byAdmin.body.results?.[0]?.users !== undefined, true);
});

test('a user is made from a hash and can sign in; nobody is signed in before', async () => {
  const account = newAccount({ appId: 'some-app', referer: 'a-friend', storageUsed: { dbDocuments: 1, attachedFiles: 0 } });
  const made = await admin('POST', '/system/create-user', { body: account });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.match(made.body.id, /^[a-z][a-z0-9]{23}$/);
  const info = await admin('GET', `/system/user-info/${account.username}`);
  assert.deepEqual([info.body.userInfo.callsTotal, info.body.userInfo.lastAccess, info.body.userInfo.callsPerAccess], [0, 0, {}]);
  const signedIn = await call(server.url, 'POST', `/${account.username}/auth/login`, { body: { username: account.username, password: 'correct-Horse-7', appId: 'some-app' }, headers: { origin: 'http://127.0.0.1:9' } });
  assert.deepEqual([signedIn.status, signedIn.body.preferredLanguage], [200, 'fr']);
  const again = await admin('POST', '/system/create-user', { body: { ...account, email: 'x' + account.email } });
  assert.deepEqual([again.status, again.body.error.data], [409, { username: account.username }]);
  const sameAddress = await admin('POST', '/system/create-user', { body: newAccount({ email: account.email.toUpperCase() }) });
  assert.deepEqual([sameAddress.status, sameAddress.body.error.data], [409, { email: account.email.toUpperCase() }]);
});

test('create-user refuses what makes no account, and keeps no name for it', async () => {
  for (const [change, code] of [
    [{ passwordHash: undefined }, 'OBJECT_MISSING_REQUIRED_PROPERTY'], [{ passwordHash: 'correct-Horse-7' }, 'PATTERN'], [{ passwordHash: 7 }, 'INVALID_TYPE'],
    [{ email: undefined }, 'OBJECT_MISSING_REQUIRED_PROPERTY'], [{ email: '' }, 'MIN_LENGTH'], [{ email: 'a'.repeat(301) }, 'MAX_LENGTH'],
    [{ language: 'german' }, 'MAX_LENGTH'], [{ language: null }, 'INVALID_TYPE'], [{ id: 'caaaaaaaaaaaaaaaaaaaaaaa' }, 'OBJECT_ADDITIONAL_PROPERTIES'],
    [{ password: 'correct-Horse-7' }, 'OBJECT_ADDITIONAL_PROPERTIES'], [{ appId: 'short' }, 'MIN_LENGTH'],
    [{ storageUsed: 5 }, 'INVALID_TYPE'], [{ storageUsed: { attachedFiles: 1 } }, 'OBJECT_MISSING_REQUIRED_PROPERTY']
  ]) {
    const account = newAccount(change);
    const answer = await admin('POST', '/system/create-user', { body: account });
    assert.equal(answer.status, 400, JSON.stringify(change));
    assert.deepEqual(answer.body.error.data.map(complaint => complaint.code), [code], JSON.stringify(change));
    assert.equal((await admin('POST', '/system/create-user', { body: newAccount({ username: account.username }) })).status, 201);
  }
  for (const username of ['Capital', 'shor', '-dash-', 'dash-', 'a'.repeat(61), 'ünïcode', '', 7]) {
    const { status, body } = await admin('POST', '/system/create-user', { body: newAccount({ username }) });
    assert.deepEqual([status, body.error.data.map(complaint => complaint.code)], [400, [username === 7 ? 'INVALID_TYPE' : 'PATTERN']], String(username));
  }
  assert.equal((await admin('POST', '/system/create-user', { body: newAccount({ username: 'pryv-somebody' }) })).status, 409);
  const typed = (type, body) => fetch(`${server.url}/system/create-user`, { method: 'POST', body, headers: { authorization: KEY, ...(type && { 'content-type': type }) } });
  for (const [type, status, id] of [['text/plain', 415, 'unsupported-content-type'], ['application/x-www-form-urlencoded', 415, 'unsupported-content-type']]) {
    const answer = await typed(type, 'username=somebody');
    assert.deepEqual([answer.status, (await answer.json()).error.id], [status, id]);
  }
  const untyped = await typed(undefined, undefined);
  assert.deepEqual([untyped.status, (await untyped.json()).error.id], [400, 'missing-header']);
});

// Nothing is written in the background within this test: what is told was asked of both workers.
test('users, their use and the cores are told', async () => {
  const user = await newUser(server.url);
  const shared = await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: 'secret name', type: 'shared', permissions: [{ streamId: '*', level: 'read' }] } });
  const info = async () => (await admin('GET', `/system/user-info/${user.username}`)).body.userInfo;
  const first = await info();
  assert.deepEqual(Object.keys(first.callsPerAccess).sort(), ['pryvd-tests', 'shared'], 'those that were never used too');
  await Promise.all(Array.from({ length: 30 }, () => call(server.url, 'GET', `${user.path}/events?limit=1`, { token: shared.body.access.token })));
  const second = await info();
  assert.equal(second.callsTotal - first.callsTotal, 30);
  assert.equal(second.callsDetail['events:get'] - first.callsDetail['events:get'], 30);
  assert.equal(second.callsPerAccess.shared, 30);
  assert.equal('secret name' in second.callsPerAccess, false);
  assert.equal(typeof second.callsDetail['webhooks:get'] === 'number' || typeof second.callsDetail['streams:get'] === 'number', true);
  assert.equal(Object.keys(second.callsDetail).some(name => name.startsWith('system')), false);
  assert.equal((await admin('GET', '/system/user-info/nobody-at-all')).status, 404);

  const { users } = (await admin('GET', '/system/admin/users')).body;
  const mine = users.find(({ username }) => username === user.username);
  assert.deepEqual(Object.keys(mine).sort(), ['email', 'id', 'language', 'username']);
  assert.deepEqual(users.map(({ username }) => username), users.map(({ username }) => username).toSorted());
  const { cores } = (await admin('GET', '/system/admin/cores')).body;
  assert.deepEqual(cores, [{ id: 'single', url: server.url + '/', hosting: null, available: true, userCount: users.length }]);
});

test('whose access it is', async () => {
  const user = await newUser(server.url);
  const { access } = (await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: 'looked-up', type: 'app', permissions: [{ streamId: '*', level: 'read' }] } })).body;
  const expected = { accessId: access.id, username: user.username, type: 'app', expires: null, created: access.created, lastModified: access.modified };
  for (const id of [access.id, `${access.id}:7`]) assert.deepEqual((await admin('GET', `/system/accesses/${id}`)).body.accessIndex, expected);
  assert.equal((await call(server.url, 'DELETE', `${user.path}/accesses/${access.id}`, { token: user.token })).status, 200);
  const { deleted, ...rest } = (await admin('GET', `/system/accesses/${access.id}`)).body.accessIndex;
  assert.equal(Math.abs(deleted - Date.now() / 1000) < 60, true);
  assert.deepEqual({ ...rest, lastModified: expected.lastModified }, expected);
  for (const id of ['no-such-access', ':', `:${access.id}`, `${access.id}:`, `${access.id}:x`, `${access.id}:0`, '%00']) assert.ok([400, 404].includes((await admin('GET', `/system/accesses/${id}`)).status), id);
  assert.equal((await admin('DELETE', `/users/${user.username}`)).status, 200);
  assert.equal((await admin('GET', `/system/accesses/${access.id}`)).status, 404, 'nothing of a deleted user');
});

test('the check of integrity finds what was broken', async () => {
  const user = await newUser(server.url);
  const sound = await admin('GET', '/system/check-platform-integrity');
  assert.deepEqual(sound.body.checks.map(({ errors }) => errors), [[], []]);
  const { users } = (await admin('GET', '/system/admin/users')).body;
  assert.equal(sound.body.checks[0].infos.usersCountOnPlatform, users.length);
  assert.equal(sound.body.checks[0].infos.usersCountOnRepository, users.length);
  assert.equal((await admin('PUT', '/system/users', { body: { username: user.username, user: { language: 'it' } } })).status, 200);
  const differs = await admin('GET', '/system/check-platform-integrity');
  assert.deepEqual(differs.body.checks[0].errors.map(text => text.split(':')[0]), [user.username]);
  assert.equal((await admin('DELETE', `/system/users/${user.username}?onlyReg=true`)).status, 200);
  const lost = (await admin('GET', '/system/check-platform-integrity')).body.checks[0];
  assert.equal(lost.infos.usersCountOnPlatform, users.length - 1);
  assert.ok(lost.errors.some(text => text.startsWith(user.username) && text.includes('does not know the user')));
});

test('a reserved name is kept for whoever registers it, and lapses', async () => {
  const name = newName();
  const email = `${name}@example.com`;
  const validate = body => admin('POST', '/system/users/validate', { body });
  assert.deepEqual((await validate({ username: name, uniqueFields: { username: name, email } })).body, { reservation: true });
  assert.deepEqual((await validate({ username: name, uniqueFields: {} })).body, { reservation: true });
  const other = await validate({ username: newName(), uniqueFields: { email: email.toUpperCase() } });
  assert.deepEqual([other.status, other.body], [400, { reservation: false, error: { id: 'item-already-exists', data: { email: email.toUpperCase() } } }]);
  const registration = { appId: 'admin-tests', username: name, password: 'correct-Horse-7', email, language: 'en', invitationToken: 'enjoy' };
  const broken = await call(server.url, 'POST', '/users', { body: { ...registration, password: 'x' } });
  assert.equal(broken.status, 400);
  assert.equal((await validate({ username: newName(), uniqueFields: { email } })).status, 400, 'a failed registration leaves it reserved');
  const registered = await call(server.url, 'POST', '/users', { body: registration });
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  const taken = await validate({ username: name, uniqueFields: { email } });
  assert.deepEqual([taken.status, taken.body.error.data], [400, { username: name }]);
  for (const body of [{}, { username: 7 }, { username: 'X' }, { username: newName(), uniqueFields: [] }, { username: newName(), uniqueFields: { email: 7 } }, { username: newName(), uniqueFields: { shoeSize: '43' } }, { username: newName(), uniqueFields: { email: '' } }]) {
    const answer = await validate(body);
    assert.deepEqual([answer.status, answer.body.error.id], [400, 'invalid-parameters-format'], JSON.stringify(body));
  }

  const brief = await startServer({ set: { 'auth.adminAccessKey': KEY, 'registration.olderReservationSeconds': 5 } });
  try {
    const ask = body => call(brief.url, 'POST', '/system/users/validate', { token: KEY, body });
    assert.equal((await ask({ username: name, uniqueFields: { email } })).status, 200);
    assert.equal((await ask({ username: newName(), uniqueFields: { email } })).status, 400);
    await sleep(5500);
    assert.equal((await ask({ username: newName(), uniqueFields: { email } })).status, 200);
  } finally {
    await brief.stop();
  }
});

test('what the platform knows is changed for the user alone', async () => {
  const [one, other] = [await newUser(server.url), await newUser(server.url)];
  const put = body => admin('PUT', '/system/users', { body });
  const address = `${one.username}@elsewhere.example`;
  assert.deepEqual((await put({ username: one.username, user: { email: address, language: 'it' }, fieldsToDelete: { referer: '' } })).body, { user: true });
  assert.equal((await call(server.url, 'GET', `/reg/${address}/check_email`)).status, 409);
  assert.equal((await call(server.url, 'GET', `/reg/${one.username}@example.com/check_email`)).status, 200, 'the former address is free');
  const stolen = await put({ username: one.username, user: { language: 'de', email: `${other.username}@EXAMPLE.com` } });
  assert.deepEqual([stolen.status, stolen.body.error.id, Object.keys(stolen.body.error.data)], [409, 'item-already-exists', ['email']]);
  assert.equal((await put({ username: one.username, fieldsToDelete: { email: `${other.username}@example.com` } })).status, 403);
  assert.equal((await call(server.url, 'GET', `/reg/${other.username}@example.com/check_email`)).status, 409);
  assert.equal((await put({ username: one.username, fieldsToDelete: { email: address } })).status, 200);
  assert.equal((await call(server.url, 'GET', `/reg/${address}/check_email`)).status, 200);
  assert.equal((await put({ username: 'nobody-at-all', user: { language: 'it' } })).status, 404);
  for (const body of [{}, { username: '' }, { username: one.username, user: 7 }, { username: one.username, user: { shoeSize: '43' } }, { username: one.username, user: { username: 'other-name' } }, { username: one.username, user: { email: null } }, { username: one.username, fieldsToDelete: [] }, { username: one.username, fieldsToDelete: { email: 7 } }]) {
    const answer = await put(body);
    assert.deepEqual([answer.status, answer.body.error.id], [400, 'invalid-parameters-format'], JSON.stringify(body));
  }
});

test('the platform forgets a user only when that is what was asked for', async () => {
  const user = await newUser(server.url);
  const remove = query => admin('DELETE', `/system/users/${user.username}${query}`);
  for (const query of ['', '?onlyReg=false', '?onlyReg=1', '?dryRun=true']) assert.deepEqual([(await remove(query)).status, (await remove(query)).body.error.id], [400, 'invalid-operation']);
  assert.deepEqual((await remove('?onlyReg=true&dryRun=true')).body, { result: { dryRun: true, deleted: false } });
  assert.equal((await call(server.url, 'GET', `/reg/${user.username}@example.com/check_email`)).status, 409);
  assert.deepEqual((await remove('?onlyReg=true')).body, { result: { dryRun: false, deleted: true } });
  assert.equal((await call(server.url, 'GET', `/reg/${user.username}@example.com/check_email`)).status, 200);
  assert.equal((await remove('?onlyReg=true')).status, 404);
  assert.equal((await call(server.url, 'GET', `${user.path}/events`, { token: user.token })).status, 200, 'the account is there');
});

test('certificates: none are kept, none are renewed', async () => {
  assert.deepEqual((await admin('GET', '/system/admin/certs')).body, { certs: [] });
  const renewed = await admin('POST', '/system/admin/certs/force-renew', { body: { hostname: 'core.example' } });
  assert.deepEqual([renewed.status, renewed.body.ok, typeof renewed.body.error], [400, false, 'string']);
  assert.deepEqual(Object.keys((await admin('POST', '/system/admin/certs/force-renew', { body: { hostname: 7 } })).body), ['error']);
});

test('a core joins by its own token, once, in time', async () => {
  const acknowledge = body => call(server.url, 'POST', '/system/admin/cores/ack', { body });
  for (const body of [{}, { coreId: 'core-b' }, { token: 'x' }, { coreId: 7, token: 'x' }, { coreId: '', token: '' }]) {
    const answer = await acknowledge(body);
    assert.deepEqual([answer.status, answer.body.error.id], [400, 'invalid-body']);
  }
  const hash = text => crypto.createHash('sha256').update(text).digest('hex');
  const now = Date.now();
  const row = (coreId, change = {}) => ({ coreId, issuedAt: now, expiresAt: now + 60000, consumedAt: null, consumerIp: null, ...change });
  const told = async body => { const { status, body: answer } = await acknowledge(body); return [status, answer.error?.id, answer.error?.reason]; };
  assert.deepEqual(await told({ coreId: 'core-b', token: 'good' }), [401, 'token-invalid', 'unknown']);
  fs.writeFileSync(tokensFile, JSON.stringify({ version: 1, tokens: { [hash('good')]: row('core-b'), [hash('late')]: row('core-b', { expiresAt: now - 1 }), [hash('used')]: row('core-b', { consumedAt: now }) } }));
  assert.deepEqual(await told({ coreId: 'core-b', token: 'late' }), [401, 'token-invalid', 'expired']);
  assert.deepEqual(await told({ coreId: 'core-b', token: 'used' }), [401, 'token-invalid', 'already-consumed']);
  assert.deepEqual(await told({ coreId: 'core-c', token: 'good' }), [401, 'token-coreid-mismatch', undefined]);
  assert.deepEqual(await told({ coreId: 'core-b', token: 'good' }), [404, 'core-not-pre-registered', undefined]);
  assert.equal(JSON.parse(fs.readFileSync(tokensFile)).tokens[hash('good')].consumedAt, null);

  fs.writeFileSync(tokensFile, JSON.stringify({ version: 1, tokens: { [hash('own')]: row('single'), [hash('good')]: row('core-b') } }));
  const answers = await Promise.all(Array.from({ length: 8 }, () => acknowledge({ coreId: 'single', token: 'own' })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401, 401, 401, 401], 'once');
  const { body } = answers.find(({ status }) => status === 200);
  assert.deepEqual([body.ok, body.coreId, body.cluster.cores.map(({ id, available }) => [id, available]), body.cluster.lscIps], [true, 'single', [['single', true]], []]);
  const kept = JSON.parse(fs.readFileSync(tokensFile)).tokens;
  assert.deepEqual([kept[hash('own')].consumerIp, kept[hash('good')].consumedAt], ['127.0.0.1', null]);
  fs.writeFileSync(tokensFile, 'no JSON');
  assert.equal((await acknowledge({ coreId: 'core-b', token: 'good' })).status, 500);
});

/** Places below a folder where one of the texts is: in a name, or in what is stored, raw or in base64. */
function traces (folder, texts) {
  const needles = texts.flatMap(text => [text, Buffer.from(text).toString('base64').slice(0, -4)]).filter(text => text.length > 5);
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(entry => {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const stored = entry.isFile() ? fs.readFileSync(file) : Buffer.alloc(0);
    return needles.filter(text => entry.name.includes(text) || stored.includes(text)).map(text => `${file}: ${text}`);
  });
}

test('deletion leaves nothing of a user in the data folder', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-deletion-'));
  const set = { 'auth.adminAccessKey': KEY, 'cluster.apiWorkers': 2, 'versioning.forceKeepHistory': true, 'versioning.deletionMode': 'keep-everything' };
  let deleting = await startServer({ dataDir: folder, set });
  try {
    const user = await newUser(deleting.url);
    const stays = await newUser(deleting.url);
    const secret = `secret-${crypto.randomBytes(12).toString('hex')}`;
    const mine = (method, where, body) => call(deleting.url, method, user.path + where, { token: user.token, body });
    const { id } = (await call(deleting.url, 'GET', '/system/admin/users', { token: KEY })).body.users.find(({ username }) => username === user.username);
    const made = [
      await mine('POST', '/streams', { id: 'diary', name: secret, clientData: { secret } }),
      await mine('POST', '/events', { streamIds: ['diary'], type: 'note/txt', content: secret }),
      await mine('POST', '/accesses', { name: secret, type: 'shared', clientData: { secret }, permissions: [{ streamId: 'diary', level: 'read' }] }),
      await mine('POST', '/accesses', { name: 'another', type: 'app', token: `token-${secret}`, permissions: [{ streamId: '*', level: 'manage' }] })
    ];
    assert.deepEqual(made.map(({ status }) => status), [201, 201, 201, 201]);
    const event = made[1].body.event;
    assert.equal((await mine('PUT', `/events/${event.id}`, { content: `${secret} again` })).status, 200, 'a version');
    assert.equal((await mine('PUT', '/profile/private', { secret })).status, 200);
    const form = new FormData();
    form.append('event', JSON.stringify({ streamIds: ['diary'], type: 'file/attached' }));
    form.append('file', new Blob([`${secret} in a file `.repeat(1000)]), `${secret}.txt`);
    const upload = await fetch(`${deleting.url}${user.path}/events`, { method: 'POST', headers: { authorization: user.token }, body: form });
    const attachment = (await upload.json()).event.attachments[0];
    const gone = (await mine('POST', '/events', { streamIds: ['diary'], type: 'note/txt', content: `${secret} deleted` })).body.event;
    for (let i = 0; i < 2; i++) await mine('DELETE', `/events/${gone.id}`);
    await call(deleting.url, 'POST', '/system/users/validate', { token: KEY, body: { username: newName(), uniqueFields: {} } });

    const texts = [user.username, id, user.token, secret, event.id, attachment.id, made[2].body.access.id, made[2].body.access.token];
    for (const text of texts) assert.ok(traces(folder, [text]).length > 0, `the scan finds ${text} while it is there`);
    const deleted = await call(deleting.url, 'DELETE', `/users/${user.username}`, { token: KEY });
    assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
    assert.equal((await call(deleting.url, 'GET', `${user.path}/events`, { token: user.token })).status, 404);
    for (const place of [`/reg/${user.username}/check_username`, `/reg/${user.username}@example.com/check_email`]) {
      assert.deepEqual((await call(deleting.url, 'GET', place)).body.reserved, false);
    }
    assert.deepEqual(traces(folder, texts), [], 'at once');
    assert.equal((await deleting.stop()).code, 0);
    assert.deepEqual(traces(folder, texts), [], 'after the end');
    deleting = await startServer({ dataDir: folder, set });
    assert.equal((await call(deleting.url, 'GET', `${stays.path}/streams`, { token: stays.token })).status, 200);
    assert.ok(traces(folder, [stays.username]).length > 0);
  } finally {
    await deleting.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** Takes every SMS; `codes`: what they said. */
async function startGateway () {
  const codes = [];
  const gateway = http.createServer((request, response) => {
    let text = '';
    request.on('data', piece => { text += piece; }).on('end', () => { codes.push(text); response.end('{}'); });
  });
  await new Promise(resolve => gateway.listen(0, '127.0.0.1', resolve));
  return { codes, url: `http://127.0.0.1:${gateway.address().port}/`, stop: () => { gateway.closeAllConnections(); gateway.close(); } };
}

test('deletion leaves nothing of what plugins keep of a user: codes, sessions, counts, mails, accepted requests', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-forgetting-'));
  const gateway = await startGateway();
  const forgetting = await startServer({
    dataDir: folder,
    set: {
      'auth.adminAccessKey': KEY,
      'cluster.apiWorkers': 2,
      'services.mfa.mode': 'single',
      'services.mfa.sms.endpoints.single': { url: gateway.url, headers: { 'content-type': 'text/plain' }, body: '{{ code }}' },
      'services.email.enabled': { welcome: true },
      'services.email.method': 'microservice',
      'services.email.url': 'http://127.0.0.1:1/'
    }
  });
  try {
    const ask = (method, where, options) => call(forgetting.url, method, where, options);
    const ids = {};
    const makeTraces = async user => {
      const phone = `phone-${crypto.randomBytes(8).toString('hex')}`;
      const state = crypto.randomBytes(8).toString('hex');
      const { body: activated, status } = await ask('POST', `${user.path}/mfa/activate`, { token: user.token, body: { phone } });
      assert.equal(status, 302, JSON.stringify(activated));
      const code = gateway.codes.at(-1);
      assert.equal((await ask('POST', `${user.path}/mfa/confirm`, { token: activated.mfaToken, body: { code: code === '0000' ? '1111' : '0000' } })).status, 400);
      const asked = await ask('POST', '/reg/access', { body: { requestingAppId: 'scan', requestedPermissions: [{ streamId: '*', level: 'read' }], oauthState: state, returnURL: false, authUrl: undefined } });
      assert.equal(asked.status, 201, JSON.stringify(asked.body));
      const accepted = await ask('POST', `/reg/access/${asked.body.key}`, { body: { status: 'ACCEPTED', username: user.username, token: user.token } });
      assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
      ids[user.username] ??= (await ask('GET', '/system/admin/users', { token: KEY })).body.users.find(({ username }) => username === user.username).id;
      const id = ids[user.username];
      return [phone, state, `mfa-session/${id}`, `mfa-code/${id}`, `mfa-failures/${id}`, `mfa-challenges/${id}`, `"name":"${user.username}"`, `access-accepted/${user.username}`];
    };
    const [goes, stays] = [await newUser(forgetting.url), await newUser(forgetting.url)];
    const [gone, kept] = [await makeTraces(goes), await makeTraces(stays)];
    for (const text of [...gone, ...kept]) assert.ok(traces(folder, [text]).length > 0, `the scan finds ${text} while it is there`);
    assert.equal((await ask('DELETE', `/users/${goes.username}`, { token: KEY })).status, 200);
    assert.deepEqual(traces(folder, [...gone, goes.username, ids[goes.username]]), []);
    for (const text of kept) assert.ok(traces(folder, [text]).length > 0, `${text} is another's`);
  } finally {
    await forgetting.stop();
    gateway.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
