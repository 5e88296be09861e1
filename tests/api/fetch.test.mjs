// Documents that configuration names by an address: event types, fetched by pryvd-fetch.
import assert from 'node:assert/strict';
import http from 'node:http';
import zlib from 'node:zlib';
import { after, before, it } from 'node:test';
import { call, newUser, sleep, startServer } from '../lib/server.mjs';

const document = JSON.stringify({ types: { 'own/number': { type: 'number', description: 'of the test' } } });
const pages = {
  '/plain': response => response.end(document),
  '/zipped': response => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(document)),
  '/moved': response => response.writeHead(302, { location: '/plain' }).end('elsewhere'),
  '/round': response => response.writeHead(302, { location: '/round' }).end(),
  '/away': response => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/missing': response => response.writeHead(404).end(document),
  '/broken': response => { response.writeHead(200, { 'content-length': 100 }).write(document.slice(0, 20)); response.destroy(); },
  '/large': response => {
    const more = () => { while (!response.destroyed && response.write(Buffer.alloc(1 << 20, ' '))); };
    response.on('drain', more).on('error', () => {});
    more();
  },
  '/nonsense': response => response.end('no document')
};

let source, address;
before(async () => {
  source = http.createServer((request, response) => pages[request.url](response));
  await new Promise(resolve => source.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${source.address().port}`;
});
after(() => { source.closeAllConnections(); source.close(); });

const service = eventTypes => ({
  service: { name: 'Test', serial: '1', home: 'https://home.example', support: 'https://home.example', terms: 'https://home.example', eventTypes },
  'cluster.apiWorkers': 1, 'logs.console.level': 'debug'
});

async function outcome (page) {
  const server = await startServer({ set: service(address + page) });
  try {
    for (let n = 0; n < 100; n++) {
      const line = /event types of .* merged|the built-in event types stay: .*/.exec(server.log());
      if (line) return { line: line[0], accepts: await accepts(server.url) };
      await sleep(100);
    }
    throw new Error('nothing came of it:\n' + server.log());
  } finally {
    await server.stop();
  }
}

/** Is a text taken as content of own/number? Unknown types take anything. */
async function accepts (base) {
  const user = await newUser(base);
  await call(base, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'one', name: 'One' } });
  return (await call(base, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['one'], type: 'own/number', content: 'a text' } })).status === 201;
}

for (const page of ['/plain', '/zipped', '/moved']) {
  it(`${page}: the types are in force`, async () => {
    assert.deepEqual(await outcome(page), { line: `event types of ${address}${page} merged`, accepts: false });
  });
}

for (const [page, reason] of [
  ['/round', /redirects/i], ['/away', /cannot fetch .*\/away/], ['/missing', /answers 404/], ['/broken', /cannot fetch .*\/broken/], ['/large', /larger than 16777216 bytes/], ['/nonsense', /./]
]) {
  it(`${page}: the log tells why, and the built-in types stay`, async () => {
    const { line, accepts } = await outcome(page);
    assert.match(line, /^the built-in event types stay/);
    assert.match(line, reason);
    assert.equal(accepts, true);
  });
}
