// web.so over HTTP: what the pages are sent with, which files are handed out, and what the server trusts its own pages with.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import http from 'node:http';
import test, { after, before } from 'node:test';
import { call, newUser, pryvd, startServer } from '../lib/server.mjs';

const PAGES = ['sign-in.html', 'register.html', 'reset-password.html'];
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-pages-'));
let server;

before(async () => { server = await startServer({ set: { 'auth.trustedApps': 'somebody@https://app.example' } }); });
after(async () => {
  await server?.stop();
  fs.rmSync(scratch, { recursive: true, force: true });
});

/** The path goes out as it is: fetch would tidy it up. */
function raw (url, where, headers = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    http.get({ hostname, port, path: where, headers }, answer => {
      let body = '';
      answer.setEncoding('utf8').on('data', piece => { body += piece; }).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    }).on('error', reject);
  });
}

test('pages allow nothing of another site, and nobody frames them', async () => {
  for (const page of PAGES) {
    const { status, headers, body } = await call(server.url, 'GET', `/www/${page}`);
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = Object.fromEntries(headers.get('content-security-policy').split('; ').map(part => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
    assert.equal(policy['default-src'], "'none'");
    for (const kind of ['script-src', 'style-src', 'img-src', 'connect-src']) assert.equal(policy[kind], "'self'", kind);
    for (const kind of ['frame-ancestors', 'form-action', 'base-uri']) assert.equal(policy[kind], "'none'", kind);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.doesNotMatch(body, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/i, 'no script and no style in the page itself');
    for (const [, file] of body.matchAll(/(?:src|href)="([a-z][^":]*\.(?:js|css|svg|html))"/g)) {
      assert.equal((await call(server.url, 'GET', `/www/${file}`)).status, 200, file);
    }
  }
});

test('scripts take in only what is there', async () => {
  const seen = new Set(['main.js']);
  for (const name of seen) {
    const { status, headers, body } = await call(server.url, 'GET', `/www/${name}`);
    assert.equal(status, 200, name);
    assert.equal(headers.get('content-type'), 'text/javascript; charset=utf-8');
    for (const [, other] of body.matchAll(/from '\.\/([^']+)'/g)) seen.add(other);
  }
  assert.ok(seen.size > 5);
});

test('a page that is still the same is not sent again', async () => {
  const first = await raw(server.url, '/www/style.css');
  assert.equal(first.headers['cache-control'], 'no-cache');
  const again = await raw(server.url, '/www/style.css', { 'if-none-match': `"other", ${first.headers.etag}` });
  assert.deepEqual([again.status, again.body, again.headers.etag], [304, '', first.headers.etag]);
  assert.equal((await raw(server.url, '/www/style.css', { 'if-none-match': '"other"' })).status, 200);
});

test('the assets that service information names describe the sign-in button', async () => {
  const info = (await call(server.url, 'GET', '/reg/service/info')).body;
  const where = info.assets.definitions.slice(server.url.length);
  const { status, body } = await call(server.url, 'GET', where);
  assert.equal(status, 200);
  const at = name => call(server.url, 'GET', new URL(name, server.url + where).pathname);
  const { html, css, messages } = body['lib-js'].buttonSignIn;
  assert.match((await at(html)).body, /id="pryv-access-btn-text"/);
  assert.equal((await at(css)).headers.get('content-type'), 'text/css; charset=utf-8');
  assert.ok((await at(messages)).body.LOADING.de);
  for (const name of [body.favicon.default.url, body.css.default.url]) assert.equal((await at(name)).status, 200, name);
});

test('the pages may ask for passwords from the server\'s own address, and from no other', async () => {
  const username = `pages${Date.now().toString(36)}`;
  const password = 'correct-Horse-7';
  const made = await call(server.url, 'POST', '/users', { body: { appId: 'pryv-sign-in', username, password, email: `${username}@example.com` } });
  assert.equal(made.status, 201);
  const login = (appId, origin) => call(server.url, 'POST', `/${username}/auth/login`, { body: { username, password, appId }, headers: origin ? { origin } : {} });
  assert.equal((await login('pryv-sign-in', server.url)).status, 200);
  for (const origin of ['https://evil.example', 'http://127.0.0.1', `${server.url}.evil.example`, 'null', '']) {
    assert.equal((await login('pryv-sign-in', origin)).status, 401, origin);
  }
  assert.equal((await login('another-app', server.url)).status, 401, 'only the pages themselves');
});

test('what the registration page must know is told', async () => {
  const { body } = await call(server.url, 'GET', '/www/settings.json');
  assert.equal(body.registration, 'open');
  assert.deepEqual(body.fields.map(field => field.id), ['email']);
  const other = await startServer({
    set: {
      invitationTokens: [],
      'auth.passwordComplexityMinLength': 9,
      'services.email.enabled': { resetPassword: true },
      'custom.systemStreams.account': [{ id: 'town', name: 'Town', type: 'string/pryv', isRequiredInValidation: true }, { id: 'hobby', type: 'string/pryv' }]
    }
  });
  try {
    const told = (await call(other.url, 'GET', '/www/settings.json')).body;
    assert.equal(told.registration, 'closed');
    assert.deepEqual(told.fields, [{ id: 'town', name: 'Town', type: 'string/pryv' }]);
    assert.equal(told.password.minLength, 9);
    assert.equal(told.passwordReset, true);
  } finally {
    await other.stop();
  }
});

test('an operator\'s folder is laid over the pages, and nothing outside it is reached', async () => {
  const folder = path.join(scratch, 'pages');
  fs.mkdirSync(path.join(folder, 'img'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'style.css'), 'body { color: red }');
  fs.writeFileSync(path.join(folder, 'img', 'logo.png'), 'PNG');
  fs.writeFileSync(path.join(folder, '.hidden'), 'no');
  fs.writeFileSync(path.join(scratch, 'secret.txt'), 'no');
  const own = await startServer({ set: { 'web.pagesDir': folder } });
  try {
    const style = await raw(own.url, '/www/style.css');
    assert.deepEqual([style.status, style.body], [200, 'body { color: red }']);
    assert.equal((await raw(own.url, '/www/style.css', { 'if-none-match': style.headers.etag })).status, 304);
    const logo = await raw(own.url, '/www/img/logo.png');
    assert.deepEqual([logo.status, logo.headers['content-type'], logo.body], [200, 'image/png', 'PNG']);
    assert.match((await raw(own.url, '/www/sign-in.html')).body, /<form/, 'what is not in the folder is still there');
    const outside = ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', 'img/../../secret.txt', 'img/..%2f..%2fsecret.txt', '.hidden', 'img/', 'img',
      '//etc/passwd', '%2fetc/passwd', 'img//logo.png', './style.css', 'style.css%00.html', '..\\secret.txt'];
    for (const where of outside) assert.equal((await raw(own.url, `/www/${where}`)).status, /%00/.test(where) ? 400 : 404, where);
  } finally {
    await own.stop();
  }
});

test('where users and cores have hosts of their own, pages are on every host, call the users\' hosts, and are trusted on cores\'', async () => {
  const set = { 'dnsLess.isActive': false, 'dns.domain': 'mc.example', 'core.id': 'core-a', 'auth.trustedApps': 'nobody@nowhere' };
  const core = await startServer({ set });
  try {
    for (const host of ['core-a.mc.example', 'reg.mc.example', 'somebody.mc.example']) {
      const { status, headers } = await raw(core.url, '/www/sign-in.html', { host });
      assert.equal(status, 200, host);
      assert.match(headers['content-security-policy'], /; connect-src 'self' https:\/\/\*\.mc\.example; /);
    }
    assert.equal((await raw(core.url, '/www/settings.json', { host: 'reg.mc.example' })).status, 200);
    const username = `hosts${Date.now().toString(36)}`;
    const password = 'correct-Horse-7';
    assert.equal((await call(core.url, 'POST', '/users', { body: { appId: 'pryv-sign-in', username, password, email: `${username}@example.com` } })).status, 201);
    const login = origin => call(core.url, 'POST', `/${username}/auth/login`, { body: { username, password, appId: 'pryv-sign-in' }, headers: { origin } });
    assert.equal((await login('https://core-a.mc.example')).status, 200);
    for (const origin of [`https://${username}.mc.example`, 'https://core-b.mc.example', 'http://core-a.mc.example']) assert.equal((await login(origin)).status, 401, origin);
  } finally {
    await core.stop();
  }
});

test('a reset mail needs a page: one that is configured, or the server\'s own', async () => {
  const set = { 'services.email.enabled': true };
  const own = await startServer({ set });
  await own.stop();
  const plugins = path.join(scratch, 'plugins');
  fs.mkdirSync(plugins);
  const built = path.join(path.dirname(pryvd), 'plugins');
  for (const name of fs.readdirSync(built)) if (name.endsWith('.so') && name !== 'web.so') fs.copyFileSync(path.join(built, name), path.join(plugins, name));
  await assert.rejects(startServer({ set, args: ['--plugin-dir', plugins] }), /auth\.passwordResetPageURL must be set/);
  const without = await startServer({ args: ['--plugin-dir', plugins] });
  try {
    assert.equal((await call(without.url, 'GET', '/www/sign-in.html')).status, 404, 'as if there had never been pages');
    await newUser(without.url);
  } finally {
    await without.stop();
  }
});
