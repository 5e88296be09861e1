// Plugins built out of tree against an installed SDK, loaded by the installed server. tests/parts/sdk.sh prepares:
// SDK_ROOT (make install DESTDIR=...), SDK_BUILD (copies of the examples, built).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';

const root = process.env.SDK_ROOT;
const built = process.env.SDK_BUILD;
const bin = path.join(root, 'usr/local/bin/pryvd');
const installed = path.join(root, 'usr/local/lib/pryvd/plugins');
const confDir = path.join(root, 'etc/pryvd/conf.d');
let scratch;

before(() => { scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-sdk-')); });
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** A plugin folder with these files. */
function pluginDir (name, files) {
  const dir = path.join(scratch, name);
  fs.mkdirSync(dir);
  for (const file of files) fs.copyFileSync(file, path.join(dir, path.basename(file)));
  return dir;
}
const ours = name => path.join(installed, name + '.so');
const options = dir => ['--conf-dir', confDir, '--plugin-dir', dir];

test('make install puts everything in its place', () => {
  for (const file of ['usr/local/bin/pryvd', 'usr/local/bin/pryvctl', 'usr/local/bin/pryvd-fetch', 'usr/local/bin/pryvd-storage-check', 'usr/local/lib/libpryvd.so', 'usr/local/lib/pkgconfig/pryvd-sdk.pc',
    'usr/local/include/pryv/plugin.h', 'usr/local/lib/pryvd/plugins/api.so', 'etc/pryvd/conf.d/10-http.yml', 'lib/systemd/system/pryvd.service']) {
    assert.ok(fs.existsSync(path.join(root, file)), file);
  }
  assert.match(fs.readFileSync(path.join(root, 'lib/systemd/system/pryvd.service'), 'utf8'), /^ExecStart=\/usr\/local\/bin\/pryvd /m);
});

test('the kernel library shows what the SDK declares, and nothing else', () => {
  const shown = execFileSync('nm', ['-D', '--defined-only', path.join(root, 'usr/local/lib/libpryvd.so')], { encoding: 'utf8' })
    .split('\n').map(line => line.split(' ')[2]?.replace(/@.*/, '')).filter(name => name && !/^(PRYVD_|__asan|__odr_asan|_init|_fini)/.test(name));
  const headers = fs.readdirSync('sdk/include/pryv').map(file => fs.readFileSync(path.join('sdk/include/pryv', file), 'utf8')).join('\n');
  const undeclared = shown.filter(name => !name.startsWith('pryvd_') && !new RegExp(`\\b${name}\\(`).test(headers));
  assert.deepEqual(undeclared, []);
  assert.ok(shown.length > 50);
});

test('the hook plugin counts calls, refuses a type, and answers its own route', async () => {
  const dir = pluginDir('hooks', [...fs.readdirSync(installed).map(file => path.join(installed, file)), path.join(built, 'hook-plugin/hook-plugin.so')]);
  const server = await startServer({ bin, args: options(dir), set: { 'cluster.apiWorkers': 1, 'hookPlugin.refusedType': 'note/html' } });
  try {
    const user = await newUser(server.url);
    const stream = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
    assert.equal(stream.status, 201);
    const kept = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'note/txt', content: 'x' } });
    assert.equal(kept.status, 201);
    const refused = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'note/html', content: '<b>' } });
    assert.equal(refused.status, 400);
    assert.equal(refused.body.error.id, 'invalid-operation');
    const events = await call(server.url, 'GET', `${user.path}/events?streams[]=diary`, { token: user.token });
    assert.deepEqual(events.body.events.map(event => event.type), ['note/txt']);
    const counts = (await call(server.url, 'GET', '/hook-plugin/counts')).body;
    assert.ok(counts.calls >= 6, JSON.stringify(counts));
    assert.equal(counts.refused, 1);
    assert.equal(counts.failures, 1);
    const described = (await call(server.url, 'GET', '/openapi.json')).body;
    assert.ok(described.paths['/hook-plugin/counts'], 'the API description names the route of the plugin');
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

const memory = path.join(built, 'storage-memory/storage-memory.so');
test('the in-memory storage plugin serves the main job', { skip: !fs.existsSync(memory) && 'no storage-memory example' }, async () => {
  const dir = pluginDir('memory', [ours('api'), ours('reg'), ours('files-local'), memory]);
  const server = await startServer({ bin, args: options(dir), set: { 'cluster.apiWorkers': 1 } });
  try {
    const user = await newUser(server.url);
    await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
    for (let i = 0; i < 20; i++) {
      const made = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'count/steps', content: i, time: i } });
      assert.equal(made.status, 201);
    }
    const { body } = await call(server.url, 'GET', `${user.path}/events?fromTime=0&toTime=100&limit=5&sortAscending=true`, { token: user.token });
    assert.deepEqual(body.events.map(event => event.content), [0, 1, 2, 3, 4]);
  } finally {
    assert.equal((await server.stop()).code, 0);
  }
});

// ---- Plugins that must be refused, each with one clear line -----------------------------------------------------

function compile (name, source) {
  const file = path.join(scratch, name + '.c');
  fs.writeFileSync(file, source);
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'pryvd-sdk'], { encoding: 'utf8' }).trim().split(/\s+/);
  execFileSync('cc', ['-std=c11', '-fPIC', '-shared', '-fvisibility=hidden', '-o', path.join(scratch, name + '.so'), file, ...flags]);
  return path.join(scratch, name + '.so');
}
const plugin = (name, fields, before = '') => `#include <pryv/plugin.h>\n${before}\nPRYV_PLUGIN = { .size = sizeof(struct pryv_plugin), .name = "${name}", .version = "1", ${fields} };`;

const refusals = [
  ['another ABI', plugin('other-abi', '.abi = PRYV_ABI + 1'), /other-abi\.so.*ABI/i],
  ['a plugin whose init fails', plugin('failing', '.abi = PRYV_ABI, .init = fails',
    'static enum pryv_rc fails(const void *config PRYV_UNUSED, void **self PRYV_UNUSED, struct pryv_err *err) { return pryv_fail(err, PRYV_FAILED, "no luck today"); }'), /failing.*no luck today/],
  ['a second storage', plugin('storage-second', '.abi = PRYV_ABI, .provides = given', 'static const struct pryv_interface_ref given[] = { { "storage", 1 }, { NULL, 0 } };'), /storage-second|storage-sqlite/],
  ['a missing dependency', plugin('needy', '.abi = PRYV_ABI, .requires_ = needed', 'static const struct pryv_interface_ref needed[] = { { "telepathy", 1 }, { NULL, 0 } };'), /needy.*telepathy|telepathy.*needy/],
  ['a library that is no plugin', 'int nothing;', /no-plugin\.so|library-that/]
];

const base = ['api', 'files-local', 'storage-sqlite'].map(ours);
for (const [what, source, line] of refusals) {
  test(`refused: ${what}`, () => {
    const name = /\.name = "([^"]+)"/.exec(source)?.[1] ?? 'no-plugin';
    const dir = pluginDir('refused-' + name, [...base, compile(name, source)]);
    const run = spawnSync(bin, [...options(dir), '--data-dir', path.join(scratch, 'data'), '--check'], { encoding: 'utf8', timeout: 30000 });
    assert.notEqual(run.status, 0);
    assert.notEqual(run.status, null, 'ended by a signal or the clock');
    const lines = run.stderr.split('\n').filter(text => / error /.test(text) && !/ as told above$/.test(text));
    assert.equal(lines.length, 1, run.stderr);
    assert.match(lines[0], line);
  });
}

test('refused: a plugin file that everybody may write', () => {
  const dir = pluginDir('writable', base);
  fs.chmodSync(path.join(dir, 'api.so'), 0o666);
  const run = spawnSync(bin, [...options(dir), '--data-dir', path.join(scratch, 'data'), '--check'], { encoding: 'utf8', timeout: 30000 });
  assert.equal(run.status === 0, false);
  assert.match(run.stderr, /api\.so.*writ/);
});

test('refused: no storage at all', () => {
  const dir = pluginDir('no-storage', [ours('api'), ours('files-local')]);
  const run = spawnSync(bin, [...options(dir), '--data-dir', path.join(scratch, 'data'), '--check'], { encoding: 'utf8', timeout: 30000 });
  assert.equal(run.status === 0, false);
  assert.match(run.stderr, /storage/);
});
