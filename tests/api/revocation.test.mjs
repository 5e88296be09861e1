// What was revoked before the answer is refused after it, by every worker, however busy: each round makes an access, lets all workers
// remember it, takes it away (or a part of it), and asks again on many connections the moment the answer is there.
import assert from 'node:assert/strict';
import http from 'node:http';
import test, { after, before } from 'node:test';
import { newUser, startServer, workersOf } from '../lib/server.mjs';

const ROUNDS = Number(process.env.REVOCATION_ROUNDS ?? 400); // of each kind
const CONNECTIONS = 12; // a round asks on so many at once, spread over the workers
const AT_ONCE = 4; // rounds that run beside each other: the load

let server, port, user, agents;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 4 } });
  port = new URL(server.url).port;
  user = await newUser(server.url);
  agents = Array.from({ length: CONNECTIONS }, () => new http.Agent({ keepAlive: true, maxSockets: AT_ONCE }));
  assert.ok(workersOf(server.pid).length >= 4);
  assert.equal((await send(agents[0], 'POST', `${user.path}/streams`, user.token, { id: 'diary', name: 'Diary' })).status, 201);
  assert.equal((await send(agents[0], 'POST', `${user.path}/streams`, user.token, { id: 'aside', name: 'Aside' })).status, 201);
});

after(async () => {
  for (const agent of agents) agent.destroy();
  assert.equal((await server.stop()).code, 0);
});

function send (agent, method, path, token, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : JSON.stringify(body);
    const request = http.request({
      agent, port, host: '127.0.0.1', method, path,
      headers: { ...(token ? { authorization: token } : {}), ...(data ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) } : {}), ...headers }
    }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => {
        try { resolve({ status: answer.statusCode, body: text ? JSON.parse(text) : null }); } catch (error) { reject(error); }
      });
    });
    request.on('error', reject).end(data);
  });
}

const everywhere = (path, token) => Promise.all(agents.map(agent => send(agent, 'GET', user.path + path, token)));
const any = () => agents[Math.floor(Math.random() * agents.length)];
const owner = (method, path, body) => send(any(), method, user.path + path, user.token, body);

async function expect (answers, status, what, more = () => true) {
  const strays = answers.filter(answer => answer.status !== status || !more(answer.body));
  assert.equal(strays.length, 0, `${what}: ${strays.length} of ${answers.length} answered ${JSON.stringify(strays[0])}`);
}

let names = 0;
async function make (fields, token = user.token) {
  const { status, body } = await send(any(), 'POST', user.path + '/accesses', token,
    { name: `access ${++names}`, type: 'shared', permissions: [{ streamId: 'diary', level: 'read' }], ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body.access;
}
const levels = body => body.permissions.filter(entry => !entry.streamId.startsWith(':')).map(entry => `${entry.streamId} ${entry.level}`).join();

/** One round after another, several at once. */
async function rounds (count, round) {
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (left-- > 0) await round(); }));
}

test('a deleted access', () => rounds(ROUNDS, async () => {
  const access = await make();
  await expect(await everywhere('/access-info', access.token), 200, 'before');
  assert.equal((await owner('DELETE', '/accesses/' + access.id)).status, 200);
  await expect(await everywhere('/access-info', access.token), 403, 'after');
}));

test('an access that deletes itself', () => rounds(ROUNDS, async () => {
  const access = await make();
  await expect(await everywhere('/access-info', access.token), 200, 'before');
  assert.equal((await send(any(), 'DELETE', `${user.path}/accesses/${access.id}`, access.token)).status, 200);
  await expect(await everywhere('/access-info', access.token), 403, 'after');
}));

test('an access that goes with the app that made it', () => rounds(ROUNDS, async () => {
  const app = await make({ type: 'app' });
  const child = await make({}, app.token);
  await expect(await everywhere('/access-info', child.token), 200, 'before');
  assert.deepEqual((await owner('DELETE', '/accesses/' + app.id)).body.relatedDeletions, [{ id: child.id }]);
  await expect(await everywhere('/access-info', child.token), 403, 'after');
  await expect(await everywhere('/accesses', app.token), 403, 'the app, after');
}));

test('a narrowed access', () => rounds(ROUNDS, async () => {
  const access = await make({ permissions: [{ streamId: 'diary', level: 'manage' }] });
  await expect(await everywhere('/access-info', access.token), 200, 'before', body => levels(body) === 'diary manage');
  const narrow = { permissions: [{ streamId: 'diary', level: 'none' }, { streamId: 'aside', level: 'read' }] };
  assert.equal((await owner('PUT', '/accesses/' + access.id, narrow)).status, 200);
  await expect(await everywhere('/access-info', access.token), 200, 'after', body => levels(body) === 'diary none,aside read');
  await expect(await everywhere('/streams?id=diary', access.token), 403, 'the stream it had');
}));

test('an access that is made to end', () => rounds(ROUNDS, async () => {
  const access = await make();
  await expect(await everywhere('/access-info', access.token), 200, 'before');
  const { status, body } = await owner('PUT', '/accesses/' + access.id, { expireAfter: 0 });
  assert.equal(status, 200);
  while (Date.now() / 1000 <= body.access.expires + 0.001) await new Promise(resolve => setTimeout(resolve, 1));
  await expect(await everywhere('/access-info', access.token), 403, 'after', body => body.error.id === 'forbidden');
}));

const origin = { origin: 'http://127.0.0.1:3000' };
async function signIn (appId) {
  const { status, body } = await send(any(), 'POST', `${user.path}/auth/login`, undefined, { username: user.username, password: user.password, appId }, origin);
  assert.equal(status, 200, JSON.stringify(body));
  return body.token;
}

// A password is slow to check on purpose: fewer rounds.
test('a session that was ended, and a personal access that was deleted', async () => {
  for (let i = 0; i < Math.ceil(ROUNDS / 40); i++) {
    const token = await signIn('app of a round');
    await expect(await everywhere('/access-info', token), 200, 'before');
    assert.equal((await send(any(), 'POST', `${user.path}/auth/logout`, token, {})).status, 200);
    await expect(await everywhere('/access-info', token), 403, 'signed out');
    const again = await signIn('app of a round');
    assert.notEqual(again, token);
    await expect(await everywhere('/access-info', token), 403, 'the old token, after signing in again');
    const { body } = await send(any(), 'GET', user.path + '/access-info', again);
    assert.equal((await owner('DELETE', '/accesses/' + body.id)).status, 200);
    await expect(await everywhere('/access-info', again), 403, 'deleted');
    assert.notEqual(await signIn('app of a round'), again, 'a later sign-in does not bring the token back');
    await expect(await everywhere('/access-info', again), 403, 'still deleted');
  }
});
