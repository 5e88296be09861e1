// Registration from outside: what is refused and how, races, invitations, and a server that dies while a thousand people register.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { call, sleep, startServer, until, workersOf } from '../lib/server.mjs';

// Hashing as cheap as it may be: what is tested here is not the hash.
const cheap = { 'auth.passwordHashOperations': 1, 'auth.passwordHashMemoryKb': 8192, 'auth.passwordHashConcurrency': 2, 'auth.passwordHashQueue': 100000 };
const key = 'the-key-of-these-tests';
const password = 'correct-Horse-7';
let server;
let counter = 0;

function newcomer (fields = {}) {
  const username = `n${process.pid.toString(36)}${Date.now().toString(36)}${counter++}`;
  return { username, password, email: `${username}@example.com`, appId: 'reg-tests', ...fields };
}

const register = (url, body) => call(url, 'POST', '/users', { body });
const login = (url, { username }) => call(url, 'POST', `/${username}/auth/login`, { body: { username, password, appId: 'reg-tests' }, headers: { origin: 'http://127.0.0.1:3000' } });
const settings = { ...cheap, 'auth.adminAccessKey': key, 'auth.trustedApps': '*@http://127.0.0.1*', 'services.email.enabled': { welcome: false, resetPassword: false } };

before(async () => { server = await startServer({ set: { ...settings, 'user-account.delete': ['adminToken', 'personalToken'] } }); });
after(async () => {
  assert.equal((await server.stop()).code, 0);
  assert.doesNotMatch(server.log(), /Sanitizer|runtime error/);
});

const codes = res => (res.body.error?.data ?? []).map(d => d.code).sort();

test('names that are malformed, by letters, length or Unicode', async () => {
  for (const username of ['', 'abcd', 'a'.repeat(61), 'Abcdef', 'abc_def', '-abcde', 'abcde-', 'abcdé', 'ａｂｃｄｅｆ', 'abcdef\u0000', 'abc def', 'abcdef\n', '../etc', 'аbcdef', 'é'.normalize('NFD') + 'abcde']) {
    const res = await register(server.url, newcomer({ username }));
    assert.deepEqual([res.status, res.body.error.id, codes(res)], [400, 'invalid-parameters-format', ['username-invalid']], JSON.stringify(username));
  }
});

test('names that the service keeps', async () => {
  for (const username of ['pryv-support', 'pryvfan', 'admin', 'postmaster', 'security', 'r-abcdefgh']) {
    const res = await register(server.url, newcomer({ username }));
    assert.deepEqual([res.status, res.body.error.id, res.body.error.data], [409, 'item-already-exists', { username }]);
    const asked = await call(server.url, 'GET', `/reg/${username}/check_username`);
    assert.deepEqual([asked.status, asked.body.reserved, asked.body.reason], [200, true, 'RESERVED_USER_NAME']);
  }
});

test('all complaints come at once', async () => {
  const res = await register(server.url, { username: 'X', password: 'short', email: '', appId: 'abc', language: 'toolong', referer: '', invitationToken: 7 });
  assert.equal(res.status, 400);
  assert.deepEqual(codes(res), ['appid-invalid', 'email-invalid', 'invitationToken-invalid', 'language-invalid', 'password-invalid', 'referer-invalid', 'username-invalid']);
  const none = await register(server.url, {});
  assert.deepEqual(codes(none), ['appid-invalid', 'email-required', 'password-required', 'username-required']);
  for (const body of [[], 'text', 5, null]) assert.equal((await register(server.url, body)).status, 400, JSON.stringify(body));
});

test('addresses differ by more than their case', async () => {
  const one = newcomer();
  assert.equal((await register(server.url, one)).status, 201);
  const other = newcomer({ email: one.email.toUpperCase() });
  const res = await register(server.url, other);
  assert.deepEqual([res.status, res.body.error.data], [409, { email: other.email }]);
  assert.equal((await call(server.url, 'GET', `/reg/${encodeURIComponent(other.email)}/check_email`)).status, 409);
  assert.equal((await register(server.url, { ...other, email: 'other-' + one.email })).status, 201, 'what was refused left nothing behind');
});

test('neither an id nor a hash of one’s own is taken', async () => {
  const one = newcomer({ id: 'chosen-by-me', passwordHash: '$2b$10$6eyzt9h4xwqVRhMmEc9a3uwqIVcrRUyVXR3K7LW5FGWPpVBwGtoDG' });
  assert.equal((await register(server.url, one)).status, 201);
  assert.equal((await login(server.url, one)).status, 200);
  const { password: _, ...without } = newcomer({ passwordHash: one.passwordHash });
  assert.deepEqual(codes(await register(server.url, without)), ['password-required']);
});

test('older names of parameters; the newer ones win', async () => {
  assert.deepEqual(codes(await call(server.url, 'POST', '/reg/user', { body: newcomer({ appid: 'x' }) })), ['appid-invalid'], 'but on their own route');
  assert.equal((await register(server.url, newcomer({ appid: 'x' }))).status, 201);
  const { appId, ...one } = newcomer({ appid: 'old-style-app', languageCode: 'fr' });
  const made = await call(server.url, 'POST', '/reg/user', { body: one });
  assert.equal(made.status, 201);
  const token = new URL(made.body.apiEndpoint).username;
  assert.equal((await call(server.url, 'GET', `/${one.username}/access-info`, { token })).body.name, 'old-style-app');
  assert.equal((await call(server.url, 'GET', `/${one.username}/account`, { token })).body.account.language, 'fr');
});

test('of many that race for one name, and for one address, one wins', async () => {
  for (const field of ['username', 'email']) {
    const value = newcomer()[field];
    const answers = await Promise.all(Array.from({ length: 40 }, () => register(server.url, newcomer({ [field]: value }))));
    const won = answers.filter(a => a.status === 201);
    assert.equal(won.length, 1, field);
    for (const lost of answers.filter(a => a.status !== 201)) assert.deepEqual([lost.status, lost.body.error.data], [409, { [field]: value }]);
  }
});

test('an account goes: its tokens are dead, its name and address are free, a former token stays dead', async () => {
  const one = newcomer();
  const made = await register(server.url, one);
  const token = new URL(made.body.apiEndpoint).username;
  await call(server.url, 'POST', `/${one.username}/streams`, { token, body: { id: 'diary', name: 'Diary' } });
  const shared = await call(server.url, 'POST', `/${one.username}/accesses`, { token, body: { name: 'alias', permissions: [{ streamId: 'diary', level: 'read' }], randomAlias: true } });
  const alias = new URL(shared.body.access.apiEndpoint).pathname.split('/')[1];
  assert.match(alias, /^r-/);
  assert.equal((await call(server.url, 'DELETE', `/users/${one.username}`)).status, 403);
  assert.equal((await call(server.url, 'DELETE', `/users/${one.username}`, { token: 'wrong' })).status, 403);
  assert.equal((await call(server.url, 'DELETE', `/users/${one.username}`, { token: shared.body.access.token })).status, 403);
  const gone = await call(server.url, 'DELETE', `/users/${one.username}`, { token });
  assert.deepEqual([gone.status, gone.body.userDeletion], [200, { username: one.username }]);
  // Many connections, so that every worker is asked.
  for (const res of await Promise.all(Array.from({ length: 30 }, () => call(server.url, 'GET', `/${one.username}/access-info`, { token, headers: { connection: 'close' } })))) assert.equal(res.status, 404);
  assert.equal((await call(server.url, 'GET', `/${alias}/access-info`, { token: shared.body.access.token })).status, 404);
  assert.equal((await register(server.url, one)).status, 201, 'name and address are free');
  assert.equal((await call(server.url, 'GET', `/${one.username}/access-info`, { token })).status, 403);
  assert.equal((await call(server.url, 'DELETE', `/users/${one.username}`, { token: key })).status, 200, 'the administrator may');
  assert.equal((await call(server.url, 'DELETE', `/users/${one.username}`, { token: key })).status, 404);
});

test('an owner deletes no other account from within a batch, nor their own by another name', async () => {
  const [one, two] = [newcomer(), newcomer()];
  const token = new URL((await register(server.url, one)).body.apiEndpoint).username;
  await register(server.url, two);
  const within = async params => (await call(server.url, 'POST', `/${one.username}`, { token, body: [{ method: 'auth.delete', params }] })).body.results[0];
  for (const username of [two.username, 'nobody-at-all', '', 5, null]) assert.equal((await within({ username })).error?.id, 'unknown-resource', JSON.stringify(username));
  for (const who of [one, two]) assert.equal((await login(server.url, who)).status, 200);
  assert.deepEqual((await within({ username: one.username })).userDeletion, { username: one.username });
  assert.equal((await login(server.url, one)).status, 404);
});

test('by invitation: one token admits one, whatever fails or races', async () => {
  const closed = await startServer({ set: { ...settings, invitationTokens: ['alpha-token', 'beta-token'] } });
  try {
    const check = async token => (await call(closed.url, 'POST', '/access/invitationtoken/check', { body: { invitationtoken: token } })).body;
    assert.equal(await check('alpha-token'), true);
    assert.equal(await check('nobody-made-this'), false);
    assert.equal(await check(undefined), false);
    for (const invitationToken of [undefined, '', 'nobody-made-this', '../core-info/single']) {
      const res = await register(closed.url, newcomer({ invitationToken }));
      assert.deepEqual([res.status, res.body.error.id], [400, 'invalid-operation'], invitationToken);
    }
    const race = await Promise.all(Array.from({ length: 20 }, () => register(closed.url, newcomer({ invitationToken: 'alpha-token' }))));
    assert.equal(race.filter(r => r.status === 201).length, 1);
    assert.equal(await check('alpha-token'), false);
    const taken = race.find(r => r.status === 201).body.username;
    assert.equal((await register(closed.url, newcomer({ invitationToken: 'beta-token', username: taken }))).status, 409);
    assert.equal(await check('beta-token'), true, 'a registration that failed gives it back');
    assert.equal((await call(closed.url, 'GET', '/reg/admin/invitations')).status, 404);
    assert.equal((await call(closed.url, 'GET', '/reg/admin/invitations', { token: `Bearer ${key}` })).status, 404);
    const made = await call(closed.url, 'GET', '/reg/admin/invitations/post?count=3&message=friends', { token: key });
    assert.equal(made.body.data.length, 3);
    const count = async text => (await call(closed.url, 'GET', `/reg/admin/invitations/post?count=${text}`, { token: key })).body.data.length;
    assert.deepEqual([await count('x'), await count('1e9'), await count('-1')], [1, 1, 0]);
    const listed = (await call(closed.url, 'GET', '/reg/admin/invitations', { token: key })).body.invitations;
    assert.equal(listed.length, 7);
    assert.equal(listed.find(i => i.id === 'alpha-token').consumedBy, taken);
    assert.equal((await register(closed.url, newcomer({ invitationToken: made.body.data[0].id }))).status, 201);
  } finally { await closed.stop(); }
});

test('without a key there is no administration', async () => {
  const keyless = await startServer({ set: { ...cheap, 'services.email.enabled': false } });
  try {
    for (const token of ['', ' ', 'undefined', 'null', 'admin']) {
      assert.equal((await call(keyless.url, 'GET', '/reg/admin/servers', { token, headers: { authorization: token } })).status, 404, JSON.stringify(token));
      assert.equal((await call(keyless.url, 'POST', '/reg/records', { body: { subdomain: 'x', records: {} }, headers: { authorization: token } })).status, 403);
    }
  } finally { await keyless.stop(); }
});

test('a thousand register, the server is killed in the middle: no name is half-taken, whoever was told so has an account', { timeout: 180000 }, async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-reg-'));
  const set = { ...settings, 'registration.reservationSeconds': 5, 'cluster.apiWorkers': 2 };
  const people = Array.from({ length: 1000 }, () => newcomer());
  let dying = await startServer({ dataDir, set });
  const told = new Set();
  let answers = 0;
  const running = (async () => {
    let next = 0;
    await Promise.all(Array.from({ length: 100 }, async () => {
      while (next < people.length) {
        const one = people[next++];
        try {
          const res = await register(dying.url, one);
          answers++;
          if (res.status === 201) told.add(one.username);
        } catch { /* it died */ }
      }
    }));
  })();
  await until('150 accounts', () => told.size >= 150);
  for (const pid of [dying.pid, ...workersOf(dying.pid)]) process.kill(pid, 'SIGKILL');
  await running;
  await dying.ended;
  assert.ok(told.size < 1000, `it was killed in the middle: ${told.size} of ${answers} answers`);
  dying = await startServer({ dataDir, set, port: dying.port });
  try {
    await sleep(17000); // the time of a reservation, and of the look for what it left
    let unknown = 0;
    const look = async one => {
      const there = await login(dying.url, one);
      if (told.has(one.username)) return assert.equal(there.status, 200, `${one.username} was told that it has an account`);
      if (there.status === 200) return unknown++; // made, but nobody could be told
      const again = await register(dying.url, one);
      assert.equal(again.status, 201, `${one.username} is half-taken: ${JSON.stringify([there.status, again.body])}`);
    };
    for (let i = 0; i < people.length; i += 20) await Promise.all(people.slice(i, i + 20).map(look));
    assert.ok(unknown <= 100, `${unknown} accounts of requests that were not answered`);
  } finally {
    await dying.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

test('accounts go, the server is killed in the middle: each is there or gone, and nothing in between', { timeout: 120000 }, async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryv-reg-'));
  const set = { ...settings, 'registration.reservationSeconds': 5, 'cluster.apiWorkers': 2, 'user-account.delete': ['adminToken'] };
  const people = Array.from({ length: 80 }, () => newcomer());
  let dying = await startServer({ dataDir, set });
  for (const res of await Promise.all(people.map(one => register(dying.url, one)))) assert.equal(res.status, 201);
  const told = new Set();
  const running = people.map(async one => {
    try { if ((await call(dying.url, 'DELETE', `/users/${one.username}`, { token: key })).status === 200) told.add(one.username); } catch { /* it died */ }
  });
  await until('15 accounts', () => told.size >= 15);
  for (const pid of [dying.pid, ...workersOf(dying.pid)]) process.kill(pid, 'SIGKILL');
  await Promise.all(running);
  await dying.ended;
  assert.ok(told.size < people.length, 'it was killed in the middle');
  dying = await startServer({ dataDir, set, port: dying.port });
  try {
    await sleep(17000);
    const look = async one => {
      const there = await login(dying.url, one);
      if (there.status === 200) return assert.ok(!told.has(one.username), `${one.username} was told to be gone`);
      assert.equal((await register(dying.url, one)).status, 201, `${one.username} is half gone`);
      const fresh = await login(dying.url, one);
      const streams = await call(dying.url, 'GET', `/${one.username}/streams`, { token: fresh.body.token });
      assert.deepEqual([streams.status, streams.body.streams.filter(s => !s.id.startsWith(':'))], [200, []]);
    };
    for (let i = 0; i < people.length; i += 20) await Promise.all(people.slice(i, i + 20).map(look));
  } finally {
    await dying.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});
