// The operator's command line: over the data of a running server and of one that is stopped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, newUser, pryvd, root, startServer } from '../lib/server.mjs';

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
  assert.match(pryvctl(['help']).out, /users delete NAME \[--json\] \[--yes\]/);
  assert.match(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout, /^pryvctl \d+\.\d+/);
  for (const [args, complaint] of [
    [[], /COMMAND: missing/], [['dance'], /dance: no such command/], [['users'], /users: no such command/],
    [['users', 'show'], /NAME: missing/], [['users', 'list', 'alice'], /alice: one argument too many/],
    [['users', 'list', '--yes'], /--yes: not an option/], [['--check', 'users', 'list'], /--check/],
    [['users', 'create', 'alice'], /EMAIL: missing/], [['users', 'list', '--json=1'], /--json=1: takes no value/], [['invitations', 'create', '--count'], /--count: needs a value/],
    [['users', 'create', 'alice', 'a@b', '--field', 'x'], /x: expected KEY=VALUE/], [['invitations', 'create', '--count', '0'], /expected a number/], [['invitations', 'create', '--count=1x'], /expected a number/]
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

const signIn = (username, password) => call(server.url, 'POST', `/${username}/auth/login`, { body: { username, password, appId: 'pryvctl-tests' }, headers: { origin: 'http://127.0.0.1:9' } });
const unique = () => `c${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

test('users create makes a user of the running server; what makes none is told, all of it', async () => {
  const name = unique();
  const made = pryvctl(['users', 'create', name, `${name}@example.com`, '--language', 'de', '--json'], 'correct-Horse-7\n');
  assert.equal(made.status, 0, made.err);
  assert.equal(JSON.parse(made.out).username, name);
  const signedIn = await signIn(name, 'correct-Horse-7');
  assert.deepEqual([signedIn.status, signedIn.body.preferredLanguage], [200, 'de']);
  for (const [args, input, complaint] of [
    [[name, 'other@example.com'], 'correct-Horse-7\n', /already exists/],
    [[unique(), `${name}@EXAMPLE.com`], 'correct-Horse-7\n', /already exists/],
    [['No', 'a@b'], 'correct-Horse-7\n', /username: has a wrong form/],
    [[unique(), 'a@b', '--language', 'german'], 'correct-Horse-7\n', /language: has a wrong form/],
    [[unique(), 'a@b', '--field', 'shoeSize=43'], 'correct-Horse-7\n', /shoeSize: accounts have no such field/],
    [[unique(), 'a@b'], 'short\n', /6 to 100 characters/], [[unique(), 'a@b'], '', /no password/], [[unique(), 'a@b'], 'x'.repeat(101) + '\n', /6 to 100/],
    [['pryv-people', 'a@b'], 'correct-Horse-7\n', /reserved/]
  ]) {
    const { status, out, err } = pryvctl(['users', 'create', ...args], input);
    assert.deepEqual([status, out], [1, ''], args.join(' '));
    assert.match(err, complaint);
    if (args[0] !== name) assert.equal(pryvctl(['users', 'show', args[0]]).status, 1);
  }
});

test('users reset-password: the new one is good, the old one is not', async () => {
  const user = await newUser(server.url);
  assert.equal(pryvctl(['users', 'reset-password', user.username], 'no\n').status, 1);
  assert.equal(pryvctl(['users', 'reset-password', user.username, '--yes'], 'abc\n').status, 1);
  assert.equal(pryvctl(['users', 'reset-password', 'nobody-here', '--yes'], 'another-Horse-8\n').status, 1);
  assert.equal((await signIn(user.username, user.password)).status, 200);
  const reset = pryvctl(['users', 'reset-password', user.username], `${user.username}\nanother-Horse-8\n`);
  assert.equal(reset.status, 0, reset.err);
  assert.equal((await signIn(user.username, 'another-Horse-8')).status, 200);
  assert.equal((await signIn(user.username, user.password)).status, 401);
});

test('users deactivate-mfa takes the factor and leaves the rest of the profile', async () => {
  const user = await newUser(server.url);
  const profile = async () => (await call(server.url, 'GET', `${user.path}/profile/private`, { token: user.token })).body.profile;
  assert.equal((await call(server.url, 'PUT', `${user.path}/profile/private`, { token: user.token, body: { keep: 'this' } })).status, 200);
  assert.match(pryvctl(['users', 'deactivate-mfa', user.username, '--yes']).out, /had no second factor/);
  const factor = { content: { phone: '1234' }, recoveryCodes: ['a', 'b'] };
  assert.equal((await call(server.url, 'PUT', `${user.path}/profile/private`, { token: user.token, body: { mfa: factor } })).status, 200);
  assert.deepEqual((await profile()).mfa.content, factor.content);
  assert.equal(pryvctl(['users', 'deactivate-mfa', user.username], 'no\n').status, 1);
  assert.ok((await profile()).mfa);
  assert.match(pryvctl(['users', 'deactivate-mfa', user.username], `${user.username}\n`).out, /has no second factor any more/);
  assert.deepEqual(await profile(), { keep: 'this' });
});

test('invitations are made, told, used and revoked', async () => {
  assert.deepEqual(JSON.parse(pryvctl(['invitations', 'list', '--json']).out), []);
  const made = JSON.parse(pryvctl(['invitations', 'create', '--count', '3', '--message', 'for "friends"', '--json']).out);
  assert.deepEqual(made.map(({ description, createdBy }) => [description, createdBy]), Array(3).fill(['for "friends"', 'admin']));
  const register = invitationToken => { const username = unique(); return call(server.url, 'POST', '/users', { body: { appId: 'pryvctl-tests', username, password: 'correct-Horse-7', email: `${username}@example.com`, language: 'en', invitationToken } }); };
  assert.equal((await register('enjoy')).status, 400);
  const guest = await register(made[0].id);
  assert.equal(guest.status, 201, JSON.stringify(guest.body));
  assert.equal((await register(made[0].id)).status, 400, 'once');
  assert.equal(pryvctl(['invitations', 'revoke', made[0].id, '--yes']).status, 1, 'it is used');
  assert.equal(pryvctl(['invitations', 'revoke', made[1].id], 'no\n').status, 1);
  assert.equal(pryvctl(['invitations', 'revoke', 'never-made', '--yes']).status, 1);
  assert.equal(pryvctl(['invitations', 'revoke', made[1].id], made[1].id + '\n').status, 0);
  assert.equal((await register(made[1].id)).status, 400, 'revoked');
  const listed = pryvctl(['invitations', 'list']).out.trim().split('\n').map(line => line.split('\t'));
  assert.deepEqual(listed.map(([token, , used, user]) => [token, used !== '', user]).sort(), [[made[0].id, true, guest.body.username], [made[2].id, false, '']].sort());
});

test('cores list, check and version in text and JSON', () => {
  const [core] = JSON.parse(pryvctl(['cores', 'list', '--json']).out);
  assert.equal(core.id, 'single');
  assert.equal(core.available, true);
  assert.ok(core.userCount > 0);
  assert.match(pryvctl(['cores', 'list']).out, /^single\tavailable\t\d+\t/);
  const report = JSON.parse(pryvctl(['check', '--json']).out);
  assert.deepEqual([report.ok, report.broken, report.users], [true, 0, core.userCount]);
  assert.match(JSON.parse(pryvctl(['version', '--json']).out).version, /^\d/);
});

test('check finds a user whose data is broken', async () => {
  const name = unique();
  const { id } = JSON.parse(pryvctl(['users', 'create', name, `${name}@example.com`, '--json'], 'correct-Horse-7\n').out);
  assert.equal((await server.stop()).code, 0);
  const file = path.join(dataDir, 'users', fs.readdirSync(path.join(dataDir, 'users'), { recursive: true }).find(found => found.includes(id) && found.endsWith('.db')));
  const sound = fs.readFileSync(file);
  try {
    fs.writeFileSync(file, 'this is no database '.repeat(1000));
    const { status, out, err } = pryvctl(['check', '--json']);
    assert.deepEqual([status, JSON.parse(out).ok, JSON.parse(out).broken], [1, false, 1]);
    assert.match(err, new RegExp(name));
    assert.equal(pryvctl(['check']).status, 1);
  } finally {
    fs.writeFileSync(file, sound);
    server = await startServer({ dataDir, set: { 'cluster.apiWorkers': 2 } });
  }
  assert.equal(pryvctl(['check']).status, 0);
});

test('settings show tells values with their sources, and no secret', () => {
  const secret = 'very-secret-indeed';
  const args = ['--set', `auth.adminAccessKey=${secret}`, '--set', 'http.port=4321'];
  const all = JSON.parse(pryvctl([...args, 'settings', 'show', '--json']).out);
  assert.deepEqual(all['http.port'], { value: 4321, source: '--set' });
  assert.equal(all['auth.adminAccessKey'].value, '***');
  const text = pryvctl([...args, 'settings', 'show']);
  assert.equal(text.out.includes(secret), false);
  assert.deepEqual(pryvctl([...args, 'settings', 'show', 'http.port']).out, 'http.port: 4321  # --set\n');
  assert.equal(pryvctl([...args, 'settings', 'show', 'http.por']).status, 1);
});

test('bash completes commands, options and folders', () => {
  const script = pryvctl(['completion', 'bash']).out;
  const complete = (...words) => {
    const run = spawnSync('bash', ['-c', `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pryvctl; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', 'pryvctl', ...words], { encoding: 'utf8' });
    assert.equal(run.stderr, '');
    return run.stdout.trim().split('\n').filter(Boolean);
  };
  assert.deepEqual(complete('us'), ['users']);
  assert.deepEqual(complete('--da'), ['--data-dir']);
  assert.deepEqual(complete('--data-dir', '/x', 'users', 'd').sort(), ['deactivate-mfa', 'delete']);
  assert.deepEqual(complete('users', 'delete', '--').sort(), ['--json', '--yes']);
  assert.deepEqual(complete('users', 'delete', 'alice', '--y'), ['--yes']);
  assert.deepEqual(complete('check', '--'), ['--json']);
  assert.ok(complete('--data-dir', '/et').includes('/etc'));
});

test('the manual pages have every option and command that the help has', () => {
  const read = page => fs.readFileSync(path.join(root, 'packaging', 'man', page), 'utf8');
  const optionsOf = help => [...help.matchAll(/--([a-z-]+)/g)].map(match => match[1]);
  for (const [bin, page] of [[pryvd, read('pryvd.1')], [program, read('pryvctl.1')]]) {
    const help = spawnSync(bin, ['--help'], { encoding: 'utf8' }).stdout;
    assert.ok(optionsOf(help).length > 6);
    for (const option of optionsOf(help)) assert.match(page, new RegExp(`^\\.It Fl -${option}( |$)`, 'm'), option);
    for (const [, option] of page.matchAll(/^\.It Fl -([a-z-]+)/gm)) assert.ok(optionsOf(help).includes(option), `${option} is no option any more`);
  }
  const help = spawnSync(program, ['help'], { encoding: 'utf8' }).stdout;
  const commands = [...help.matchAll(/^ {2}([a-z][a-z -]*?)(?= \[| [A-Z]|$)/gm)].map(match => match[1]);
  assert.ok(commands.length >= 15);
  for (const command of commands) assert.match(read('pryvctl.1'), new RegExp(`^\\.It Cm ${command}( |$)`, 'm'), command);
});
