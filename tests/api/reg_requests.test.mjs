// An app asks to be let in: keys, pages, answers, and everything that must not be one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, sleep, startServer } from '../lib/server.mjs';

const wish = { requestingAppId: 'my-app', requestedPermissions: [{ streamId: 'diary', level: 'read', defaultName: 'Diary' }] };
let server;

const ask = body => call(server.url, 'POST', '/reg/access', { body: { ...wish, ...body } });
const poll = key => call(server.url, 'GET', `/reg/access/${key}`);
const answer = (key, body) => call(server.url, 'POST', `/reg/access/${key}`, { body });

before(async () => {
  server = await startServer({ set: { 'access.defaultAuthUrl': 'https://sw.example/access', 'access.trustedAuthUrls': ['https://auth.example/pages/', 'https://bare.example', 'https://one.example/page', 'not a url', 5], 'access.requestSeconds': 3, 'access.requestMaxKb': 4, 'services.email.enabled': false } });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
  assert.doesNotMatch(server.log(), /Sanitizer|runtime error/);
});

test('return addresses that would run or show something of their own', async () => {
  for (const returnURL of ['javascript:alert(1)', 'JavaScript:alert(1)', 'java\nscript:alert(1)', ' javascript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,<script>', 'vbscript:x', 'file:///etc/passwd', 'blob:https://x', 'about:blank', 'view-source:https://x', 'java%0ascript:alert(1)', 5, {}]) {
    const res = await ask({ returnURL });
    assert.deepEqual([res.status, res.body.error?.id], [400, 'invalid-parameters'], JSON.stringify(returnURL));
  }
  for (const returnURL of [null, 'https://app.example/back?x=1', 'http://localhost:8080', 'my.app+1://back', 'self#', 'auto#'])
    assert.equal((await ask({ returnURL })).status, 201, returnURL);
});

test('pages that are not trusted', async () => {
  for (const authUrl of ['https://auth.example/pages/', 'https://auth.example/pages/a/b.html?x=1', 'https://AUTH.example:443/pages/a', 'https://bare.example', 'https://bare.example/', 'https://bare.example/any', 'https://one.example/page', 'https://one.example/page/x'])
    assert.equal((await ask({ authUrl })).status, 201, authUrl);
  for (const authUrl of ['https://auth.example/pages', 'http://auth.example/pages/', 'https://auth.example.evil.example/pages/', 'https://auth.example/pagesx', 'https://auth.example/pages/../evil', 'https://auth.example/pages/%2e%2e/evil', 'https://auth.example/pages/.%2E/x', 'https://user@auth.example/pages/', 'https://auth.example:8443/pages/', 'https://auth.example\\@evil.example/pages/', 'https://evil.example/#https://auth.example/pages/', 'javascript:alert(1)//https://auth.example/pages/', 'https://auth.example/pages/\n', '', 'not a url', 5])
    assert.deepEqual([(await ask({ authUrl })).status], [400], JSON.stringify(authUrl));
});

test('keys that are none', async () => {
  for (const key of ['0123456789abcdef', 'short', 'x'.repeat(17), '..%2Fcore-info%2Fsingle', 'access-state'])
    for (const res of [await poll(key), await answer(key, { status: 'REFUSED' })]) assert.deepEqual([res.status, res.body], [400, { error: { id: 'unknown-access-key', message: res.body.error.message } }], key);
});

test('an answer that is none is told before the key is looked for', async () => {
  for (const body of [{}, { status: 'ACCEPTED', username: 'somebody' }]) assert.equal((await answer('0123456789abcdef', body)).body.error.id, 'invalid-parameters');
});

test('an answer is final, and of many at once one counts', async () => {
  const { key } = (await ask()).body;
  const answers = await Promise.all([...Array.from({ length: 20 }, (_, i) => answer(key, { status: 'ACCEPTED', username: 'somebody', token: `token-${i}` })), ...Array.from({ length: 20 }, () => answer(key, { status: 'REFUSED' }))]);
  const counted = answers.filter(a => a.status !== 409);
  assert.equal(counted.length, 1);
  const state = await poll(key);
  assert.deepEqual([state.status, state.body], [counted[0].status, counted[0].body]);
  assert.equal((await answer(key, { status: 'REDIRECTED', redirectUrl: 'https://evil.example/' })).status, 409);
});

test('the page names nothing but its answer; an endpoint that it leaves out is made', async () => {
  const { key, poll: address } = (await ask({ deviceName: 'phone', expireAfter: 3600, referer: 'a-friend', serviceInfo: { name: 'Mine' } })).body;
  const open = await poll(key);
  assert.deepEqual([open.body.deviceName, open.body.expireAfter, open.body.referer, open.body.serviceInfo], ['phone', 3600, 'a-friend', { name: 'Mine' }]);
  const done = await answer(key, { status: 'ACCEPTED', username: 'somebody', token: 'the-token', poll: 'https://evil.example', key: 'other', pollUrl: 'https://evil.example', requestingAppId: 'evil' });
  assert.deepEqual(done.body, { status: 'ACCEPTED', username: 'somebody', token: 'the-token', apiEndpoint: `${server.url.replace('://', '://the-token@')}/somebody/` });
  assert.equal(address, `${server.url}/reg/access/${key}`);
  const other = (await ask()).body.key;
  for (const body of [{ status: 'ACCEPTED', username: 'a', token: 'b', apiEndpoint: 'javascript:alert(1)' }, { status: 'REDIRECTED', redirectUrl: 'javascript:alert(1)' }, { status: 'REFUSED', reasonId: 5 }, { status: 'REFUSED', message: {} }, { status: 5 }, {}, { status: 'ACCEPTED', username: 5, token: 'b' }])
    assert.deepEqual([(await answer(other, body)).status, (await poll(other)).status], [400, 201], JSON.stringify(body));
});

test('an app is told what is configured of the service, and no features when there are none', async () => {
  const { serviceInfo } = (await poll((await ask()).body.key)).body;
  assert.equal(serviceInfo.api, `${server.url}/{username}/`);
  assert.deepEqual([serviceInfo.features, serviceInfo.version], [undefined, undefined]);
});

test('a request ends', async () => {
  const { key } = (await ask()).body;
  assert.equal((await poll(key)).status, 201);
  await sleep(3200);
  assert.equal((await poll(key)).body.error.id, 'unknown-access-key');
  assert.equal((await answer(key, { status: 'REFUSED' })).body.error.id, 'unknown-access-key');
});

test('a request that is too large', async () => {
  assert.equal((await ask({ clientData: { text: 'x'.repeat(5000) } })).status, 400);
  const { key } = (await ask()).body;
  assert.equal((await answer(key, { status: 'REFUSED', message: 'x'.repeat(5000) })).status, 400);
  assert.equal((await poll(key)).status, 201);
});

test('clients of former versions', async () => {
  const older = await startServer({ set: { 'access.answers': 'whole', 'access.defaultAuthUrl': 'https://sw.example/access?theme=dark', 'services.email.enabled': false } });
  try {
    const asked = (await call(older.url, 'POST', '/reg/access', { body: wish })).body;
    assert.deepEqual([asked.code, asked.url, asked.lang, asked.returnURL, asked.returnUrl], [201, asked.authUrl, 'en', null, null]);
    assert.equal(new URL(asked.authUrl).searchParams.get('pollUrl'), asked.poll);
    assert.equal(new URL(asked.authUrl).searchParams.get('theme'), 'dark');
    const refused = (await call(older.url, 'POST', `/reg/access/${asked.key}`, { body: { status: 'REFUSED' } })).body;
    assert.deepEqual([refused.code, refused.reasonID], [403, 'REASON_UNDEFINED']);
  } finally { await older.stop(); }
});

test('so many from one address, so many in all, until their time is over', async () => {
  const limited = await startServer({ set: { 'http.trustedProxies': ['127.0.0.1'], 'access.requestSeconds': 4, 'access.maxRequestsPerAddress': 5, 'access.maxRequests': 12, 'cluster.apiWorkers': 2 } });
  const from = address => call(limited.url, 'POST', '/reg/access', { body: wish, headers: address ? { 'X-Forwarded-For': address } : {} });
  const count = (answers, status) => answers.filter(answer => answer.status === status).length;
  const began = Date.now();

  const many = await Promise.all(Array.from({ length: 20 }, () => from('192.0.2.1')));
  assert.deepEqual([count(many, 201), count(many, 429)], [5, 15]);
  const refused = many.find(answer => answer.status === 429);
  assert.equal(refused.body.error.id, 'too-many-attempts');
  assert.ok(+refused.headers.get('retry-after') >= 1 && +refused.headers.get('retry-after') <= 4);
  const first = many.find(answer => answer.status === 201).body.key;
  assert.equal((await call(limited.url, 'GET', `/reg/access/${first}`)).status, 201);

  const network = await Promise.all(Array.from({ length: 8 }, (_, i) => from(`2001:db8:1:2::${i}`)));
  assert.equal(count(network, 201), 5);
  const rest = await Promise.all(Array.from({ length: 6 }, (_, i) => from(i ? `192.0.2.${i + 1}` : undefined)));
  assert.equal(count(rest, 201), 2);

  await sleep(Math.max(0, began + 6000 - Date.now()));
  assert.equal((await from('192.0.2.1')).status, 201);
  assert.equal((await limited.stop()).code, 0);
  assert.doesNotMatch(limited.log(), /Sanitizer|runtime error/);
});
