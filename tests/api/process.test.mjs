// The process: command line, configuration at start, workers that die, signals, and plugins that must not be loaded.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { endsWithTests, freePort, pryvd, root, sanitized, sleep, startServer, until, workersOf } from '../lib/server.mjs';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-process-'));
after(() => fs.rmSync(work, { recursive: true, force: true }));

let files = 0;
/** A file of this run's own; answers its path. */
function file (content, mode = 0o600) {
  const name = path.join(work, `file-${files++}.yml`);
  fs.writeFileSync(name, content, { mode });
  return name;
}

/** Run pryvd to its end: { status, out, err }. */
function run (args, env = {}) {
  const dataDir = path.join(work, `data-${files++}`);
  const end = spawnSync(pryvd, ['--data-dir', dataDir, '--set', 'http.hfsPort=0', ...args], { encoding: 'utf8', timeout: 20000, env: { ...process.env, ...env } });
  return { status: end.status, out: end.stdout, err: end.stderr, dataDir };
}

const answers = async url => (await fetch(url + '/', { headers: { connection: 'close' } })).status === 200;
const alive = pid => { try { process.kill(pid, 0); return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return false; } };

describe('command line', () => {
  test('--version and --help', () => {
    assert.match(run(['--version']).out, /^pryvd \d+\.\d+\.\d+\n$/);
    const help = run(['--help']);
    assert.equal(help.status, 0);
    for (const option of ['--config', '--conf-dir', '--plugin-dir', '--data-dir', '--set', '--check', '--print-config']) assert.ok(help.out.includes(option));
  });

  test('an option that does not exist, or without its value, is refused', () => {
    for (const args of [['--no-such-option'], ['file.yml'], ['--config'], ['--set', 'novalue'], ['--check=1']]) {
      const end = run(args);
      assert.equal(end.status, 2, args.join(' '));
      assert.match(end.err, /^pryvd: .*\n$/);
    }
  });

  test('a data folder is served by one server at a time', async () => {
    const server = await startServer({ set: { 'cluster.apiWorkers': 1 } });
    try {
      const second = spawnSync(pryvd, ['--data-dir', server.dataDir, '--set', 'http.port=0'], { encoding: 'utf8', timeout: 20000 });
      assert.equal(second.status, 1);
      assert.match(second.stderr, new RegExp(`served by another pryvd, process ${server.pid}\\b`));
      assert.ok(await answers(server.url), 'the first one serves on');
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  });

  test('--check says that it could start', () => {
    const end = run(['--check']);
    assert.equal(end.status, 0, end.err);
    assert.match(end.out, /can start/);
    assert.equal(fs.statSync(end.dataDir).mode & 0o777, 0o700);
  });

  test('--print-config names sources and masks secrets', () => {
    const config = file('http:\n  threads: 3\n');
    const end = run(['--config', config, '--set', 'http.gzip=false', '--set', 'auth.adminAccessKey=topsecret', '--print-config'],
      { PRYVD_HTTP__PORT: '4711' });
    assert.equal(end.status, 0, end.err);
    assert.ok(end.out.includes(`threads: 3  # ${config}:2\n`), end.out);
    assert.ok(end.out.includes('port: 4711  # environment PRYVD_HTTP__PORT\n'), end.out);
    assert.ok(end.out.includes('gzip: false  # --set\n'), end.out);
    assert.ok(end.out.includes('queue: 1024  # default\n'), end.out);
    assert.ok(!(end.out + end.err).includes('topsecret'));
  });

  test("the reference server's forms are accepted, and noticed", () => {
    const end = run(['--http:threads=5', '--print-config'], { http__queue: '77' });
    assert.equal(end.status, 0, end.err);
    assert.match(end.out, /threads: 5 /);
    assert.match(end.out, /queue: 77 /);
    assert.match(end.err, /http\.threads is accepted/);
    assert.match(end.err, /http__queue: accepted/);
  });
});

describe('a bad configuration stops the start', () => {
  const cases = [
    ['a wrong type', 'http:\n  threads: many\n', /:2: http\.threads: expected a whole number from 1 to 512, found "many"/],
    ['a number out of range', 'http: {threads: 0}\n', /:1: http\.threads: expected/],
    ['not YAML', 'http: [\n', /file-\d+\.yml:\d+: /],
    ['a value never filled in', 'auth: {adminAccessKey: REPLACE_ME}\n', /:1: auth\.adminAccessKey was never filled in/],
    ['an algorithm that is not the one of hashes', 'integrity: {algorithm: sha512}\n', /:1: integrity\.algorithm: expected one of sha256, found "sha512"/],
    ['a service without a name', 'service: {name: ""}\n', /service\.name is required/],
    ['a key without its certificate', 'http: {ssl: {keyFile: /nonexistent}}\n', /belong together/],
    ['certificates that are not there', 'http: {ssl: {keyFile: /nonexistent, certFile: /nonexistent}}\n', /\/nonexistent: No such file/]
  ];
  for (const [name, yaml, says] of cases) {
    for (const mode of [['--check'], []]) {
      test(`${name} ${mode.join('')}`, async () => {
        const end = run(['--config', file(yaml), '--set', `http.port=${await freePort()}`, ...mode]);
        assert.equal(end.status, 1, end.err);
        assert.match(end.err, says);
      });
    }
  }

  test('a file that is not there', () => {
    const end = run(['--config', '/nonexistent/file.yml']);
    assert.equal(end.status, 1);
    assert.match(end.err, /\/nonexistent\/file\.yml: No such file/);
  });

  test('a port that is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => taken.once('listening', resolve));
    const end = run(['--set', `http.port=${taken.address().port}`]);
    taken.close();
    assert.equal(end.status, 1);
    assert.match(end.err, /cannot listen on 127\.0\.0\.1 port \d+: Address already in use/);
  });

  test('an unknown key is a warning with the nearest known one', () => {
    const end = run(['--check', '--config', file('http:\n  prot: 1\n')]);
    assert.equal(end.status, 0, end.err);
    assert.match(end.err, /warn .*:2: unknown setting http\.prot; did you mean http\.port\?/);
  });
});

describe('secrets', () => {
  test('those that nobody set are made once, for the owner only', async () => {
    const dataDir = path.join(work, 'secrets');
    const secrets = path.join(dataDir, 'secrets.yml');
    let first;
    for (let i = 0; i < 2; i++) {
      const server = await startServer({ dataDir, args: ['--set', 'cluster.apiWorkers=2'] });
      const end = await server.stop();
      assert.equal(end.code, 0, server.log());
      if (!fs.existsSync(secrets)) return; // no plugin here has such a key
      const text = fs.readFileSync(secrets, 'utf8');
      assert.equal(fs.statSync(secrets).mode & 0o777, 0o600);
      first ??= text;
      assert.equal(text, first);
      for (const secret of text.match(/[0-9a-f]{64}/g)) assert.ok(!server.log().includes(secret));
    }
  });
});

describe('workers and signals', () => {
  test('a worker that is killed is replaced within a second, and the other one serves meanwhile', async () => {
    const server = await startServer({ set: { 'cluster.apiWorkers': 2 } });
    const before = await until('two workers', () => workersOf(server.pid).length === 2 && workersOf(server.pid));
    process.kill(before[0], 'SIGKILL');
    assert.ok(await answers(server.url));
    await until('the replacement', () => workersOf(server.pid).length === 2 && !workersOf(server.pid).includes(before[0]), 1000);
    assert.ok(workersOf(server.pid).includes(before[1]));
    assert.equal((await server.stop()).code, 0);
    assert.match(server.log(), /error \[master\] worker 0 \(\d+\) ended by signal 9/);
  });

  test('a worker that dies again and again is started with growing pauses', async () => {
    const server = await startServer({ set: { 'cluster.apiWorkers': 1 } });
    const seen = new Set();
    const end = Date.now() + 2000;
    while (Date.now() < end) {
      for (const pid of workersOf(server.pid)) {
        seen.add(pid);
        try { process.kill(pid, 'SIGKILL'); } catch { /* just ended */ }
      }
      await sleep(5);
    }
    assert.ok(seen.size >= 3 && seen.size <= 12, `${seen.size} workers in two seconds`);
    await until('an answer', () => answers(server.url).catch(() => false));
    assert.equal((await server.stop()).code, 0, server.log());
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal}: a request that has begun is answered, then the server exits 0`, async () => {
      const server = await startServer();
      const socket = net.connect(server.port, '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', text => { answer += text; });
      const closed = new Promise(resolve => socket.once('close', resolve));
      socket.write('GET / HTTP/1.1\r\nHost: ');
      await sleep(200);
      server.child.kill(signal);
      await sleep(200);
      await assert.rejects(fetch(server.url + '/'), 'new connections are refused');
      socket.write('127.0.0.1\r\n\r\n');
      await closed;
      assert.match(answer, /^HTTP\/1\.1 200 /);
      assert.match(answer, /connection: close/i);
      assert.equal((await server.ended).code, 0, server.log());
      await server.stop();
    });
  }

  test('a client that never finishes does not keep the server longer than the grace', async () => {
    const server = await startServer({ set: { 'shutdown.graceSeconds': 1 } });
    const socket = net.connect(server.port, '127.0.0.1').on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: ');
    await sleep(200);
    const begin = Date.now();
    assert.equal((await server.stop()).code, 0, server.log());
    assert.ok(Date.now() - begin < 2900, `it took ${Date.now() - begin} ms`);
    socket.destroy();
  });

  test('workers end with a master that is killed', async () => {
    const server = await startServer({ set: { 'cluster.apiWorkers': 2 } });
    const workers = workersOf(server.pid);
    server.child.kill('SIGKILL');
    await server.ended;
    await until('the end of the workers', () => !workers.some(alive), 15000);
    await server.stop();
  });

  test('SIGHUP under load replaces all workers, and no request fails', async () => {
    const config = file('cluster: {apiWorkers: 2}\n');
    const server = await startServer({ configs: [config] });
    const first = await until('two workers', () => workersOf(server.pid).length === 2 && workersOf(server.pid));
    const agents = [new http.Agent({ keepAlive: true }), new http.Agent({ keepAlive: false })];
    let going = true;
    let done = 0;
    const failures = [];
    const request = agent => new Promise(resolve => {
      http.get(server.url + '/', { agent }, answer => {
        if (answer.statusCode !== 200) failures.push(answer.statusCode);
        answer.resume().once('end', resolve).once('error', error => { failures.push(error.message); resolve(); });
      }).once('error', error => { failures.push(error.message); resolve(); });
    });
    const clients = [0, 1, 0, 1].map(async which => {
      for (; going; done++) await request(agents[which]);
    });
    let old = first;
    for (const count of [2, 3, 1, 2]) {
      fs.writeFileSync(config, `cluster: {apiWorkers: ${count}}\n`);
      server.child.kill('SIGHUP');
      old = await until(`${count} new workers`, () => {
        const now = workersOf(server.pid);
        return now.length === count && !now.some(pid => old.includes(pid)) && now;
      });
    }
    going = false;
    await Promise.all(clients);
    for (const agent of agents) agent.destroy();
    assert.deepEqual(failures, [], server.log());
    assert.ok(done > 20);
    assert.equal((await server.stop()).code, 0, server.log());
  });

  test('SIGHUP with a bad configuration changes nothing', async () => {
    const config = file('http: {threads: 4}\n');
    const server = await startServer({ configs: [config] });
    const workers = workersOf(server.pid);
    for (const [bad, says] of [['http: {threads: no}\n', /http\.threads: expected a whole number/], ['http: [\n', /file-\d+\.yml:\d+/],
      ['http: {ssl: {keyFile: /nonexistent, certFile: /nonexistent}}\n', /No such file/],
      [`http: {ssl: {keyFile: ${config}, certFile: ${config}}}\n`, /no usable certificate|check failed/]]) {
      const from = server.log().length;
      fs.writeFileSync(config, bad);
      server.child.kill('SIGHUP');
      await until('the refusal', () => /the old one keeps running/.test(server.log().slice(from)));
      assert.match(server.log().slice(from), says);
      assert.ok(await answers(server.url));
      assert.deepEqual(workersOf(server.pid).filter(pid => workers.includes(pid)), workers);
    }
    fs.writeFileSync(config, 'http: {threads: 5}\n');
    server.child.kill('SIGHUP');
    await until('new workers', () => !workersOf(server.pid).some(pid => workers.includes(pid)) && workersOf(server.pid).length === workers.length);
    assert.equal((await server.stop()).code, 0, server.log());
  });

  test('SIGHUP moves to another port without stopping', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const config = file(`http: {port: ${first}, hfsPort: 0}\n`);
    const dataDir = path.join(work, 'moving');
    const child = endsWithTests(spawn(pryvd, ['--config', config, '--data-dir', dataDir], { stdio: ['ignore', 'inherit', 'pipe'] }));
    child.stderr.resume();
    await until('the first port', () => answers(`http://127.0.0.1:${first}`).catch(() => false));
    fs.writeFileSync(config, `http: {port: ${second}, hfsPort: 0}\n`);
    child.kill('SIGHUP');
    await until('the second port', () => answers(`http://127.0.0.1:${second}`).catch(() => false));
    await until('the end of the first port', () => fetch(`http://127.0.0.1:${first}/`).then(() => false, () => true));
    child.kill('SIGTERM');
    assert.equal(await new Promise(resolve => child.once('close', resolve)), 0);
  });
});

describe('systemd', () => {
  test('listens on a socket it was given, and tells when it is ready', async t => {
    if (spawnSync('perl', ['-MSocket', '-e', '1']).status !== 0) return t.skip('no perl');
    const socketPath = path.join(work, 'notify');
    const listener = endsWithTests(spawn('perl', ['-MSocket', '-e', `
      $| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0) or die; bind(S, pack_sockaddr_un($ARGV[0])) or die; print "bound\\n";
      while (defined recv(S, $m, 4096, 0)) { print "$m\\n" }`, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] }));
    let told = '';
    listener.stdout.setEncoding('utf8').on('data', text => { told += text; });
    await until('the listener', () => told.includes('bound'));

    const given = net.createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => given.once('listening', resolve));
    const { port } = given.address();
    const child = endsWithTests(spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$@"', 'sh', pryvd, '--set', 'http.hfsPort=0', '--data-dir', path.join(work, 'systemd')], {
      stdio: ['ignore', 'inherit', 'pipe', given._handle.fd],
      env: { ...process.env, LISTEN_FDS: '1', NOTIFY_SOCKET: socketPath }
    }));
    child.stderr.resume();
    given.close();
    await until('READY', () => /^READY=1$/m.test(told));
    assert.ok(await answers(`http://127.0.0.1:${port}`));
    child.kill('SIGHUP');
    await until('RELOADING', () => /^RELOADING=1\nMONOTONIC_USEC=\d+$/m.test(told));
    await until('READY again', () => /RELOADING=1[^]*^READY=1$/m.test(told));
    child.kill('SIGTERM');
    assert.equal(await new Promise(resolve => child.once('close', resolve)), 0);
    await until('STOPPING', () => /^STOPPING=1$/m.test(told));
    listener.kill();
  });
});

describe('plugins that must not be loaded', () => {
  /** The plugins as built, and one more (or other) in a folder of their own. */
  function folderWith (name, build) {
    const folder = fs.mkdtempSync(path.join(work, 'plugins-'));
    const built = path.join(path.dirname(pryvd), 'plugins');
    for (const plugin of fs.readdirSync(built)) fs.symlinkSync(path.join(built, plugin), path.join(folder, plugin));
    build(path.join(folder, name), folder);
    return folder;
  }
  const compile = source => target => {
    const end = spawnSync('cc', ['-std=c11', '-shared', '-fPIC', `-I${path.join(root, 'sdk/include')}`, '-x', 'c', '-o', target, '-'],
      { input: `#include <pryv/plugin.h>\n${source}`, encoding: 'utf8' });
    assert.equal(end.status, 0, end.stderr);
    fs.chmodSync(target, 0o755);
  };
  const refs = (name, list) => `static const struct pryv_interface_ref ${name}[] = { ${list}, { NULL, 0 } };\n`;
  const good = 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1" };';
  const cases = [
    ['not a library', target => fs.writeFileSync(target, 'no library'), /extra\.so: .*(invalid ELF header|file too short)/],
    ['no descriptor', compile('int nothing;'), /extra\.so: not a plugin/],
    ['another ABI', compile('PRYV_PLUGIN = { .size = sizeof(struct pryv_plugin), .abi = PRYV_ABI + 1, .name = "extra", .version = "1" };'), /extra\.so: built for ABI 2, this pryvd has 1/],
    ['another size', compile('PRYV_PLUGIN = { .size = 8, .abi = PRYV_ABI, .name = "extra", .version = "1" };'), /extra\.so: its descriptor has 8 bytes/],
    ['another name', compile('PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "other", .version = "1" };'), /calls itself other/],
    ['writable by all', target => { compile(good)(target); fs.chmodSync(target, 0o777); }, /extra\.so: everyone may write to it/],
    ['a second storage', compile(refs('p', '{ "storage", 1 }') + 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .provides = p };'), /both provide the interface storage/],
    ['a missing requirement', compile(refs('r', '{ "no-such", 1 }') + 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .requires_ = r };'), /extra requires the interface no-such 1, which no plugin provides/],
    ['another version of an interface', compile(refs('r', '{ "storage", 99 }') + 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .requires_ = r };'), /extra requires the interface storage 99, but .* provides version 1/],
    ['a circle', compile(refs('p', '{ "egg", 1 }') + 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .provides = p, .requires_ = p };'), /in a circle: extra needs extra/],
    ['a failing init', compile('static enum pryv_rc init(const void *c, void **s, struct pryv_err *e) { (void) c; (void) s; return pryv_fail(e, PRYV_FAILED, "the moon is full"); }\nPRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .init = init };'), /the plugin extra cannot start: the moon is full/],
    ['an interface named and not provided', compile(refs('p', '{ "egg", 1 }') + 'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .provides = p };'), /the plugin extra cannot start: it names the interface egg 1/],
    ['a symbol that nobody has', compile('void no_such_function(void);\nstatic void stop(void *s) { (void) s; no_such_function(); }\nPRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .stop = stop };'), /extra\.so: .*undefined symbol: no_such_function/],
    ['no storage at all', (target, folder) => { for (const name of fs.readdirSync(folder)) fs.unlinkSync(path.join(folder, name)); }, /no plugin .*provides a storage/]
  ];
  for (const [name, build, says] of cases) {
    test(name, async () => {
      const folder = folderWith('extra.so', build);
      for (const mode of [['--check'], ['--set', `http.port=${await freePort()}`]]) {
        const end = run(['--plugin-dir', folder, ...mode]);
        assert.equal(end.status, 1, end.err);
        assert.match(end.err, says);
      }
    });
  }

  test('one that a setting does not choose is left alone, and its keys are known', () => {
    const folder = folderWith('extra.so', compile(refs('p', '{ "storage", 1 }, { "platform", 1 }') +
      'struct settings { struct pryv_str engine; };\n' +
      'static const struct pryv_config_key keys[] = { PRYV_CONFIG_TEXT(struct settings, engine, "storages.base.engine", "sqlite", 0, "Which."), PRYV_CONFIG_END };\n' +
      'static enum pryv_rc init(const void *c, void **s, struct pryv_err *e) { (void) c; (void) s; return pryv_fail(e, PRYV_FAILED, "the moon is full"); }\n' +
      'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .provides = p, .config = keys, .config_size = sizeof(struct settings), .init = init};\nPRYV_PLUGIN_CHOSEN_BY("storages.base.engine", "sqlite", "extra");'));
    const left = run(['--plugin-dir', folder, '--check']);
    assert.equal(left.status, 0, left.err);
    assert.doesNotMatch(left.out, /plugin extra/);
    for (const [args, env] of [[['--set', 'storages.base.engine=extra'], {}], [[], { PRYVD_STORAGES__BASE__ENGINE: 'extra' }]]) {
      const chosen = run(['--plugin-dir', folder, '--check', ...args], env);
      assert.equal(chosen.status, 1);
      assert.match(chosen.err, /the plugin extra cannot start: the moon is full/);
    }
    const none = run(['--plugin-dir', folder, '--check', '--set', 'storages.base.engine=extr']);
    assert.equal(none.status, 1);
    assert.match(none.err, /storages\.base\.engine is "extr", which no plugin answers to; .*extra.so would answer to "extra"/);
  });

  test('one finds its variable in the environment as it is loaded, unless there is one', () => {
    const folder = folderWith('extra.so', compile('#include <stdlib.h>\nstatic char seen[16];\n' +
      '__attribute__((constructor)) static void loaded(void) { const char *v = getenv("EXTRA_VARIABLE"); strncpy(seen, v ? v : "none", sizeof(seen) - 1); }\n' +
      'static enum pryv_rc init(const void *c, void **s, struct pryv_err *e) { (void) c; (void) s; return pryv_fail(e, PRYV_FAILED, "it is %s", seen); }\n' +
      'PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "extra", .version = "1", .init = init };\nPRYV_PLUGIN_ENVIRONMENT("EXTRA_VARIABLE", "its own");'));
    for (const [env, says] of [[{}, /it is its own/], [{ EXTRA_VARIABLE: 'another' }, /it is another/]]) {
      const end = run(['--plugin-dir', folder, '--check'], env);
      assert.equal(end.status, 1);
      assert.match(end.err, says);
    }
  });

  test('a good one is loaded', () => {
    const end = run(['--plugin-dir', folderWith('extra.so', compile(good)), '--check']);
    assert.equal(end.status, 0, end.err);
    assert.match(end.out, /plugin extra 1/);
  });
});

test('starts within 0.3 s, and a worker at rest takes less than 12 MB', async t => {
  if (sanitized) return t.skip('a sanitizer has its own needs');
  const times = [];
  let largest = 0;
  for (let i = 0; i < 3; i++) {
    const begin = Date.now();
    const server = await startServer({ set: { 'cluster.apiWorkers': 2 } });
    times.push(Date.now() - begin);
    for (const pid of workersOf(server.pid)) {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      largest = Math.max(largest, Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
    }
    await server.stop();
  }
  assert.ok(Math.min(...times) < 300, `${times.join(', ')} ms`);
  assert.ok(largest < 12 * 1024, `${largest} kB`);
});
