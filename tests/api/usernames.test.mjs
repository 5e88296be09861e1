// Changing the user name: the new name serves, former ones go on serving and stay taken, in every worker, whoever asks at the same time.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';

let server, taken = 0;

before(async () => { server = await startServer({ set: { 'cluster.apiWorkers': Number(process.env.API_WORKERS ?? 4), 'auth.usernameChangeLimit': 3 } }); });
after(async () => { assert.equal((await server.stop()).code, 0); });

const fresh = () => `renamed-${process.pid.toString(36)}-${Date.now().toString(36)}-${taken++}`;
const change = (user, newUsername, name = user.username) => call(server.url, 'POST', `/${name}/account/change-username`, { token: user.token, body: { newUsername } });
const info = (name, token) => call(server.url, 'GET', `/${name}/access-info`, { token });
const outcome = ({ status, body }) => body?.error ? `${status} ${body.error.id}` : String(status);
const signIn = (name, username, password) => call(server.url, 'POST', `/${name}/auth/login`, { body: { username, password, appId: 'pryvd-tests' }, headers: { origin: 'http://127.0.0.1:3000' } });
const register = username => call(server.url, 'POST', '/users', { body: { appId: 'pryvd-tests', username, password: 'correct-Horse-7', email: `${username}@example.com`, language: 'en', invitationToken: 'enjoy', hosting: 'local' } });

/** The same answer from every worker: each takes some of many connections. */
async function everywhere (name, token, expected) {
  const names = new Set();
  for (let i = 0; i < 24; i++) names.add((await info(name, token)).body.user?.username);
  assert.deepEqual([...names], [expected], name);
}

test('every name leads to the user, and tells the newest', async () => {
  const user = await newUser(server.url);
  const access = (await call(server.url, 'POST', user.path + '/accesses', { token: user.token, body: { name: 'masked', permissions: [], randomAlias: true } })).body.access;
  const names = [user.username];
  for (let i = 0; i < 3; i++) {
    for (const name of [...names, access.alias]) await everywhere(name, user.token, names.at(-1));
    const name = fresh();
    const { status, body } = await change(user, name, names.at(-1));
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.account.username, name);
    assert.equal(body.usernameChangesRemaining, 2 - i);
    names.push(name);
  }
  for (const name of [...names, access.alias]) await everywhere(name, user.token, names.at(-1));
  const over = await change(user, fresh(), names[0]);
  assert.equal(outcome(over), '400 invalid-operation');
  assert.deepEqual(over.body.error.data, { usernameChangesUsed: 3, usernameChangesLimit: 3 });
  for (const name of names) {
    assert.equal(outcome(await register(name)), '409 item-already-exists', `${name} stays taken`);
    assert.equal((await signIn(name, name, user.password)).status, 200, `signing in as ${name}`);
    assert.equal((await signIn(name, names.at(-1), user.password)).status, 200);
  }
  const account = (await call(server.url, 'GET', `/${names[0]}/account`, { token: user.token })).body.account ?? {};
  assert.ok([names.at(-1), undefined].includes(account.username));
});

test('fields go along: the address is still the user\'s, and can be changed', async () => {
  const user = await newUser(server.url);
  const name = fresh();
  const before_ = (await call(server.url, 'GET', user.path + '/account', { token: user.token })).body.account.email;
  assert.equal((await change(user, name)).status, 200);
  const other = await newUser(server.url);
  assert.equal(outcome(await call(server.url, 'PUT', other.path + '/account', { token: other.token, body: { email: before_ } })), '409 item-already-exists');
  assert.equal((await call(server.url, 'PUT', `/${name}/account`, { token: user.token, body: { email: `new-${before_}` } })).status, 200);
  assert.equal((await call(server.url, 'PUT', other.path + '/account', { token: other.token, body: { email: before_ } })).status, 200, 'what was given up is free');
});

test('sign-ins go along: who signs in by the new name gets the token that other devices have', async () => {
  const user = await newUser(server.url);
  const other = (await call(server.url, 'POST', user.path + '/auth/login', { body: { username: user.username, password: user.password, appId: 'another-app' }, headers: { origin: 'http://127.0.0.1:3000' } })).body.token;
  const name = fresh();
  assert.equal((await change(user, name)).status, 200);
  for (let i = 0; i < 2; i++) assert.equal((await signIn(name, name, user.password)).body.token, user.token);
  for (const token of [user.token, other]) await everywhere(name, token, name);
  assert.equal((await call(server.url, 'POST', `/${name}/auth/logout`, { token: user.token, body: {} })).status, 200);
  assert.equal(outcome(await info(name, user.token)), '403 invalid-access-token');
  await everywhere(name, other, name);
});

test('one\'s own former name can be taken back, nobody else\'s can', async () => {
  const [user, other] = [await newUser(server.url), await newUser(server.url)];
  const name = fresh();
  assert.equal((await change(user, name)).status, 200);
  assert.equal(outcome(await change(other, user.username)), '409 item-already-exists');
  assert.equal(outcome(await change(other, name)), '409 item-already-exists');
  assert.equal((await change(user, user.username)).status, 200);
  await everywhere(name, user.token, user.username);
  await everywhere(user.username, user.token, user.username);
  assert.equal(outcome(await change(other, name)), '409 item-already-exists', 'it is taken all the same');
});

test('of many who want one name at a time, one gets it', async () => {
  const users = await Promise.all(Array.from({ length: 6 }, () => newUser(server.url)));
  const name = fresh();
  const answers = await Promise.all([...users.map(user => change(user, name)), register(name)]);
  assert.equal(answers.filter(answer => answer.status < 300).length, 1, JSON.stringify(answers.map(outcome)));
  for (const answer of answers.filter(answer => answer.status >= 300)) assert.equal(outcome(answer), '409 item-already-exists', JSON.stringify(answer.body));
});

test('names that nobody can have', async () => {
  const user = await newUser(server.url);
  for (const name of ['abcd', '-abcde', 'abcde-', 'Abcdef', 'abc_def', 'a'.repeat(61), '', 12, null, 'é'.repeat(8), 'x'.repeat(10_000_000)]) {
    assert.equal(outcome(await change(user, name)), '400 invalid-parameters-format', String(name).slice(0, 80));
  }
  for (const name of [user.username, 'pryv-anything', 'r-abcdefgh']) assert.equal(outcome(await change(user, name)), '400 invalid-operation', name);
  assert.deepEqual((await change(user, 'pryv-anything')).body.error.data, { newUsername: 'pryv-anything' });
  const { body } = await call(server.url, 'GET', user.path + '/account/username-changes', { token: user.token });
  assert.deepEqual([body.usernameChangesUsed, body.usernameChangesLimit, body.usernameChangesRemaining], [0, 3, 3]);
});
