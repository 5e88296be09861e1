// The operator's command line: over the data of a running server and of one that is stopped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, newUser, pryvd, startServer } from '../lib/server.mjs';

const program = path.join(path.dirname(pryvd), 'pryvctl');
let server;
let dataDir;

function pryvctl (args, input = '') {
  const run = spawnSync(program, ['--data-dir', dataDir, ...args], { encoding: 'utf8', input, timeout: 30000 });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

async function userWithEvents () {
  const user = await newUser(server.url);
  const stream = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
  assert.equal(stream.status, 201);
  for (let i = 0; i < 3; i++) {
    const event = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'count/steps', content: i } });
    assert.equal(event.status, 201);
  }
  return user;
}

/** Files below a folder whose name or content has the text. */
function filesWith (folder, text) {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(entry => path.join(entry.path, entry.name)).filter(file => file.includes(text) || fs.readFileSync(file).includes(text));
}

before(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvctl-'));
  server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 2 } });
});
after(async () => {
  const end = await server.stop();
  fs.rmSync(dataDir, { recursive: true, force: true });
  assert.equal(end.code, 0);
});

test('help, version, and what is no command', () => {
  assert.match(pryvctl(['help']).out, /users delete NAME \[--yes\]/);
  assert.match(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout, /^pryvctl \d+\.\d+/);
  for (const [args, complaint] of [
    [[], /COMMAND: missing/], [['dance'], /dance: no such command/], [['users'], /users: no such command/],
    [['users', 'show'], /NAME: missing/], [['users', 'list', 'alice'], /alice: one argument too many/],
    [['users', 'list', '--yes'], /--yes: not an option/], [['--check', 'users', 'list'], /--check/]
  ]) {
    const { status, out, err } = pryvctl(args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, complaint);
  }
});

test('without data it makes none', () => {
  const nowhere = path.join(dataDir, 'nowhere');
  const run = spawnSync(program, ['--data-dir', nowhere, 'users', 'list'], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /there is no folder .*nowhere; name it with --data-dir/);
  assert.equal(fs.existsSync(nowhere), false);
});

test('check tells that storage, platform and files answer', () => {
  const { status, out, err } = pryvctl(['check']);
  assert.equal(status, 0, err);
  for (const what of ['storage', 'platform', 'files']) assert.match(out, new RegExp(`^${what} +\\w+ +ok$`, 'm'));
});

test('users list and show tell what the API made', async () => {
  const user = await userWithEvents();
  const listed = JSON.parse(pryvctl(['users', 'list', '--json']).out);
  const { id } = listed.find(({ username }) => username === user.username);
  assert.match(pryvctl(['users', 'list']).out, new RegExp(`^${user.username}\t${id}$`, 'm'));
  const shown = JSON.parse(pryvctl(['users', 'show', user.username, '--json']).out);
  assert.equal(shown.id, id);
  assert.equal(shown.events, 3);
  assert.equal(shown.streams, 1);
  assert.equal(shown.fields.email, `${user.username}@example.com`);
  assert.match(pryvctl(['users', 'show', user.username]).out, /^events +3$/m);
  assert.equal(pryvctl(['users', 'show', 'nobody-here']).status, 1);
});

test('users delete asks first, and then the running server knows nothing any more', async () => {
  const user = await userWithEvents();
  const { id } = JSON.parse(pryvctl(['users', 'show', user.username, '--json']).out);
  const use = () => call(server.url, 'GET', `${user.path}/events?streams[]=diary`, { token: user.token, headers: { connection: 'close' } });
  for (const answer of ['', 'yes\n', 'other\n']) {
    const { status, err } = pryvctl(['users', 'delete', user.username], answer);
    assert.equal(status, 1);
    assert.match(err, /not confirmed, nothing was deleted/);
  }
  const warm = await Promise.all(Array.from({ length: 8 }, use));
  assert.deepEqual(warm.map(({ status, body }) => [status, body.events.length]), warm.map(() => [200, 3]));

  const { status, out, err } = pryvctl(['users', 'delete', user.username], user.username + '\n');
  assert.equal(status, 0, err);
  assert.match(out, /is deleted/);
  const cold = await Promise.all(Array.from({ length: 8 }, use));
  assert.deepEqual(cold.map(({ status, body }) => [status, body.error.id]), cold.map(() => [404, 'unknown-resource']));
  assert.equal(pryvctl(['users', 'show', user.username]).status, 1);
  assert.equal(pryvctl(['users', 'delete', user.username, '--yes']).status, 1);
  assert.deepEqual(filesWith(path.join(dataDir, 'users'), id), []);

  const again = await call(server.url, 'POST', '/users', {
    body: { appId: 'pryvctl-tests', username: user.username, password: user.password, email: `${user.username}@example.com`, language: 'en', invitationToken: 'enjoy' }
  });
  assert.equal(again.status, 201, 'name and address are free');
});

test('it works on the data of a server that is stopped', async () => {
  const user = await userWithEvents();
  assert.equal((await server.stop()).code, 0);
  try {
    assert.equal(pryvctl(['users', 'delete', user.username, '--yes']).status, 0);
    assert.equal(pryvctl(['check']).status, 0);
  } finally {
    server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 2 } });
  }
  assert.equal((await call(server.url, 'GET', `${user.path}/events`, { token: user.token })).status, 404);
});
