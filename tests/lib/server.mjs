// Starts and stops the server under test: own data folder, own port, everything gone afterwards.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program to test: PRYVD_BIN, else that of the folder in B, else the plain build. */
export const pryvd = process.env.PRYVD_BIN ?? path.join(process.env.B ?? path.join(root, 'build'), 'pryvd');

/** A sanitizer takes memory and time of its own: what is measured there says nothing about the program. */
export const sanitized = path.dirname(pryvd).includes('san-');

/**
 * Servers that still run. A test that fails half way must not leave one behind: it would keep the whole run from ending. The file's own
 * hooks, which stop servers as they should be stopped, come after this one and have their time. Whatever else it leaves behind, a client that
 * tries again and again, is a failure.
 */
const running = new Set();
const LAST_MS = 40000;
const endAll = () => { for (const child of running) child.kill('SIGKILL'); };
const giveUp = () => {
  console.error('the tests of this file are over, and something of them still runs');
  process.exit(1);
};
if (/\.test\.mjs$/.test(process.argv[1] ?? '')) {
  after(() => {
    setTimeout(endAll, LAST_MS).unref();
    setTimeout(giveUp, LAST_MS + 5000).unref();
  });
}
process.once('exit', endAll);
process.once('SIGTERM', () => process.exit(1)); // the test run gives up a file that takes too long

/** Ends with the tests of this file, or the program that started it, at the latest. */
export function endsWithTests (child) {
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

export function freePort () {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Start a server and wait until it answers. Options: `configs` (--config files), `set` ({'http.gzip': false}), `args`
 * (more arguments), `before` (arguments before all others: the program behind taskset), `env`, `dataDir` (kept at the end when given), `bin`, `port`, `quiet`.
 * Answers { url, port, pid, child, dataDir, log(), stop(signal) }.
 */
export async function startServer ({ configs = [], set = {}, args = [], before = [], env = {}, dataDir, bin = pryvd, port, timeout = 30000 } = {}) {
  port ??= await freePort();
  const keep = dataDir !== undefined;
  dataDir ??= fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  const url = `http://127.0.0.1:${port}`;
  const settings = { 'http.port': port, 'http.hfsPort': 0, 'dnsLess.publicUrl': url + '/', ...set };
  const child = endsWithTests(spawn(bin, [
    ...before,
    ...configs.flatMap(file => ['--config', file]),
    '--data-dir', dataDir,
    ...Object.entries(settings).filter(([, value]) => value !== undefined).flatMap(([key, value]) => ['--set', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`]),
    ...args
  ], { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, ...env } }));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', text => { log = (log + text).slice(-4_000_000); });
  const ended = new Promise(resolve => {
    child.once('error', error => { log += error.message; resolve({ error }); });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

  async function stop (signal = 'SIGTERM', limit = 30000) {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    const result = await ended;
    clearTimeout(timer);
    if (!keep) fs.rmSync(dataDir, { recursive: true, force: true });
    return result;
  }

  const server = { url, port, pid: child.pid, child, dataDir, log: () => log, stop, ended };
  const deadline = Date.now() + timeout;
  while (Date.now() < deadline) {
    const over = await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 10))]);
    if (over) {
      if (!keep) fs.rmSync(dataDir, { recursive: true, force: true });
      throw new Error(`the server ended while starting (${JSON.stringify(over)}):\n${log}`);
    }
    try {
      const answer = await fetch(url + '/', { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } });
      await answer.arrayBuffer();
      if (answer.status === 200) return server;
    } catch { /* not listening yet */ }
  }
  await stop('SIGKILL');
  throw new Error(`the server did not answer within ${timeout} ms:\n${log}`);
}

/** Worker processes of a master, oldest first. */
export function workersOf (pid) {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Waits until `holds()` answers something, and answers that; breaks after `limit` milliseconds, telling `what` did not come. */
export async function until (what, holds, limit = 30000) {
  const deadline = Date.now() + limit;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${limit} ms: ${what}`);
    await sleep(10);
  }
}

/** A program of the tests that has ended, whether or not its parent has taken note of it. */
const hasEnded = pid => {
  try {
    return /^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch { return true; }
};

export const untilEnded = pids => until(`the end of processes ${pids}`, () => pids.every(hasEnded));

/** JSON over HTTP: { status, body, headers }. */
export async function call (base, method, where, { token, body, headers = {}, signal } = {}) {
  const init = { method, signal, headers: { ...headers } };
  if (token) init.headers.authorization = token;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['content-type'] = 'application/json';
  }
  const answer = await fetch(base + where, init);
  const text = await answer.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* kept as text */ }
  return { status: answer.status, body: parsed, headers: answer.headers };
}

let users = 0;

/** Register a user and sign in: { username, password, token, path }. */
export async function newUser (base) {
  const username = `u${process.pid.toString(36)}${Date.now().toString(36)}${users++}`;
  const password = 'correct-Horse-7';
  const registered = await call(base, 'POST', '/users', {
    body: { appId: 'pryvd-tests', username, password, email: `${username}@example.com`, language: 'en', invitationToken: 'enjoy', hosting: 'local' }
  });
  if (registered.status !== 201) throw new Error(`registration answered ${registered.status} ${JSON.stringify(registered.body)}`);
  const signedIn = await call(base, 'POST', `/${username}/auth/login`, {
    body: { username, password, appId: 'pryvd-tests' }, headers: { origin: 'http://127.0.0.1:3000' }
  });
  if (signedIn.status !== 200) throw new Error(`login answered ${signedIn.status} ${JSON.stringify(signedIn.body)}`);
  return { username, password, token: signedIn.body.token, path: `/${username}` };
}
