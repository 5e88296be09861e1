// mfa.so: a second factor at login, with an SMS gateway of the test's own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pluginDirWith } from '../lib/examples.mjs';
import { startGateway } from '../lib/sms_gateway.mjs';
import { call as keptAliveCall, newUser, sleep, startServer } from '../lib/server.mjs';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const adminKey = 'mfa-test-admin-key';
const smsSeconds = 3; // long enough for a machine that is busy with other tests
const close = { connection: 'close' }; // each call may reach another worker

const call = (base, method, where, { headers = {}, ...options } = {}) =>
  keptAliveCall(base, method, where, { ...options, headers: { ...close, ...headers } });

const single = url => ({
  'services.mfa.mode': 'single',
  'services.mfa.sms.endpoints.single': {
    url: `${url}/send?lang={{ lang }}`, headers: { 'content-type': 'application/json', 'x-lang': '{{ lang }}', authorization: 'Bearer gateway-secret' },
    body: '{"to":"{{ phone }}","text":"{{ message }}","code":"{{ code }}","bare":{{ phone }}}'
  },
  'services.mfa.sms.timeoutSeconds': smsSeconds,
  'auth.adminAccessKey': adminKey,
  'auth.trustedApps': '*@http://127.0.0.1:*'
});

const origin = { origin: 'http://127.0.0.1:3000' };
const login = (base, user, password = user.password) =>
  call(base, 'POST', `${user.path}/auth/login`, { body: { username: user.username, password, appId: 'pryvd-tests' }, headers: origin });
const step = (base, user, name, token, body) => call(base, 'POST', `${user.path}/mfa/${name}`, { token, body });

let phones = 0;
const newPhone = () => `+4179${String(Date.now()).slice(-6)}${phones++}`;

/** A user with a second factor: { ...user, phone, codes }. */
async function protectedUser (base, gateway, content = {}) {
  const user = { ...await newUser(base), phone: newPhone() };
  const activated = await step(base, user, 'activate', user.token, { phone: user.phone, lang: 'en', ...content });
  assert.equal(activated.status, 302, JSON.stringify(activated.body));
  const confirmed = await step(base, user, 'confirm', activated.body.mfaToken, { code: gateway.code(user.phone) });
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  return { ...user, codes: confirmed.body.recoveryCodes };
}

const wrongFor = code => code === '0000' ? '1111' : '0000';
const counted = (answers) => answers.reduce((counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});

describe('codes of the server\'s own, several workers', { concurrency: false }, () => {
  let gateway, server, base;
  before(async () => {
    gateway = await startGateway();
    server = await startServer({ set: { ...single(gateway.url), 'cluster.apiWorkers': 3, 'services.mfa.limits.challenges': 12, 'services.mfa.limits.failures': 10 } });
    base = server.url;
  });
  after(async () => {
    gateway.stop();
    await server.stop();
  });

  it('a login waits for the code; the token works; nobody is signed in before', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    assert.equal(pending.status, 200);
    assert.deepEqual(Object.keys(pending.body).sort(), ['meta', 'mfaToken']);
    assert.match(pending.body.mfaToken, UUID);
    assert.equal(pending.headers.get('set-cookie'), null);
    assert.equal((await call(base, 'GET', `${user.path}/access-info`, { token: pending.body.mfaToken })).status, 403);
    const code = gateway.code(user.phone);
    assert.match(code, /^\d{4}$/);
    const wrong = await step(base, user, 'verify', pending.body.mfaToken, { code: wrongFor(code) });
    assert.deepEqual([wrong.status, wrong.body.error.id, wrong.body.error.data.id], [400, 'invalid-parameters-format', 'invalid-mfa-code']);
    const verified = await step(base, user, 'verify', `Bearer ${pending.body.mfaToken}`, { code });
    assert.deepEqual(Object.keys(verified.body).sort(), ['apiEndpoint', 'meta', 'token']);
    assert.equal((await call(base, 'GET', `${user.path}/access-info`, { token: verified.body.token })).body.type, 'personal');
    assert.equal((await step(base, user, 'verify', pending.body.mfaToken, { code })).status, 401);
  });

  it('what a user gives stays in its place: JSON, address, header', async () => {
    const user = await newUser(base);
    const phone = `+41 79","admin":true,"x":"\\\n&lang=en#${Date.now()}`;
    const activated = await step(base, user, 'activate', user.token, { phone, lang: 'a&b=c d/é', message: 'Say {{ code }}, not {{ phone }}' });
    assert.equal(activated.status, 302, JSON.stringify(activated.body));
    const sent = gateway.to(phone)[0];
    assert.deepEqual(Object.keys(sent.body), ['to', 'text', 'code', 'bare']);
    assert.equal(sent.body.bare, phone);
    assert.equal(sent.body.text, `Say ${sent.body.code}, not {{ phone }}`);
    assert.equal(new URL(sent.path, gateway.url).searchParams.get('lang'), 'a&b=c d/é');
    assert.equal(sent.headers.authorization, 'Bearer gateway-secret');
    const mute = newPhone();
    assert.equal((await step(base, user, 'activate', user.token, { phone: mute })).status, 302);
    assert.equal(gateway.to(mute)[0].path.split('?')[1], 'lang={{%20lang%20}}', 'what nothing is given for stays');
    const before = gateway.requests.length;
    const refused = await step(base, user, 'activate', user.token, { phone, lang: 'en\r\nx-injected: 1' });
    assert.deepEqual([refused.status, refused.body.error.data.id], [400, 'mfa-sms-provider-error']);
    assert.equal(gateway.requests.length, before);
    assert.equal((await step(base, user, 'activate', user.token, { phone: 'x'.repeat(10000) })).status, 400);
  });

  it('a thousand tries find no code, and close the session', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    const right = gateway.code(user.phone);
    const guesses = Array.from({ length: 1000 }, (_, n) => String(n).padStart(4, '0')).filter(code => code !== right);
    const answers = [];
    await Promise.all(Array.from({ length: 25 }, async () => {
      while (guesses.length) answers.push(await step(base, user, 'verify', pending.body.mfaToken, { code: guesses.pop() }));
    }));
    const counts = counted(answers);
    assert.equal(counts[400], 5, JSON.stringify(counts));
    assert.equal(counts[400] + (counts[401] ?? 0) + (counts[503] ?? 0), answers.length, JSON.stringify(counts));
    assert.equal((await step(base, user, 'verify', pending.body.mfaToken, { code: right })).status, 401);
  });

  it('new logins give new tries only up to a limit for the account', async () => {
    const user = await protectedUser(base, gateway);
    const other = await protectedUser(base, gateway);
    const statuses = [];
    let pending;
    for (let logins = 0; logins < 3; logins++) {
      pending = await login(base, user);
      for (let tries = 0; tries < 5; tries++) {
        statuses.push((await step(base, user, 'verify', pending.body.mfaToken, { code: wrongFor(gateway.code(user.phone)) })).status);
      }
    }
    assert.deepEqual(statuses, [...Array(10).fill(400), ...Array(5).fill(429)]);
    pending = await login(base, user);
    const late = await step(base, user, 'verify', pending.body.mfaToken, { code: gateway.code(user.phone) });
    assert.deepEqual([late.status, late.body.error.id], [429, 'too-many-attempts']);
    assert.ok(Number(late.headers.get('retry-after')) > 0);
    // Others are not held to it, and the way out stays open.
    const free = await login(base, other);
    assert.equal((await step(base, other, 'verify', free.body.mfaToken, { code: gateway.code(other.phone) })).status, 200);
    assert.equal((await step(base, user, 'recover', undefined, { username: user.username, password: user.password, recoveryCode: user.codes[9] })).status, 200);
  });

  it('codes are sent only so often', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    const answers = await Promise.all(Array.from({ length: 20 }, () => step(base, user, 'challenge', pending.body.mfaToken)));
    const counts = counted(answers);
    assert.deepEqual([counts[200], counts[429]], [10, 10], JSON.stringify(counts));
    assert.equal(gateway.to(user.phone).length, 12);
    assert.equal((await login(base, user)).status, 429);
  });

  it('codes are sent only so often for one address, whatever the accounts', async () => {
    const limited = await startServer({ set: { ...single(gateway.url), 'http.trustedProxies': ['127.0.0.1'], 'services.mfa.limits.challengesPerAddress': 4 } });
    const users = await Promise.all(Array.from({ length: 6 }, () => newUser(limited.url)));
    const victim = newPhone();
    const activate = (user, address) => call(limited.url, 'POST', `${user.path}/mfa/activate`, { token: user.token, body: { phone: victim, lang: 'en' }, headers: { 'X-Forwarded-For': address } });

    const counts = counted(await Promise.all(users.map(user => activate(user, '192.0.2.7'))));
    assert.deepEqual(counts, { 302: 4, 429: 2 });
    assert.equal(gateway.to(victim).length, 4);
    assert.equal((await activate(users[0], '192.0.2.8')).status, 302);
    assert.equal((await limited.stop()).code, 0);
  });

  it('a code and a session serve once, however many use them at the same time', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    const code = gateway.code(user.phone);
    const counts = counted(await Promise.all(Array.from({ length: 20 }, () => step(base, user, 'verify', pending.body.mfaToken, { code }))));
    assert.equal(counts[200], 1, JSON.stringify(counts));
    const other = await newUser(base);
    const phone = newPhone();
    const activated = await step(base, other, 'activate', other.token, { phone });
    const confirmed = counted(await Promise.all(Array.from({ length: 20 }, () => step(base, other, 'confirm', activated.body.mfaToken, { code: gateway.code(phone) }))));
    assert.equal(confirmed[200], 1, JSON.stringify(confirmed));
  });

  it('a new code makes the former useless, in every session of the user', async () => {
    const user = await protectedUser(base, gateway);
    const first = await login(base, user);
    const former = gateway.code(user.phone);
    const second = await login(base, user);
    const newest = gateway.code(user.phone);
    if (former !== newest) assert.equal((await step(base, user, 'verify', second.body.mfaToken, { code: former })).status, 400);
    assert.equal((await step(base, user, 'verify', first.body.mfaToken, { code: newest })).status, 200);
    assert.equal((await step(base, user, 'verify', second.body.mfaToken, { code: newest })).status, 400);
  });

  it('a session is its user\'s, and for what it was opened for', async () => {
    const one = await protectedUser(base, gateway);
    const two = await protectedUser(base, gateway);
    const pending = await login(base, one);
    const code = gateway.code(one.phone);
    for (const name of ['verify', 'challenge', 'confirm']) {
      const stranger = await step(base, two, name, pending.body.mfaToken, { code });
      assert.deepEqual([name, stranger.status, stranger.body.error.id], [name, 401, 'invalid-access-token']);
    }
    assert.equal((await step(base, one, 'confirm', pending.body.mfaToken, { code })).status, 401);
    const activation = await step(base, two, 'activate', two.token, { phone: two.phone });
    assert.equal((await step(base, two, 'verify', activation.body.mfaToken, { code: gateway.code(two.phone) })).status, 401);
    assert.equal((await step(base, one, 'verify', pending.body.mfaToken, { code })).status, 200);
  });

  it('a code that is no text is no try; empty texts are wrong ones, not missing', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    const code = gateway.code(user.phone);
    for (const wrong of [null, Number(code), true, [code], {}]) {
      for (let n = 0; n < 2; n++) {
        const { status, body } = await step(base, user, 'verify', pending.body.mfaToken, { code: wrong });
        assert.deepEqual([status, body.error.id, body.error.data], [400, 'invalid-parameters-format', undefined], JSON.stringify(wrong));
      }
    }
    assert.equal((await step(base, user, 'verify', pending.body.mfaToken, { code })).status, 200);
    const recover = async change => (await step(base, user, 'recover', undefined, { username: user.username, password: user.password, recoveryCode: '', ...change })).status;
    assert.deepEqual([await recover({ password: '' }), await recover({ password: null }), await recover()], [401, 400, 400]);
  });

  it('a login that waits ends when the second factor is taken away', async () => {
    const user = await protectedUser(base, gateway);
    const pending = await login(base, user);
    const code = gateway.code(user.phone);
    assert.equal((await step(base, user, 'deactivate', user.token)).status, 200);
    assert.equal((await step(base, user, 'challenge', pending.body.mfaToken)).status, 401);
    assert.equal((await step(base, user, 'verify', pending.body.mfaToken, { code })).status, 401);
    assert.equal(typeof (await login(base, user)).body.token, 'string');
  });

  it('a wrong password sends nothing, and is counted at recovery too', async () => {
    const user = await protectedUser(base, gateway);
    const before = gateway.requests.length;
    assert.equal((await login(base, user, 'wrong-password')).status, 401);
    assert.equal(gateway.requests.length, before);
    const statuses = [];
    for (let n = 0; n < 40 && statuses.at(-1) !== 429; n++) {
      statuses.push((await step(base, user, 'recover', undefined, { username: user.username, password: 'wrong-' + n, recoveryCode: user.codes[0] })).status);
    }
    assert.equal(statuses.at(-1), 429, statuses.join());
    assert.ok(statuses.slice(0, -1).every(status => status === 401), statuses.join());
  });

  it('recovery codes are told once, kept as hashes, and one of them serves once', async () => {
    const user = await protectedUser(base, gateway);
    assert.equal(new Set(user.codes).size, 10);
    for (const code of user.codes) assert.match(code, UUID);
    const profile = (await call(base, 'GET', `${user.path}/profile/private`, { token: user.token })).body.profile;
    assert.deepEqual(profile.mfa.content, { phone: user.phone, lang: 'en' });
    assert.deepEqual(profile.mfa.recoveryCodes, Array(10).fill('********'));
    for (const mfa of [null, { content: {} }]) {
      const refused = await call(base, 'PUT', `${user.path}/profile/private`, { token: user.token, body: { mfa, other: 1 } });
      assert.deepEqual([refused.status, refused.body.error.id], [400, 'invalid-operation']);
    }
    const kept = await call(base, 'PUT', `${user.path}/profile/private`, { token: user.token, body: { other: 1 } });
    assert.deepEqual(Object.keys(kept.body.profile), ['mfa', 'other']);
    assert.doesNotMatch(JSON.stringify(kept.body), new RegExp(user.codes.join('|')));
    const publicly = await call(base, 'PUT', `${user.path}/profile/public`, { token: user.token, body: { mfa: 'is a word' } });
    assert.equal(publicly.status, 200);
    const files = fs.readdirSync(server.dataDir, { recursive: true }).map(name => path.join(server.dataDir, name)).filter(name => fs.statSync(name).isFile());
    for (const file of files) {
      const bytes = fs.readFileSync(file);
      assert.ok(!user.codes.some(code => bytes.includes(code)), file);
    }
    const wrong = await step(base, user, 'recover', undefined, { username: user.username, password: user.password, recoveryCode: user.codes[0].replace(/^./, c => c === 'a' ? 'b' : 'a') });
    assert.deepEqual([wrong.status, wrong.body.error.id], [400, 'invalid-parameters-format']);
    const counts = counted(await Promise.all(user.codes.map(recoveryCode => step(base, user, 'recover', undefined, { username: user.username, password: user.password, recoveryCode }))));
    assert.deepEqual([counts[200], counts[400]], [1, 9], JSON.stringify(counts));
    assert.deepEqual((await call(base, 'GET', `${user.path}/profile/private`, { token: user.token })).body.profile, { other: 1 });
  });

  it('operators take it away, with the key and nothing less', async () => {
    const user = await protectedUser(base, gateway);
    const where = name => `/system/users/${name}/mfa`;
    for (const token of [undefined, 'wrong', `Bearer ${adminKey}`, adminKey.slice(0, -1), user.token]) {
      const refused = await call(base, 'DELETE', where(user.username), { token });
      const unknown = await call(base, 'DELETE', where('nobody-at-all'), { token });
      assert.deepEqual([refused.status, refused.body.error], [404, unknown.body.error]);
      assert.equal(refused.body.error.id, 'unknown-resource');
    }
    assert.equal(typeof (await login(base, user)).body.mfaToken, 'string');
    assert.equal((await call(base, 'DELETE', where(user.username), { token: adminKey })).status, 204);
    assert.equal(typeof (await login(base, user)).body.token, 'string');
    assert.equal((await call(base, 'DELETE', where(user.username), { token: adminKey })).status, 204);
    assert.equal((await call(base, 'DELETE', where('nobody-at-all'), { token: adminKey })).status, 404);
  });
});

describe('a gateway that is down, slow or talks nonsense', { concurrency: false }, () => {
  let gateway, server, base, user;
  before(async () => {
    gateway = await startGateway();
    server = await startServer({ set: { ...single(gateway.url), 'cluster.apiWorkers': 1, 'outgoing.programs': 2, 'services.mfa.limits.challenges': 1000, 'services.mfa.limits.failures': 100 } });
    base = server.url;
    user = await protectedUser(base, gateway);
  });
  after(async () => {
    gateway.stop();
    await server.stop();
  });

  const refused = answer => assert.deepEqual([answer.status, answer.body.error?.id, answer.body.error?.data?.id], [400, 'invalid-operation', 'mfa-sms-provider-error']);

  it('an answer that is no success', async () => {
    for (const status of [300, 302, 400, 404, 500, 503]) {
      gateway.answer = (request, response) => response.writeHead(status, { location: gateway.url + '/elsewhere' }).end('no');
      const before = gateway.requests.length;
      refused(await login(base, user));
      assert.equal(gateway.requests.length, before + 1, `after ${status}`);
    }
    gateway.answer = gateway.calm;
    assert.equal((await login(base, user)).status, 200);
  });

  it('answers whose body is large or never ends are as good as others', async () => {
    let timer;
    gateway.answer = (request, response) => {
      response.writeHead(200).write('x'.repeat(100000));
      timer = setInterval(() => response.write('more'), 10);
    };
    const begun = Date.now();
    assert.equal((await login(base, user)).status, 200);
    clearInterval(timer);
    assert.ok(Date.now() - begun < smsSeconds * 1000 - 100, `${Date.now() - begun} ms`);
    gateway.answer = gateway.calm;
  });

  it('slow: the error comes in time, no secret is in a list of processes, and no process stays', async () => {
    gateway.answer = () => {};
    const begun = Date.now();
    const pending = login(base, user);
    await sleep(smsSeconds * 600);
    const programs = fs.readdirSync('/proc').filter(pid => /^\d+$/.test(pid)).map(pid => {
      try { return { pid, line: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'), parent: / PPid:\t(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8').replaceAll('\n', ' '))?.[1] }; } catch { return { line: '' }; }
    }).filter(({ line }) => line.includes('pryvd-fetch'));
    const workers = fs.readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');
    const ours = programs.filter(({ parent }) => workers.includes(parent));
    assert.deepEqual(ours.map(({ line }) => line), ['pryvd-fetch\0']);
    process.kill(Number(ours[0].pid), 'SIGSTOP'); // it cannot end by itself now
    refused(await pending);
    assert.ok(Date.now() - begun < smsSeconds * 1000 + 3000, `${Date.now() - begun} ms`);
    assert.ok(!fs.existsSync(`/proc/${ours[0].pid}`));
    gateway.answer = gateway.calm;
  });

  it('only so many programs run at once; the others wait', async () => {
    gateway.answer = (request, response) => setTimeout(() => response.end(), 150);
    gateway.mostRunning = 0;
    const answers = await Promise.all(Array.from({ length: 6 }, () => login(base, user)));
    assert.deepEqual(counted(answers), { 200: 6 });
    assert.equal(gateway.mostRunning, 2);
    gateway.answer = () => {};
    const begun = Date.now();
    (await Promise.all(Array.from({ length: 6 }, () => login(base, user)))).forEach(refused);
    assert.ok(Date.now() - begun < smsSeconds * 1000 + 4000, `${Date.now() - begun} ms`);
    gateway.answer = gateway.calm;
  });

  it('nonsense instead of HTTP, and nobody there at all', async () => {
    let nonsense = Buffer.from('no HTTP here\r\n\r\n');
    const raw = net.createServer(socket => { socket.on('error', () => {}).once('data', () => socket.end(nonsense)); });
    await new Promise(resolve => raw.listen(0, '127.0.0.1', resolve));
    const other = await startServer({ set: { ...single(`http://127.0.0.1:${raw.address().port}`), 'cluster.apiWorkers': 1 } });
    try {
      const someone = await newUser(other.url);
      for (const text of ['no HTTP here\r\n\r\n', '', 'HTTP/1.1 200', 'HTTP/1.1 abc OK\r\n\r\n', 'HTTP/1.1 99999 OK\r\n\r\n', '\0\xff'.repeat(100000), 'HTTP/1.1 200 OK\r\n' + 'x: y\r\n'.repeat(200000)]) {
        nonsense = Buffer.from(text, 'latin1');
        refused(await step(other.url, someone, 'activate', someone.token, { phone: '1' }));
      }
      await new Promise(resolve => raw.close(resolve));
      const down = await step(other.url, someone, 'activate', someone.token, { phone: '1' });
      refused(down);
      assert.doesNotMatch(JSON.stringify(down.body), /127\.0\.0\.1|secret/);
      assert.match(other.log(), /SMS gateway cannot be asked/);
      assert.doesNotMatch(other.log(), /gateway-secret/);
    } finally {
      raw.close();
      await other.stop();
    }
  });
});

describe('codes of the gateway', { concurrency: false }, () => {
  let gateway, server, base;
  before(async () => {
    gateway = await startGateway();
    const json = { 'content-type': 'application/json' };
    server = await startServer({ set: {
      ...single(gateway.url), 'services.mfa.mode': 'challenge-verify', 'cluster.apiWorkers': 2,
      'services.mfa.sms.endpoints.challenge': { url: gateway.url + '/challenge?to={{ phone }}', method: 'GET', headers: { 'x-phone': '{{ phone }}' } },
      'services.mfa.sms.endpoints.verify': { url: gateway.url + '/verify', headers: json, body: '{"to":"{{ phone }}","code":"{{ code }}"}' }
    } });
    base = server.url;
    gateway.answer = (request, response, body) => {
      if (gateway.down) return response.destroy();
      response.writeHead(request.url.startsWith('/challenge') || body.code === '1234' ? 200 : 422).end('{}');
    };
  });
  after(async () => {
    gateway.stop();
    await server.stop();
  });

  it('the whole way; what a request gives cannot stand in for what was given at activation', async () => {
    const user = { ...await newUser(base), phone: newPhone() };
    const activated = await step(base, user, 'activate', user.token, { phone: user.phone });
    const asked = gateway.requests.at(-1);
    assert.deepEqual([asked.method, asked.path, asked.text, asked.headers['x-phone']], ['GET', `/challenge?to=%2B${user.phone.slice(1)}`, '', user.phone]);
    const wrong = await step(base, user, 'confirm', activated.body.mfaToken, { code: '9","code":"1234' });
    assert.deepEqual([wrong.status, wrong.body.error.data.id], [400, 'mfa-sms-provider-error']);
    assert.equal((await step(base, user, 'confirm', activated.body.mfaToken, { code: '1234', phone: 'another' })).status, 200);
    assert.equal(gateway.requests.at(-1).body.to, user.phone);
    const pending = await login(base, user);
    assert.equal((await step(base, user, 'verify', pending.body.mfaToken, { code: '1234' })).status, 200);
  });

  it('tries while the gateway is down are not counted; what it refuses is', async () => {
    const user = await newUser(base);
    const activated = await step(base, user, 'activate', user.token, { phone: newPhone() });
    gateway.down = true;
    for (let n = 0; n < 8; n++) assert.equal((await step(base, user, 'confirm', activated.body.mfaToken, { code: '1234' })).status, 400);
    gateway.down = false;
    for (let n = 0; n < 5; n++) assert.equal((await step(base, user, 'confirm', activated.body.mfaToken, { code: '9999' })).status, 400);
    assert.equal((await step(base, user, 'confirm', activated.body.mfaToken, { code: '1234' })).status, 401);
  });
});

describe('times and switches', { concurrency: false }, () => {
  it('sessions and codes end; data of an account stays when the plugin goes', async () => {
    const gateway = await startGateway();
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-mfa-'));
    const pluginDir = pluginDirWith();
    fs.rmSync(path.join(pluginDir, 'mfa.so'));
    let server = await startServer({ dataDir, set: { ...single(gateway.url), 'services.mfa.sessions.ttlSeconds': 2 } });
    try {
      const user = await protectedUser(server.url, gateway);
      const pending = await login(server.url, user);
      await sleep(2200);
      assert.equal((await step(server.url, user, 'verify', pending.body.mfaToken, { code: gateway.code(user.phone) })).status, 401);
      const again = await login(server.url, user);
      assert.equal((await step(server.url, user, 'verify', again.body.mfaToken, { code: gateway.code(user.phone) })).status, 200);
      await server.stop();

      // Switched off: logins are simple, the ways out are open, the profile is the client's.
      server = await startServer({ dataDir, set: { 'services.mfa.mode': 'disabled', 'auth.trustedApps': '*@http://127.0.0.1:*' } });
      assert.equal(typeof (await login(server.url, user)).body.token, 'string');
      for (const name of ['activate', 'confirm', 'challenge', 'verify']) {
        const off = await step(server.url, user, name, user.token, { code: '1' });
        assert.deepEqual([off.status, off.body.error.id], [503, 'api-unavailable']);
        const unnamed = await step(server.url, user, name, undefined, { code: '1' });
        assert.equal(unnamed.status, name === 'activate' ? 401 : 400, 'a request that names no session is wrong all the same');
      }
      assert.equal((await call(server.url, 'DELETE', `/system/users/${user.username}/mfa`, { token: '' })).status, 404);
      const other = await newUser(server.url);
      assert.equal((await call(server.url, 'PUT', `${other.path}/profile/private`, { token: other.token, body: { mfa: { content: { phone: '1' } } } })).status, 200);
      assert.equal((await step(server.url, other, 'deactivate', other.token)).status, 200);
      assert.deepEqual((await call(server.url, 'GET', `${other.path}/profile/private`, { token: other.token })).body.profile, {});
      await server.stop();

      // Taken out: as if it had never been there.
      server = await startServer({ dataDir, args: ['--plugin-dir', pluginDir], set: { 'auth.trustedApps': '*@http://127.0.0.1:*' } });
      assert.equal(typeof (await login(server.url, user)).body.token, 'string');
      assert.equal((await step(server.url, user, 'activate', user.token, { phone: '1' })).status, 404);
      await server.stop();

      // Back again: the second factor is still wanted.
      server = await startServer({ dataDir, set: single(gateway.url) });
      assert.equal(typeof (await login(server.url, user)).body.mfaToken, 'string');
    } finally {
      await server.stop();
      gateway.stop();
      for (const dir of [dataDir, pluginDir]) fs.rmSync(dir, { recursive: true, force: true });
    }
  });

  it('what is wrong in the settings stops the start with one line', async () => {
    const endpoint = 'services.mfa.sms.endpoints.single';
    for (const [set, line] of [
      [{ 'services.mfa.mode': 'sometimes' }, /services\.mfa\.mode/],
      [{ 'services.mfa.mode': 'single' }, /services\.mfa\.sms\.endpoints\.single: url/],
      [{ 'services.mfa.mode': 'single', [endpoint]: { url: 'ftp://x' } }, /endpoints\.single: url/],
      [{ 'services.mfa.mode': 'single', [endpoint]: { url: 'http://x', method: 'PUT' } }, /endpoints\.single: method/],
      [{ 'services.mfa.mode': 'single', [endpoint]: { url: 'http://x', headers: 'x: y' } }, /endpoints\.single: headers/],
      [{ 'services.mfa.mode': 'challenge-verify', 'services.mfa.sms.endpoints.challenge': { url: 'http://x' } }, /endpoints\.verify: url/]
    ]) {
      await assert.rejects(startServer({ set: { 'cluster.apiWorkers': 1, ...set } }).then(server => server.stop()), line);
    }
  });
});
