// The account: passwords and failed sign-ins, reset tokens, unique fields under a race, profiles, mails, usage of accesses.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { call, newUser, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const origin = { origin: 'http://127.0.0.1:9' };
const trusted = { 'auth.trustedApps': '*@*' };

const login = (server, user, password = user.password, headers = {}) =>
  call(server.url, 'POST', `${user.path}/auth/login`, { headers: { ...origin, ...headers }, body: { username: user.username, password, appId: 'pryvd-tests' } });

/** Run with a server of its own. */
async function withServer (set, fn) {
  const server = await startServer({ set: { ...trusted, ...set } });
  try {
    await fn(server);
  } finally {
    const end = await server.stop();
    assert.equal(end.code, 0, server.log());
  }
}

/** A mail service that keeps what it is handed; `answers` may refuse. */
async function mailService () {
  const service = { mails: [], status: 200 };
  service.server = http.createServer((rq, rs) => {
    let text = '';
    rq.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => {
      service.mails.push({ path: rq.url, status: service.status, ...JSON.parse(text) });
      rs.writeHead(service.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise(resolve => service.server.listen(0, '127.0.0.1', resolve));
  service.set = {
    'services.email.enabled': { welcome: true, resetPassword: true },
    'services.email.method': 'microservice',
    'services.email.url': `http://127.0.0.1:${service.server.address().port}/sendmail`,
    'services.email.key': 'k',
    'services.email.retrySeconds': 1,
    'auth.passwordResetPageURL': 'http://127.0.0.1:9/reset'
  };
  service.of = (template, user) => service.mails.filter(mail => mail.path.startsWith(`/sendmail/${template}/`) && mail.to.name === user.username);
  service.close = () => new Promise(resolve => { service.server.close(resolve); service.server.closeAllConnections(); });
  return service;
}

/* ---- Failed sign-ins ---------------------------------------------------------------------------- */

test('a thousand wrong passwords are refused unseen after the first few; the owner gets in when the wait is over', async () => {
  await withServer({ 'auth.failedLogins.maxWaitSeconds': 2 }, async server => {
    const [user, other] = [await newUser(server.url), await newUser(server.url)];
    const seen = {};
    const started = Date.now();
    for (let i = 0; i < 1000; i++) {
      const { status, headers } = await login(server, user, `wrong-${i}`);
      seen[status] = (seen[status] ?? 0) + 1;
      if (status === 429) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    }
    assert.deepEqual(Object.keys(seen).sort(), ['401', '429']);
    const seconds = (Date.now() - started) / 1000;
    assert.ok(seen[401] >= 10 && seen[401] <= 12 + seconds, `${seen[401]} were looked at in ${seconds} s`);
    assert.equal((await login(server, other)).status, 200, 'another account is as it was');
    await until('the wait of the owner ends', async () => (await login(server, user)).status === 200, 4000);
    assert.equal((await login(server, user, 'wrong')).status, 401, 'a good sign-in forgets the failures');
  });
});

test('a burst at once gets no more tries than the executors can have in hand', async () => {
  await withServer({ 'auth.failedLogins.free': 3 }, async server => {
    const user = await newUser(server.url);
    const statuses = (await Promise.all(Array.from({ length: 60 }, (_, i) => login(server, user, `wrong-${i}`)))).map(r => r.status);
    const looked = statuses.filter(status => status === 401).length;
    assert.ok(looked < 40, `${looked} of 60 were looked at`);
    assert.ok(statuses.includes(429));
  });
});

test('a burst of changes of the password gets no more tries either', async () => {
  await withServer({ 'cluster.apiWorkers': 1, 'auth.passwordHashConcurrency': 1, 'auth.passwordHashMemoryKb': 65536, 'auth.failedLogins.free': 3 }, async server => {
    const user = await newUser(server.url);
    const change = (_, i) => call(server.url, 'POST', `${user.path}/account/change-password`, { token: user.token, body: { oldPassword: `wrong-${i}`, newPassword: 'another-Horse-8' } });
    const statuses = (await Promise.all(Array.from({ length: 60 }, change))).map(r => r.status);
    const looked = statuses.filter(status => status === 400).length;
    assert.ok(looked >= 3 && looked < 15, `${looked} of 60 were looked at`);
    assert.equal(statuses.filter(status => status === 429).length, 60 - looked);
  });
});

test('failures from many addresses slow down strangers, not an address that signed in before; one address is held to its own', async () => {
  await withServer({ 'http.trustedProxies': ['127.0.0.1'], 'auth.failedLogins.freePerAccount': 5, 'auth.failedLogins.freePerAddress': 8, 'auth.failedLogins.free': 4 }, async server => {
    const [user, other] = [await newUser(server.url), await newUser(server.url)];
    const from = address => ({ 'x-forwarded-for': address });
    assert.equal((await login(server, user, user.password, from('192.0.2.1'))).status, 200);
    let refused = 0;
    for (let i = 0; i < 12; i++) refused += (await login(server, user, 'wrong', from(`198.51.100.${i}`))).status === 429;
    assert.ok(refused > 0, 'strangers wait');
    assert.equal((await login(server, user, user.password, from('203.0.113.9'))).status, 429, 'a stranger with the right password waits too');
    assert.equal((await login(server, user, user.password, from('192.0.2.1'))).status, 200, 'the owner does not');
    const many = await Promise.all(Array.from({ length: 10 }, () => newUser(server.url)));
    for (const [i, one] of many.entries()) assert.equal((await login(server, one, 'wrong', from(`2001:db8::${i + 1}`))).status, i < 9 ? 401 : 429, `attempt ${i}`);
    assert.equal((await login(server, other, 'wrong', from('2001:db8::99'))).status, 429, 'the whole /64 is one client');
    assert.equal((await login(server, other, other.password, from('2001:db8:0:1::1'))).status, 200, 'the next one is another');
  });
});

test('what has expired on the platform gives its room back', async () => {
  await withServer({ 'auth.failedLogins.keptSeconds': 1, 'auth.failedLogins.maxWaitSeconds': 1, 'auth.failedLogins.maxWaitSecondsPerAccount': 1, 'accessState.sweepIntervalMs': 1000, 'logs.console.level': 'debug' }, async server => {
    const user = await newUser(server.url);
    await login(server, user, 'wrong');
    await until('the failures are taken away', () => /took [1-9]\d* expired values/.test(server.log()));
  });
});

test('the limits can be switched off', async () => {
  await withServer({ 'auth.failedLogins.isActive': false, 'auth.failedLogins.free': 1 }, async server => {
    const user = await newUser(server.url);
    for (let i = 0; i < 5; i++) assert.equal((await login(server, user, 'wrong')).status, 401);
  });
});

/* ---- Passwords ------------------------------------------------------------------------------------- */

test('two changes of a password at the same time: one succeeds, and that one is the password', async () => {
  await withServer({}, async server => {
    const user = await newUser(server.url);
    const wanted = Array.from({ length: 6 }, (_, i) => `another-Horse-${i}`);
    const results = await Promise.all(wanted.map(newPassword => call(server.url, 'POST', `${user.path}/account/change-password`, { token: user.token, body: { oldPassword: user.password, newPassword } })));
    const good = wanted.filter((_, i) => results[i].status === 200);
    assert.equal(good.length, 1, JSON.stringify(results.map(r => r.status)));
    assert.equal((await login(server, user, good[0])).status, 200);
    assert.equal((await login(server, user)).status, 401);
  });
});

test('reset tokens: once, for their account, the others void, a refused password does not spend one', async () => {
  const service = await mailService();
  try {
    await withServer({ ...service.set, 'auth.passwordComplexityMinLength': 8 }, async server => {
      const [user, other] = [await newUser(server.url), await newUser(server.url)];
      const request = u => call(server.url, 'POST', `${u.path}/account/request-password-reset`, { headers: origin, body: { appId: 'a', username: u.username } });
      // Some apps send the user name along, which the path says already.
      const reset = (u, resetToken, newPassword) => call(server.url, 'POST', `${u.path}/account/reset-password`, { headers: origin, body: { appId: 'a', resetToken, newPassword, username: u.username } });
      const tokens = u => service.of('reset-password', u).map(mail => mail.substitutions.RESET_TOKEN);
      for (let i = 0; i < 3; i++) assert.equal((await request(user)).status, 200);
      assert.equal((await request(other)).status, 200);
      const [first, second, third] = tokens(user);
      assert.equal(new Set([first, second, third]).size, 3);
      assert.equal((await reset(other, first, 'stolen-Horse-1')).status, 401, 'of another account');
      assert.equal((await call(server.url, 'GET', `${user.path}/access-info`, { token: first })).status, 403, 'it is no access token');
      assert.equal((await reset(user, first, 'short-1')).status, 400);
      const race = await Promise.all(Array.from({ length: 8 }, (_, i) => reset(user, first, `raced-Horse-${i}`)));
      const won = race.flatMap((r, i) => r.status === 200 ? [i] : []);
      assert.equal(won.length, 1, JSON.stringify(race.map(r => r.status)));
      assert.ok(race.every(r => [200, 400, 401].includes(r.status)));
      assert.equal((await login(server, user, `raced-Horse-${won[0]}`)).status, 200);
      for (const token of [first, second, third]) assert.equal((await reset(user, token, 'late-Horse-1')).status, 401);
      assert.equal((await reset(other, tokens(other)[0], 'other-Horse-1')).status, 200, 'the tokens of others stay');
      assert.equal((await login(server, user, 'late-Horse-1')).status, 401);
    });
  } finally { await service.close(); }
});

test('reset tokens end, and not too many are open', async () => {
  const service = await mailService();
  try {
    await withServer({ ...service.set, 'auth.passwordResetRequestMaxAge': 1500, 'auth.passwordResetMaxOpen': 2 }, async server => {
      const user = await newUser(server.url);
      const request = () => call(server.url, 'POST', `${user.path}/account/request-password-reset`, { headers: origin, body: { appId: 'a' } });
      assert.deepEqual([(await request()).status, (await request()).status, (await request()).status], [200, 200, 429]);
      const [mail] = service.of('reset-password', user);
      await sleep(1700);
      const late = await call(server.url, 'POST', `${user.path}/account/reset-password`, { headers: origin, body: { appId: 'a', resetToken: mail.substitutions.RESET_TOKEN, newPassword: 'late-Horse-1' } });
      assert.equal(late.status, 401);
      assert.equal((await request()).status, 200);
    });
  } finally { await service.close(); }
});

/* ---- Mails ------------------------------------------------------------------------------------------- */

test('a welcome mail outlives a mail service that is down; a reset tells that it failed', async () => {
  const service = await mailService();
  try {
    await withServer({ ...service.set, 'http.trustedProxies': [] }, async server => {
      service.status = 500;
      const user = await newUser(server.url);
      await until('the first try', () => service.of('welcome-email', user).length >= 1);
      const failed = await call(server.url, 'POST', `${user.path}/account/request-password-reset`, { headers: origin, body: { appId: 'a' } });
      assert.equal(failed.status, 500);
      assert.doesNotMatch(JSON.stringify(failed.body), /sendmail|127\.0\.0\.1/);
      service.status = 200;
      await until('the mail is taken', () => service.of('welcome-email', user).some(mail => mail.status === 200), 15000);
      await sleep(3000);
      assert.equal(service.of('welcome-email', user).filter(mail => mail.status === 200).length, 1, 'and taken once');
      const [mail] = service.of('welcome-email', user);
      assert.deepEqual([mail.path, mail.key, mail.substitutions.USERNAME], ['/sendmail/welcome-email/en', 'k', user.username]);
    });
  } finally { await service.close(); }
});

test('a language cannot leave its place in the address of the mail service', async () => {
  const service = await mailService();
  try {
    await withServer(service.set, async server => {
      const user = await newUser(server.url);
      const put = await call(server.url, 'PUT', `${user.path}/account`, { token: user.token, body: { language: '../x?' } });
      assert.equal(put.status, 200);
      await call(server.url, 'POST', `${user.path}/account/request-password-reset`, { headers: origin, body: { appId: 'a' } });
      assert.equal(service.of('reset-password', user)[0].path, '/sendmail/reset-password/%2E%2E%2Fx%3F');
    });
  } finally { await service.close(); }
});

/* ---- Account fields -------------------------------------------------------------------------------------- */

const setEmail = (server, user, address) => call(server.url, 'PUT', `${user.path}/account`, { token: user.token, body: { email: address } });
const setEmailEvent = (server, user, address) => call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: [':system:email'], type: 'email/string', content: address } });
const account = async (server, user) => (await call(server.url, 'GET', `${user.path}/account`, { token: user.token })).body.account;

test('a unique value that many want at once is one account\'s; given up, it is free at once', async () => {
  await withServer({}, async server => {
    const users = await Promise.all(Array.from({ length: 8 }, () => newUser(server.url)));
    for (let round = 0; round < 4; round++) {
      const address = `wanted-${round}@example.com`;
      const results = await Promise.all(users.map((user, i) => (i % 2 ? setEmail : setEmailEvent)(server, user, i % 3 ? address : address.toUpperCase())));
      const winners = users.filter((_, i) => [200, 201].includes(results[i].status));
      assert.equal(winners.length, 1, JSON.stringify(results.map(r => r.status)));
      for (const result of results) if (result.status === 409) assert.equal(result.body.error.data.email.toLowerCase(), address);
      const having = [];
      for (const user of users) if ((await account(server, user)).email.toLowerCase() === address) having.push(user.username);
      assert.deepEqual(having, [winners[0].username]);
      const [loser] = users.filter(user => user !== winners[0]);
      assert.equal((await setEmail(server, winners[0], `mine-${round}-${winners[0].username}@example.com`)).status, 200);
      assert.equal((await setEmail(server, loser, address)).status, 200, 'free at once');
      assert.equal((await setEmail(server, loser, `back-${round}@example.com`)).status, 200);
    }
  });
});

test('changes of one field by one user at the same time: all are kept in turn, the last one holds, none stays taken', async () => {
  await withServer({}, async server => {
    const [user, other] = [await newUser(server.url), await newUser(server.url)];
    const addresses = Array.from({ length: 12 }, (_, i) => `turn-${i}@example.com`);
    const results = await Promise.all(addresses.map(address => setEmail(server, user, address)));
    assert.ok(results.every(r => r.status === 200), JSON.stringify(results.map(r => r.status)));
    const now = (await account(server, user)).email;
    const { body } = await call(server.url, 'GET', `${user.path}/events/:system:email?includeHistory=true`, { token: user.token });
    assert.equal(body.event.content, now);
    const history = body.history.map(version => version.content);
    assert.deepEqual([...history, now].filter(a => a.startsWith('turn')).sort(), addresses.slice().sort());
    for (const address of addresses) assert.equal((await setEmail(server, other, address)).status, address === now ? 409 : 200, address);
  });
});

test('sudden deaths in the middle of changes: what was acknowledged holds, every address is one account\'s or nobody\'s', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  const set = { ...trusted, 'account.settleAfterSeconds': 1 };
  const tried = new Map(); // user name -> every address that it wanted
  const acknowledged = new Map();
  let users;
  try {
    for (let round = 0; round < 3; round++) {
      const server = await startServer({ set, dataDir });
      users ??= await Promise.all(Array.from({ length: 4 }, () => newUser(server.url)));
      let going = true;
      const load = users.map(async (user, u) => {
        for (let i = 0; going; i++) {
          const address = `r${round}-u${u}-${i}@example.com`;
          tried.set(user.username, [...(tried.get(user.username) ?? []), address]);
          try {
            if ((await setEmail(server, user, address)).status === 200) acknowledged.set(user.username, address);
          } catch { return; }
        }
      });
      await sleep(150 + 60 * round);
      for (const pid of [server.pid, ...workersOf(server.pid)]) process.kill(pid, 'SIGKILL');
      going = false;
      await Promise.all(load);
      await server.ended;
    }
    const server = await startServer({ set, dataDir });
    try {
      assert.ok([...acknowledged.values()].length > 0);
      await sleep(3000); // what was cut off is settled by then
      const now = new Map();
      for (const user of users) now.set(user.username, (await account(server, user)).email);
      for (const user of users) {
        const wanted = tried.get(user.username);
        const last = acknowledged.get(user.username);
        if (last) assert.ok(wanted.indexOf(now.get(user.username)) >= wanted.indexOf(last), `${now.get(user.username)} is older than the acknowledged ${last}`);
      }
      const other = await newUser(server.url);
      for (const address of [...tried.values()].flatMap(all => all.slice(-4))) {
        const held = [...now.values()].includes(address);
        assert.equal((await setEmail(server, other, address)).status, held ? 409 : 200, address);
      }
    } finally { assert.equal((await server.stop()).code, 0); }
  } finally { fs.rmSync(dataDir, { recursive: true, force: true }); }
});

test('a field tells who set it and when, and its hash covers that', async () => {
  await withServer({}, async server => {
    const user = await newUser(server.url);
    const { body: { access } } = await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: 'writer', permissions: [{ streamId: ':_system:language', level: 'contribute' }] } });
    const before = Date.now() / 1000;
    const put = await call(server.url, 'PUT', `${user.path}/events/:_system:language`, { token: access.token + ' robot', body: { content: 'fr' } });
    assert.equal(put.status, 200);
    const got = (await call(server.url, 'GET', `${user.path}/events/:_system:language`, { token: user.token })).body.event;
    assert.equal(got.modifiedBy, `${access.id} robot`);
    assert.ok(Math.abs(got.modified - before) < 5);
    assert.match(got.integrity, /^EVENT:0:sha256-/);
    assert.equal(put.body.event.integrity, got.integrity);
    assert.equal((await call(server.url, 'PUT', `${user.path}/events/:_system:language`, { token: user.token, body: { trashed: true } })).status, 400);
    assert.equal((await call(server.url, 'PUT', `${user.path}/events/:_system:language`, { token: user.token, body: { content: 'klingon' } })).status, 400);
  });
});

test('a field stays where it is, and what was wanted is told; the account itself is no event', async () => {
  await withServer({}, async server => {
    const user = await newUser(server.url);
    const as = (method, where, body) => call(server.url, method, user.path + where, { token: user.token, body });
    assert.equal((await as('POST', '/streams', { id: 'diary', name: 'Diary' })).status, 201);
    const move = streamIds => as('PUT', '/events/:_system:language', { streamIds });
    for (const streamIds of [['diary'], [':_system:language', 'diary']]) {
      const { status, body } = await move(streamIds);
      assert.deepEqual([status, body.error.id, body.error.data.id, body.error.data.streamIds, body.error.data.content], [400, 'invalid-request-structure', ':_system:language', streamIds, 'en']);
    }
    const nowhere = await move(['nowhere', 'diary']);
    assert.deepEqual([nowhere.status, nowhere.body.error.id, nowhere.body.error.data], [400, 'unknown-referenced-resource', { streamIds: ['nowhere'] }]);
    for (const id of [':_system:account', ':_system:storageUsed']) assert.equal((await as('PUT', '/events/' + id, { content: 'x' })).status, 404);
    const { body } = await as('PUT', '/streams/diary', { parentId: ':_system:account' });
    assert.deepEqual([body.error.id, body.error.data.id, body.error.data.parentId], ['invalid-request-structure', 'diary', ':_system:account']);
  });
});

test('the pattern of a field holds wherever it is set', async () => {
  const fields = [{ id: 'email', type: 'email/string', isIndexed: true, isUnique: true }, { id: 'digits', type: 'a/b', regexValidation: '^\\d*$', regexError: { code: 'digits-only', message: 'Digits only' } }];
  await withServer({ 'custom.systemStreams.account': fields }, async server => {
    const user = await newUser(server.url);
    const post = content => call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: [':system:digits'], type: 'a/b', content } });
    assert.equal((await post('12')).status, 201);
    const refused = await post('12a');
    assert.deepEqual([refused.status, refused.body.error.id, refused.body.error.data[0].code], [400, 'invalid-parameters-format', 'digits-only']);
    assert.equal((await call(server.url, 'PUT', `${user.path}/events/:system:digits`, { token: user.token, body: { content: 'x' } })).status, 400);
  });
});

test('the value of a field fits the type that is sent with it', async () => {
  await withServer({}, async server => {
    const user = await newUser(server.url);
    const answer = async (method, where, body) => { const { status, body: got } = await call(server.url, method, user.path + where, { token: user.token, body }); return got.error?.id ?? status; };
    const post = more => answer('POST', '/events', { streamIds: [':_system:language'], content: 'fr', ...more });
    const put = update => answer('PUT', '/events/:_system:language', update);
    assert.equal(await post({ type: 'my/own' }), 201);
    assert.equal(await post({ type: 'mass/kg' }), 'invalid-parameters-format');
    assert.equal(await post({ type: 'series:no/such' }), 'invalid-event-type');
    assert.equal(await put({ type: 'mass/kg' }), 'invalid-parameters-format');
    assert.equal(await put({ type: 'note/txt' }), 200);
    assert.equal(await put({ type: 'note/txt', content: 5 }), 'invalid-parameters-format');
    assert.equal(await put({ type: 'series:mass/kg' }), 'invalid-operation');
    assert.deepEqual((await call(server.url, 'GET', user.path + '/events/:_system:language', { token: user.token })).body.event.content, 'fr');
  });
});

test('streams of every user: events go in, a star covers them, nobody changes or deletes them', async () => {
  await withServer({ 'custom.systemStreams.other': [{ id: 'shared', name: 'Shared', type: 'a/b' }] }, async server => {
    const user = await newUser(server.url);
    const as = (token, method, where, body) => call(server.url, method, user.path + where, { token, body });
    const roots = (await as(user.token, 'GET', '/streams')).body.streams;
    assert.equal(roots.find(stream => stream.id === ':system:shared')?.parentId, null);
    const event = { streamIds: [':system:shared'], type: 'note/txt', content: 'x' };
    const made = await as(user.token, 'POST', '/events', event);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const star = (await as(user.token, 'POST', '/accesses', { name: 'star', permissions: [{ streamId: '*', level: 'contribute' }] })).body.access;
    const one = (await as(user.token, 'POST', '/accesses', { name: 'one', permissions: [{ streamId: ':system:shared', level: 'read' }] })).body.access;
    assert.equal((await as(star.token, 'POST', '/events', event)).status, 201);
    assert.equal((await as(one.token, 'POST', '/events', event)).status, 403);
    assert.equal((await as(one.token, 'GET', '/events')).body.events.length, 2);
    assert.equal((await as(one.token, 'GET', '/events?streams=:system:shared')).body.events.length, 2);
    for (const [method, body] of [['PUT', { name: 'Mine' }], ['DELETE']]) assert.equal((await as(user.token, method, '/streams/:system:shared', body)).status, 400, method);
    assert.equal((await as(user.token, 'PUT', `/events/${made.body.event.id}`, { content: 'y' })).status, 200);
    assert.equal((await as(user.token, 'DELETE', `/events/${made.body.event.id}`)).status, 200);
  });
});

test('what is wrong with a field stops the start with one line', async () => {
  const cases = [
    [[{ id: 'x', type: 'a/b' }], /custom\.systemStreams\.account: field "x": id must have/],
    [[{ id: 'xy', type: 'a/b', isUnique: true }], /field "xy": isUnique needs isIndexed/],
    [[{ id: 'xy', type: 'nothing' }], /field "xy": type must be/]
  ];
  for (const [fields, says] of cases) await assert.rejects(startServer({ set: { 'custom.systemStreams.account': fields } }), says);
});

test('older clients know and are told system streams by a dot, unless they say otherwise', async () => {
  await withServer({ 'backwardCompatibility.systemStreams.prefix.isActive': true, 'custom.systemStreams.other': [{ id: 'shared', name: 'Shared', type: 'a/b' }] }, async server => {
    const user = await newUser(server.url);
    const as = (method, where, body, headers = {}) => call(server.url, method, user.path + where, { token: user.token, body, headers });
    const newer = { 'disable-backward-compatibility-prefix': '1' };
    const roots = (await as('GET', '/streams')).body.streams;
    const root = roots.find(stream => stream.id === '.account');
    assert.deepEqual([root.parentId, root.children.map(child => child.id).sort()], [null, ['.email', '.language', '.storageUsed']]);
    assert.equal(root.children[0].parentId, '.account');
    assert.ok(roots.some(stream => stream.id === '.shared'));
    assert.ok((await as('GET', '/streams', undefined, newer)).body.streams.some(stream => stream.id === ':_system:account'));
    for (const streams of ['.email', JSON.stringify({ any: ['.account'], not: ['.language', '.storageUsed'] }), ':system:email']) {
      const [event, ...more] = (await as('GET', `/events?streams=${encodeURIComponent(streams)}`)).body.events;
      assert.deepEqual([event.streamIds, event.integrity, more.length], [['.email'], undefined, 0], streams);
    }
    const [plain] = (await as('GET', '/events?streams=:system:email', undefined, newer)).body.events;
    assert.deepEqual([plain.streamIds, typeof plain.integrity], [[':system:email'], 'string']);
    const made = await as('POST', '/events', { streamIds: ['.shared'], type: 'note/txt', content: ':system:x' });
    assert.deepEqual([made.status, made.body.event.streamIds, made.body.event.content], [201, ['.shared'], ':system:x']);
    assert.equal((await as('POST', '/events', { streamIds: ['.language'], type: 'language/iso-639-1', content: 'it' })).status, 201);
    assert.equal((await account(server, user)).language, 'it');
    assert.equal((await as('POST', '/streams', { id: '.diary', name: 'Diary' })).body.stream.id, 'diary', 'no such system stream: the name alone');
    const permissions = [{ streamId: '.email', level: 'read' }, { feature: 'selfRevoke', setting: 'forbidden' }];
    const { access } = (await as('POST', '/accesses', { name: 'older', permissions })).body;
    assert.deepEqual(access.permissions, permissions);
    assert.equal((await as('GET', '/accesses', undefined, newer)).body.accesses.find(a => a.name === 'older').permissions[0].streamId, ':system:email');
    const batch = (await as('POST', '', [{ method: 'events.get', params: { streams: ['.email'] } }, { method: 'streams.get', params: { id: '.language' } }])).body.results;
    assert.deepEqual([batch[0].events[0].streamIds, batch[1].streams[0].id], [['.email'], '.language']);
  });
});

/* ---- Profiles, usage --------------------------------------------------------------------------------------- */

test('changes of a profile at the same time lose nothing', async () => {
  await withServer({ 'profile.maxSizeKb': 2 }, async server => {
    const user = await newUser(server.url);
    const put = body => call(server.url, 'PUT', `${user.path}/profile/public`, { token: user.token, body });
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => put({ [`k${i}`]: i })));
    assert.ok(results.every(r => r.status === 200));
    const { body } = await call(server.url, 'GET', `${user.path}/profile/public`, { token: user.token });
    assert.equal(Object.keys(body.profile).length, 20);
    assert.equal((await put({ big: 'x'.repeat(3000) })).status, 400);
    assert.equal(Object.keys((await put({})).body.profile).length, 20, 'a refused change leaves all as it was');
    assert.equal((await put({ '': 1, 'a.$b': null, k0: null })).status, 200);
  });
});

test('the use of an access is told by access-info at once, counted exactly, and in the list soon after', async () => {
  await withServer({ 'cluster.apiWorkers': 1 }, async server => {
    const user = await newUser(server.url);
    const { body: { access } } = await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: 'app', permissions: [] } });
    const info = async () => (await call(server.url, 'GET', `${user.path}/access-info`, { token: access.token })).body;
    let last = 0;
    for (let round = 0; round < 30; round++) {
      await Promise.all(Array.from({ length: 4 }, () => call(server.url, 'GET', `${user.path}/profile/public`, { token: access.token })));
      const { calls } = await info();
      assert.equal(calls['profile:getPublic'], (round + 1) * 4);
      assert.equal(calls['getAccessInfo'] ?? 0, last++);
      await sleep(17);
    }
    await sleep(700);
    const listed = (await call(server.url, 'GET', `${user.path}/accesses/${access.id}`, { token: user.token })).body.access;
    assert.ok(Math.abs(listed.lastUsed - Date.now() / 1000) < 10);
    assert.ok(!('calls' in listed));
  });
});

/* ---- Fields as events ----------------------------------------------------------------------------- */

test('a field that was changed is the new one in the next list of events, whichever worker answers', async () => {
  await withServer({ 'cluster.apiWorkers': 3 }, async server => {
    const user = await newUser(server.url);
    const read = () => call(server.url, 'GET', `${user.path}/events?streams[]=:_system:language&limit=5`, { token: user.token, headers: { connection: 'close' } });
    for (let i = 0; i < 20; i++) {
      const language = i % 2 ? 'fr' : 'de';
      const answer = i % 3
        ? await call(server.url, 'PUT', `${user.path}/account`, { token: user.token, body: { language } })
        : await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: [':_system:language'], type: 'language/iso-639-1', content: language } });
      assert.ok([200, 201].includes(answer.status), JSON.stringify(answer.body));
      const read12 = await Promise.all(Array.from({ length: 12 }, read));
      for (const { status, body } of read12) {
        assert.equal(status, 200);
        assert.deepEqual(body.events.map(event => event.content), [language]);
      }
    }
  });
});
