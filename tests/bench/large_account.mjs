// Cases on one account with a million events in a thousand streams, and on one with ten thousand events in as many streams: what
// a request costs must not grow with what the account holds. Each is told with its factor over the smaller account.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { call, newUser, sleep, workersOf } from '../lib/server.mjs';

const SIZES = [10_000, 1_000_000];
const BATCH = 1000;
const FIRST = 1_600_000_000; // an event a minute from here
const TYPES = ['note/txt', 'mass/kg', 'count/steps', 'frequency/bpm', 'temperature/c', 'length/m', 'energy/cal', 'count/generic', 'ratio/percent', 'activity/plain'];

const CONTENTS = { 'note/txt': k => `an entry of about forty-five characters, no. ${k}`, 'activity/plain': () => undefined };

/** s000 to s999: ten trees of a hundred, whose roots are s000, s100, ...; nine branches each, ten leaves below a branch. */
const streamId = i => `s${String(i).padStart(3, '0')}`;
function parentOf (i) {
  const inTree = i % 100;
  if (inTree === 0) return undefined;
  return streamId(inTree < 10 ? i - inTree : i - inTree + 1 + (inTree - 10) % 9);
}

function eventAt (k) {
  const type = TYPES[Math.floor(k / 7) % TYPES.length];
  return {
    streamIds: k % 10 ? [streamId(k % 1000)] : [streamId(k % 1000), streamId((k + 333) % 1000)],
    type,
    time: FIRST + 60 * k,
    content: (CONTENTS[type] ?? (() => k % 97 + 0.5))(k)
  };
}

async function batch (server, user, calls) {
  const { status, body } = await call(server.url, 'POST', user.path, { token: user.token, body: calls });
  const failure = status === 200 ? body.results.find(result => result.error) : body;
  if (failure) throw new Error(`batch: ${status} ${JSON.stringify(failure).slice(0, 300)}`);
  return body.results;
}

async function makeAccount (server, size) {
  const user = await newUser(server.url);
  await batch(server, user, Array.from({ length: 1000 }, (_, i) => ({ method: 'streams.create', params: { id: streamId(i), name: streamId(i), parentId: parentOf(i) } })));
  for (let done = 0; done < size; done += BATCH) {
    await batch(server, user, Array.from({ length: BATCH }, (_, i) => ({ method: 'events.create', params: eventAt(done + i) })));
  }
  // One tree but for a branch of it, and leaves of others.
  const permissions = [['s300', 'read'], ['s301', 'none'], ['s450', 'contribute'], ['s551', 'read'], ['s652', 'read']];
  const [{ access }] = await batch(server, user, [{
    method: 'accesses.create', params: { name: 'restricted', type: 'shared', permissions: permissions.map(([id, level]) => ({ streamId: id, level })) }
  }]);
  return { size, path: user.path, token: user.token, restricted: access.token };
}

/** The accounts, made or found where they were kept. */
async function accounts (server, folder) {
  const list = path.join(folder, 'large-accounts.json');
  if (fs.existsSync(list)) return JSON.parse(fs.readFileSync(list, 'utf8'));
  const made = [];
  for (const size of SIZES) made.push(await makeAccount(server, size));
  fs.writeFileSync(list, JSON.stringify(made));
  return made;
}

const middle = account => FIRST + 30 * account.size;

/** What is asked: [name, query, whose token]. `{n%10}` is another number with each request. */
const QUESTIONS = [
  ['newest', () => 'limit=20'],
  ['stream', () => 'streams[]=s{n%10}4{n%7}&limit=20'],
  ['tree', () => 'streams[]=s300&limit=20'],
  ['trees', () => 'streams[]=s{n%10}00&limit=20'],
  ['range', account => `fromTime=${middle(account)}&toTime=${middle(account) + 86400}&limit=20`],
  ['types', () => 'types[]=mass/kg&types[]=length/m&limit=20'],
  ['restricted', () => 'limit=20', account => account.restricted]
];

/** Node's own client, so that neither end holds the file: sends `size` bytes, or reads and counts them. */
function transfer (url, method, token, { headers = {}, before = '', size = 0, after = '' } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers: { authorization: token, ...headers } }, async answer => {
      let bytes = 0, text = '';
      for await (const piece of answer) {
        bytes += piece.length;
        if (bytes < 100_000) text += piece;
      }
      resolve({ status: answer.statusCode, bytes, text });
    });
    request.once('error', reject);
    const piece = Buffer.alloc(1 << 20, 'abcdefghijklmnop');
    (async () => {
      request.write(before);
      for (let sent = 0; sent < size; sent += piece.length) if (!request.write(piece)) await new Promise(resolve => request.once('drain', resolve));
      request.end(after);
    })().catch(reject);
  });
}

export function largeAccountCases ({ bench, load, tell, memory, resetPeak, cpuSeconds, rounds, median, kept, scratch }) {
  async function withAccounts (fn) {
    const folder = kept ?? fs.mkdtempSync(path.join(scratch, 'large-'));
    fs.mkdirSync(folder, { recursive: true });
    const server = await bench({ 'auth.sessionMaxAge': 365 * 86400_000, 'storages.engines.sqlite.idleSeconds': 3 }, folder);
    try {
      const [small, large] = await accounts(server, folder);
      await fn({ server, small, large, worker: workersOf(server.pid)[0] });
    } finally {
      await server.stop();
    }
  }

  async function ask (server, account, [, query, token = one => one.token]) {
    const one = await load(server.url, `${account.path}/events?${query(account)}`, { token: token(account) });
    if (one.failed) throw new Error(`${one.failed} requests failed`);
    return one;
  }

  /** One question to both accounts in turn. */
  async function compare (server, small, large, question, name) {
    const results = { small: [], large: [] };
    for (let i = 0; i < rounds; i++) {
      results.small.push(await ask(server, small, question));
      results.large.push(await ask(server, large, question));
    }
    const p50 = list => median(list.map(one => one.p50));
    const best = list => Math.min(...list.map(one => one.p50));
    tell(name, results.large.find(one => one.p50 === p50(results.large)), {
      'p50 of 10k': p50(results.small), factor: p50(results.large) / p50(results.small), 'factor of the best': best(results.large) / best(results.small)
    });
  }

  return {
    async 'large-account' () {
      await withAccounts(async ({ server, small, large, worker }) => {
        for (const question of QUESTIONS) await compare(server, small, large, question, `large ${question[0]}`);
        for (const account of [small, large]) await call(server.url, 'DELETE', `${account.path}/streams/s777`, { token: account.token });
        for (const question of QUESTIONS.filter(([name]) => ['newest', 'tree', 'types', 'restricted'].includes(name))) await compare(server, small, large, question, `trashed ${question[0]}`);
        for (const account of [small, large]) await call(server.url, 'PUT', `${account.path}/streams/s777`, { token: account.token, body: { trashed: false } });
        const after = memory(worker);
        await sleep(8000);
        tell('large memory', null, { 'MB/worker after': after, 'MB/worker when idle': memory(worker) });
      });
    },

    async 'large-stream' () {
      await withAccounts(async ({ server, large, worker }) => {
        const where = `${large.path}/events?fromTime=0&toTime=9000000000`;
        await load(server.url, where, { token: large.token, connections: 1, time: 0.1 });
        const before = memory(worker);
        resetPeak(worker);
        const cpu = cpuSeconds(worker);
        const result = await load(server.url, where, { token: large.token, connections: 1, time: 3 });
        tell('large-stream', result, {
          'MB/s': result.bytes / 1e6 / result.seconds, 'MB/s/core': result.bytes / 1e6 / (cpuSeconds(worker) - cpu), 'peak MB over rest': memory(worker, 'VmHWM') - before
        });
      });
    },

    async 'large-file' () {
      const server = await bench({ 'uploads.maxFileSizeMb': 2000 });
      try {
        const user = await newUser(server.url);
        const [worker] = workersOf(server.pid);
        const size = 1 << 30;
        await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'bench', name: 'Bench' } });
        await sleep(300);
        const before = memory(worker);
        const timed = async fn => { resetPeak(worker); const started = performance.now(); const result = await fn(); return { ...result, seconds: (performance.now() - started) / 1000, peak: memory(worker, 'VmHWM') - before }; };
        const head = '--x\r\nContent-Disposition: form-data; name="event"\r\n\r\n' + JSON.stringify({ streamIds: ['bench'], type: 'file/attached' }) +
          '\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
        const sent = await timed(() => transfer(`${server.url}${user.path}/events`, 'POST', user.token,
          { headers: { 'content-type': 'multipart/form-data; boundary=x' }, before: head, size, after: '\r\n--x--\r\n' }));
        if (sent.status !== 201) throw new Error(`${sent.status} ${sent.text}`);
        const { event } = JSON.parse(sent.text);
        tell('large-file upload', null, { 'MB/s': size / 1e6 / sent.seconds, 'peak MB over rest': sent.peak });
        const read = await timed(() => transfer(`${server.url}${user.path}/events/${event.id}/${event.attachments[0].id}`, 'GET', user.token));
        if (read.bytes !== size) throw new Error(`${read.status}, ${read.bytes} bytes`);
        tell('large-file download', null, { 'MB/s': size / 1e6 / read.seconds, 'peak MB over rest': read.peak });
      } finally {
        await server.stop();
      }
    }
  };
}
