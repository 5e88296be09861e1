// The pages of web.so in a real browser, used by an app through the npm client `pryv`, from its button to a call for data.
// Pictures of what a person sees are left in build/results/pages.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, freePort, newUser, startServer } from '../lib/server.mjs';
import { picture, startApp, startBrowser, startMailService } from './lib.mjs';

const PATIENCE = 30000;
const DIARY = [{ streamId: 'diary', defaultName: 'Diary', level: 'manage' }];
let server, app, browser, outside;

before(async () => {
  outside = await startMailService();
  // Nobody may ask for passwords but the tests themselves, from an address that no page has, and the server's own pages.
  server = await startServer({
    set: {
      'auth.trustedApps': 'pryvd-tests@http://127.0.0.1:3000',
      'auth.adminAccessKey': 'the-key-of-the-tests',
      'services.email.enabled': { resetPassword: true },
      'services.email.method': 'microservice',
      'services.email.url': outside.url,
      'services.mfa.mode': 'single',
      'services.mfa.sms.endpoints.single': { url: outside.url, method: 'POST', body: '{"code":"{{ code }}"}', headers: { 'content-type': 'application/json' } },
      'auth.passwordComplexityMinLength': 8
    }
  });
  app = await startApp(`${server.url}/reg/service/info`);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  app?.close();
  outside?.close();
  await server?.stop();
});

// ---- Steps ---------------------------------------------------------------------------------------------------

const REFUSED_REQUESTS = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Runs `fn` with a browser context of its own. Whatever the pages complain of, a policy that was broken above all, fails the test. */
async function withContext (options, fn) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 400, height: 620 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const complaints = [];
  context.on('weberror', error => complaints.push(String(error.error())));
  context.on('console', message => {
    if (message.type() === 'error' && !REFUSED_REQUESTS.test(message.text()) && !message.location().url.startsWith(app.url)) complaints.push(message.text());
  });
  try {
    await fn(context);
  } finally {
    await context.close();
  }
  assert.deepEqual(complaints, []);
}

/** The app in one window, what its button opens in another. */
async function openApp (context, request) {
  const page = await context.newPage();
  await page.goto(app.address(request));
  await page.evaluate(() => window.ready);
  return page;
}

async function openPopup (page) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator('#pryv-access-btn-text').click()]);
  await popup.locator('#sign-in h1').waitFor();
  return popup;
}

async function signIn (page, name, password) {
  await page.getByLabel('User name or e-mail').filter({ visible: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).filter({ visible: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const closed = popup => popup.isClosed() || popup.waitForEvent('close', { timeout: PATIENCE });

async function acceptedState (page) {
  await page.waitForFunction(() => window.accepted());
  return await page.evaluate(() => window.accepted());
}

/** What the app does with what it got: writes an event and reads it back, in the browser, from its own origin. */
function useData (page) {
  return page.evaluate(async () => {
    const connection = new window.pryv.Connection(window.accepted().apiEndpoint);
    const [made, read] = await connection.api([
      { method: 'events.create', params: { streamIds: ['diary'], type: 'note/txt', content: 'from the browser' } },
      { method: 'events.get', params: { limit: 1 } }
    ]);
    return [made.event?.content, read.events?.[0]?.content];
  });
}

/** The address of the sign-in page for a request that is made as an app would. */
async function requestAddress (request = {}) {
  const { status, body } = await call(server.url, 'POST', '/reg/access', { body: { requestingAppId: 'diary-app', requestedPermissions: DIARY, ...request } });
  assert.equal(status, 201);
  return body;
}

// ---- The flow ------------------------------------------------------------------------------------------------

test('from the app\'s button through sign-in and consent to a call for data; the next time without a word', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const page = await openApp(context);
    await picture(page, 'app');
    const popup = await openPopup(page);
    assert.match(await popup.title(), /^Sign in · /);
    assert.match(await popup.locator('#sign-in .lead').textContent(), /diary-app asks you to sign in/);
    await picture(popup, 'sign-in');

    await signIn(popup, user.username, 'Wrong-horse-7');
    await popup.getByRole('alert').filter({ hasText: 'User name or password is wrong.' }).waitFor();
    await picture(popup, 'sign-in-wrong');
    await signIn(popup, 'nobody-of-this-name', user.password);
    await popup.getByRole('alert').filter({ hasText: 'User name or password is wrong.' }).waitFor();

    await signIn(popup, user.username, user.password);
    await popup.getByRole('heading', { name: 'Give access?' }).waitFor();
    assert.deepEqual(await popup.locator('.permissions li').allTextContents(), ['Diary (new) See, add, change and delete entries; organise, and let others in']);
    await picture(popup, 'consent');
    await popup.getByRole('button', { name: 'Accept' }).click();
    await closed(popup);

    const state = await acceptedState(page);
    assert.equal(state.username, user.username);
    assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
  });

  await withContext({}, async context => {
    const page = await openApp(context);
    const popup = await openPopup(page);
    await signIn(popup, user.username, user.password);
    await closed(popup);
    await acceptedState(page);
    assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
    assert.deepEqual((await context.cookies()).filter(cookie => cookie.name === 'sso'), [], 'no sign-in stays in the browser');
  });

  const { accesses } = (await call(server.url, 'GET', `${user.path}/accesses`, { token: user.token })).body;
  assert.deepEqual(accesses.filter(access => access.type === 'app').map(access => access.name), ['diary-app']);
  const personal = accesses.find(access => access.name === 'pryv-sign-in');
  assert.equal((await call(server.url, 'GET', `${user.path}/accesses`, { token: personal.token })).status, 403, 'the pages signed out');
});

test('an e-mail address serves as well, and an app that asks for more is asked about again', async () => {
  const user = await newUser(server.url);
  let token;
  await withContext({}, async context => {
    const page = await openApp(context);
    const popup = await openPopup(page);
    await signIn(popup, `${user.username}@example.com`, user.password);
    await popup.getByRole('button', { name: 'Accept' }).click();
    ({ token } = await acceptedState(page));
  });
  await withContext({}, async context => {
    const requestedPermissions = [
      ...DIARY, { streamId: 'weight', defaultName: 'Weight', level: 'read' }, { streamId: '*', level: 'create-only' }, { feature: 'selfRevoke', setting: 'forbidden' }
    ];
    const page = await openApp(context, { requestedPermissions, expireAfter: 86400 });
    const popup = await openPopup(page);
    await signIn(popup, user.username, user.password);
    await popup.getByText('diary-app has access already').waitFor();
    assert.deepEqual((await popup.locator('.permissions li').allTextContents()).map(text => text.replace(/\s+/g, ' ')), [
      'Diary See, add, change and delete entries; organise, and let others in', 'Weight (new) See', 'All your data Add entries, without seeing any',
      'The app cannot end this access by itself'
    ]);
    await popup.getByText(/The access ends on \w+ \d+, \d{4}/).waitFor();
    await picture(popup, 'consent-again');
    await popup.getByRole('button', { name: 'Accept' }).click();
    await closed(popup);
    assert.equal((await acceptedState(page)).token, token, 'the access is the same one');
    const { permissions, expires } = (await call(server.url, 'GET', `${user.path}/access-info`, { token })).body;
    assert.ok(permissions.some(({ streamId, level }) => streamId === 'weight' && level === 'read'));
    assert.ok(expires > Date.now() / 1000 + 80000);
    assert.deepEqual((await call(server.url, 'GET', `${user.path}/streams?parentId=weight`, { token: user.token })).status, 200, 'the stream is there');
  });
});

test('who refuses, or cancels, gives nothing', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const page = await openApp(context);
    let popup = await openPopup(page);
    await signIn(popup, user.username, user.password);
    await popup.getByRole('button', { name: 'Refuse' }).click();
    await closed(popup);
    await page.waitForFunction(() => window.states.at(-1).status === 'INITIALIZED' && window.states.some(state => state.status === 'NEED_SIGNIN'));
    assert.equal(await page.evaluate(() => Boolean(window.accepted())), false);
    popup = await openPopup(page);
    await popup.getByRole('button', { name: 'Cancel' }).click();
    await closed(popup);
  });
  const { accesses } = (await call(server.url, 'GET', `${user.path}/accesses`, { token: user.token })).body;
  assert.deepEqual(accesses.filter(access => access.type === 'app'), []);
});

test('on the same page: there and back, with no token in an address', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const seen = [];
    context.on('request', request => seen.push(request.url()));
    const page = await openApp(context, { returnURL: 'self#' });
    await page.locator('#pryv-access-btn-text').click();
    await page.locator('#sign-in h1').waitFor();
    await signIn(page, user.username, user.password);
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.waitForURL(`${app.url}/**`);
    const { token } = await acceptedState(page);
    assert.match(page.url(), /#prYvkey=[\w-]{16}&prYvstatus=ACCEPTED&prYvpoll=/);
    assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
    assert.deepEqual(seen.filter(url => url.includes(token) || url.includes(user.password)), []);
  });
});

// ---- Accounts ----------------------------------------------------------------------------------------------

test('a new account is made on the way, and mistakes are told beside their fields', async () => {
  const other = await newUser(server.url);
  const username = `new${Date.now().toString(36)}`;
  await withContext({}, async context => {
    const page = await openApp(context);
    const popup = await openPopup(page);
    await popup.getByRole('link', { name: 'Create an account' }).click();
    await popup.getByRole('heading', { name: 'Create an account' }).waitFor();
    await popup.getByText('At least 8 characters.').waitFor();
    await picture(popup, 'register');
    const submit = () => popup.getByRole('button', { name: 'Create account' }).click();
    const field = label => popup.getByLabel(label, { exact: true }).filter({ visible: true });
    const told = async (label, words) => {
      await popup.locator('.error:visible', { hasText: words }).first().waitFor();
      assert.equal(await field(label).getAttribute('aria-invalid'), 'true');
      const ids = (await field(label).getAttribute('aria-describedby')).split(' ');
      const texts = await popup.evaluate(all => all.map(id => document.getElementById(id).textContent), ids);
      assert.ok(texts.some(text => words.test(text)), `${label}: ${texts}`);
    };

    await submit();
    await told('User name', /Please fill this in/);
    await told('E-mail', /Please fill this in/);
    await field('User name').fill('no way!');
    await field('E-mail').fill(`${username}@example.com`);
    await field('Password').fill('short');
    await submit();
    await told('User name', /has 5 to 60 small letters/);
    await field('User name').fill(other.username);
    await field('E-mail').fill(`${other.username}@example.com`);
    await field('Password').fill('long-enough-7');
    await submit();
    await told('User name', /taken already/);
    await told('E-mail', /There is an account with this address/);
    await picture(popup, 'register-mistakes');
    await field('User name').fill(username);
    await field('E-mail').fill(`${username}@example.com`);
    await field('Password').fill('seven-7');
    await submit();
    await told('Password', /This password is not accepted. At least 8 characters/);
    await field('Password').fill('long-enough-7');
    await submit();
    await popup.getByRole('button', { name: 'Accept' }).click();
    await closed(popup);
    assert.equal((await acceptedState(page)).username, username);
    assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
  });
});

test('a forgotten password is set anew by the link of a mail', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const page = await openApp(context);
    const popup = await openPopup(page);
    await popup.getByRole('link', { name: 'Forgot your password?' }).click();
    await popup.getByRole('heading', { name: 'Reset your password' }).waitFor();
    await picture(popup, 'forgot');
    const before = outside.mails.length;
    await popup.getByLabel('User name or e-mail').filter({ visible: true }).fill(user.username);
    await popup.getByRole('button', { name: 'Send the link' }).click();
    await popup.getByRole('heading', { name: 'Look at your mail' }).waitFor();
    assert.equal(outside.mails.length, before + 1);
    const { RESET_LINK, RESET_TOKEN } = outside.mails.at(-1).substitutions;

    const reset = await context.newPage();
    await reset.goto(RESET_LINK);
    await reset.getByRole('heading', { name: 'Set a new password' }).waitFor();
    assert.ok(!reset.url().includes(RESET_TOKEN), 'the token has left the address');
    await picture(reset, 'reset');
    const set = async (name, password) => {
      await reset.getByLabel('User name or e-mail').filter({ visible: true }).fill(name);
      await reset.getByLabel('New password').filter({ visible: true }).fill(password);
      await reset.getByRole('button', { name: 'Set password' }).click();
    };
    await set(user.username, 'short');
    await reset.locator('.error:visible', { hasText: 'This password is not accepted' }).waitFor();
    await set(`${user.username}x`, 'another-Horse-8');
    await reset.getByRole('alert').filter({ hasText: 'not for this account' }).waitFor();
    await set(user.username, 'another-Horse-8');
    await reset.getByRole('heading', { name: 'Your password is set' }).waitFor();
    await picture(reset, 'reset-done');

    await popup.getByRole('link', { name: 'Sign in' }).click();
    await popup.locator('#sign-in h1').waitFor();
    await signIn(popup, user.username, 'another-Horse-8');
    await popup.getByRole('button', { name: 'Accept' }).click();
    await acceptedState(page);
  });
});

test('a mail is promised whether or not there is such an account', async () => {
  await withContext({}, async context => {
    const page = await context.newPage();
    for (const name of ['nobody-of-this-name', 'nobody@example.com', '../../x']) {
      await page.goto(`${server.url}/www/reset-password.html`);
      await page.getByLabel('User name or e-mail').filter({ visible: true }).fill(name);
      await page.getByRole('button', { name: 'Send the link' }).click();
      await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
    }
  });
});

test('an account with a second factor is asked for its code', async () => {
  const user = await newUser(server.url);
  const codes = () => outside.mails.filter(mail => mail.code).map(mail => mail.code);
  const activated = await call(server.url, 'POST', `${user.path}/mfa/activate`, { token: user.token, body: { phone: '1' } }).catch(error => ({ error }));
  assert.equal(activated.status, 302, JSON.stringify(activated));
  const confirmed = await call(server.url, 'POST', `${user.path}/mfa/confirm`, { token: activated.body.mfaToken, body: { code: codes().at(-1) } });
  assert.equal(confirmed.status, 200);
  await withContext({}, async context => {
    const page = await openApp(context);
    const popup = await openPopup(page);
    await signIn(popup, user.username, user.password);
    await popup.getByRole('heading', { name: 'Enter your code' }).waitFor();
    await picture(popup, 'code');
    const sent = codes().length;
    await popup.getByLabel('Code').fill('no');
    await popup.getByRole('button', { name: 'Continue' }).click();
    await popup.locator('.error:visible', { hasText: 'This code is wrong' }).waitFor();
    await popup.getByRole('button', { name: 'Send the code again' }).click();
    await popup.getByText('A new code is on its way.').waitFor();
    assert.equal(codes().length, sent + 1);
    await popup.getByLabel('Code').fill(codes().at(-1));
    await popup.getByRole('button', { name: 'Continue' }).click();
    await popup.getByRole('button', { name: 'Accept' }).click();
    await closed(popup);
    await acceptedState(page);
    assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
  });
});

test('an invitation and a hosting are asked for where they are needed', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-cores-'));
  const ports = [await freePort(), await freePort()];
  const start = (id, port) => startServer({
    port,
    set: {
      'dnsLess.isActive': false, 'core.id': id, 'core.url': `http://127.0.0.1:${port}/`, 'core.hosting': id, 'auth.trustedApps': 'nobody@nowhere',
      'storages.engines.sqlite.platformFile': path.join(folder, 'platform.db'), 'storages.engines.sqlite.path': path.join(folder, id),
      invitationTokens: ['come-in'],
      hostings: { regions: { europe: { name: 'Europe', zones: { ch: { name: 'Switzerland', localizedName: { fr: 'Suisse' }, hostings: { 'core-a': { name: 'Alpha' }, 'core-b': { name: 'Beta' }, 'core-c': { name: 'Gone' } } } } } } }
    }
  });
  const a = await start('core-a', ports[0]);
  const b = await start('core-b', ports[1]);
  const two = await startApp(`${a.url}/reg/service/info`);
  const username = `far${Date.now().toString(36)}`;
  try {
    await withContext({}, async context => {
      const page = await context.newPage();
      await page.goto(two.address());
      await page.evaluate(() => window.ready);
      const popup = await openPopup(page);
      await popup.getByRole('link', { name: 'Create an account' }).click();
      await popup.getByRole('heading', { name: 'Create an account' }).waitFor();
      assert.deepEqual(await popup.locator('#register-hosting option').allTextContents(), ['Alpha, Switzerland, Europe', 'Beta, Switzerland, Europe']);
      await popup.getByLabel('Where your data is kept').selectOption('core-b');
      await popup.getByLabel('User name', { exact: true }).fill(username);
      await popup.getByLabel('E-mail', { exact: true }).fill(`${username}@example.com`);
      await popup.getByLabel('Password', { exact: true }).filter({ visible: true }).fill('long-enough-7');
      await popup.getByLabel('Invitation').fill('let-me-in');
      await picture(popup, 'register-hosting');
      await popup.getByRole('button', { name: 'Create account' }).click();
      await popup.locator('.error:visible', { hasText: 'This invitation is not accepted.' }).waitFor();
      await popup.getByLabel('Invitation').fill('come-in');
      await popup.getByRole('button', { name: 'Create account' }).click();
      await popup.getByRole('button', { name: 'Accept' }).click();
      await closed(popup);
      const { apiEndpoint } = await acceptedState(page);
      assert.equal(new URL(apiEndpoint).host, new URL(b.url).host, 'the data is on the other core');
      assert.deepEqual(await useData(page), ['from the browser', 'from the browser']);
    });
    await withContext({}, async context => {
      const page = await context.newPage();
      await page.goto(two.address());
      await page.evaluate(() => window.ready);
      const popup = await openPopup(page);
      await signIn(popup, `${username}@example.com`, 'long-enough-7');
      await closed(popup);
      assert.equal(new URL((await acceptedState(page)).apiEndpoint).host, new URL(b.url).host);
    });
  } finally {
    two.close();
    await a.stop();
    await b.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('a session that ends before the answer is begun again; two windows at once make one access', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const windows = [await openPopup(await openApp(context)), await openPopup(await openApp(context))];
    for (const popup of windows) {
      await signIn(popup, user.username, user.password);
      await popup.getByRole('heading', { name: 'Give access?' }).waitFor();
    }
    const [popup, second] = windows;
    await popup.getByRole('button', { name: 'Accept' }).click();
    await closed(popup);
    // Both windows had one session, which the first has ended.
    await second.getByRole('button', { name: 'Accept' }).click();
    await second.getByRole('alert').filter({ hasText: 'Please sign in again' }).waitFor();
    await signIn(second, user.username, user.password);
    await closed(second);
    for (const page of context.pages()) assert.deepEqual(await acceptedState(page).then(() => useData(page)), ['from the browser', 'from the browser']);
  });
  const { accesses } = (await call(server.url, 'GET', `${user.path}/accesses`, { token: user.token })).body;
  assert.equal(accesses.filter(access => access.type === 'app').length, 1);
});

test('the app\'s own words are shown as such, and who tries too often must wait', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const page = await context.newPage();
    const clientData = { 'app-web-auth:description': { type: 'note/txt', content: 'We keep <b>your</b> diary.' } };
    await page.goto((await requestAddress({ clientData, deviceName: 'Phone', serviceInfo: { name: 'Your bank' } })).authUrl);
    await page.locator('#sign-in h1').waitFor();
    await signIn(page, user.username, user.password);
    await page.getByText('diary-app says about it:').waitFor();
    assert.equal(await page.locator('blockquote').textContent(), 'We keep <b>your</b> diary.');
    await page.getByText('For the device: Phone').waitFor();
    await picture(page, 'consent-words');
    assert.equal(await page.getByText('Your bank').count(), 0, 'an app does not name the service');

    await page.goto((await requestAddress()).authUrl);
    await page.locator('#sign-in h1').waitFor();
    const waits = page.getByRole('alert').filter({ hasText: /Too many attempts. Please wait \d+ seconds/ });
    for (let tries = 0; tries < 15 && !await waits.isVisible(); tries++) {
      await signIn(page, user.username, 'Wrong-horse-7');
      await page.locator('#sign-in[aria-busy="false"] [role="alert"]:visible').waitFor();
    }
    await waits.waitFor();
  });
});

// ---- For everybody -------------------------------------------------------------------------------------------

test('the keyboard is enough', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const page = await context.newPage();
    const { authUrl, poll } = await requestAddress();
    await page.goto(authUrl);
    await page.locator('#sign-in h1').waitFor();
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    assert.equal(await focused(), 'sign-in-name', 'typing can begin at once');
    await page.keyboard.type(user.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('Wrong-horse-7');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'User name or password is wrong.' }).waitFor();
    assert.equal(await focused(), 'sign-in-password', 'where the mistake can be mended');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(user.password);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Show');
    await page.keyboard.press('Space');
    assert.equal(await page.locator('#sign-in-password').getAttribute('type'), 'text');
    assert.equal(await page.locator('#sign-in .reveal').getAttribute('aria-pressed'), 'true');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid', 'where one is can be seen');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Give access?' }).waitFor();
    assert.equal(await focused(), 'Give access?', 'the new step is read out');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Accept');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Refuse');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    await picture(page, 'done');
    assert.equal((await (await fetch(poll)).json()).status, 'ACCEPTED');
  });
});

const SPOKEN = {
  en: { title: 'Sign in', password: 'Password', wrong: 'User name or password is wrong.', consent: 'Give access?' },
  fr: { title: 'Se connecter', password: 'Mot de passe', wrong: 'Le nom d’utilisateur ou le mot de passe est faux.', consent: 'Donner accès ?' },
  de: { title: 'Anmelden', password: 'Passwort', wrong: 'Benutzername oder Passwort ist falsch.', consent: 'Zugriff geben?' }
};

for (const [language, words] of Object.entries(SPOKEN)) {
  test(`the pages speak ${language}`, async () => {
    const user = await newUser(server.url);
    await withContext({ locale: 'it-IT', viewport: { width: 320, height: 568 } }, async context => {
      const page = await context.newPage();
      await page.goto((await requestAddress({ languageCode: language })).authUrl);
      await page.getByRole('heading', { name: words.title }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      await page.locator('#sign-in-name').fill(user.username);
      await page.getByLabel(words.password, { exact: true }).filter({ visible: true }).fill('Wrong-horse-7');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').filter({ hasText: words.wrong }).waitFor();
      await picture(page, `sign-in-${language}`);
      await page.getByLabel(words.password, { exact: true }).filter({ visible: true }).fill(user.password);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: words.consent }).waitFor();
      await picture(page, `consent-${language}`);
      for (const other of Object.keys(SPOKEN)) {
        await page.locator(`[data-language="${other}"]`).click();
        await page.getByRole('heading', { name: SPOKEN[other].consent }).waitFor();
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${other}: nothing sticks out at 320 px`);
      }
    });
  });
}

test('without a language in the address the browser\'s counts, and every text is there in every language', async () => {
  await withContext({ locale: 'de-CH' }, async context => {
    const page = await context.newPage();
    await page.goto(`${server.url}/www/sign-in.html`);
    await page.getByRole('heading', { name: 'Keine Anmeldung verlangt' }).waitFor();
    const problems = await page.evaluate(async () => {
      const { texts } = await import('./texts.js');
      const names = value => (value.match(/\{\w+\}/g) ?? []).sort().join();
      const keys = Object.keys(texts.en);
      const used = [...document.querySelectorAll('[data-text], [data-label]')].map(element => element.dataset.text ?? element.dataset.label);
      return [
        ...['fr', 'de'].flatMap(code => [
          ...keys.filter(key => !texts[code][key] || names(texts[code][key]) !== names(texts.en[key])),
          ...Object.keys(texts[code]).filter(key => !texts.en[key])
        ].map(key => `${code}.${key}`)),
        ...used.filter(key => !texts.en[key])
      ];
    });
    assert.deepEqual(problems, []);
  });
});

/** Colours of all text that is seen, against what is behind it (WCAG 2.2, 1.4.3). */
function lowContrast () {
  const numbers = colour => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter(element => element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => {
      const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
      return { text: element.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05) };
    })
    .filter(({ ratio }) => ratio < 4.5);
}

for (const colorScheme of ['light', 'dark']) {
  test(`text stands out, ${colorScheme}`, async () => {
    const user = await newUser(server.url);
    await withContext({ colorScheme }, async context => {
      const page = await context.newPage();
      await page.goto((await requestAddress()).authUrl);
      await page.locator('#sign-in h1').waitFor();
      await signIn(page, user.username, 'Wrong-horse-7');
      await page.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor();
      assert.deepEqual(await page.evaluate(lowContrast), []);
      await picture(page, `sign-in-${colorScheme}`);
      await signIn(page, user.username, user.password);
      await page.getByRole('heading', { name: 'Give access?' }).waitFor();
      assert.deepEqual(await page.evaluate(lowContrast), []);
      await picture(page, `consent-${colorScheme}`);
      await page.goto(`${server.url}/www/register.html`);
      await page.getByRole('heading', { name: 'Create an account' }).waitFor();
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.locator('.error:visible').first().waitFor();
      assert.deepEqual(await page.evaluate(lowContrast), []);
      await picture(page, `register-${colorScheme}`);
    });
  });
}

// ---- Against it ------------------------------------------------------------------------------------------------

test('what an app says of itself is text, and a request is answered once', async () => {
  const user = await newUser(server.url);
  await withContext({}, async context => {
    const hostile = '<img src=x onerror=alert(1)>';
    const page = await context.newPage();
    page.on('dialog', dialog => assert.fail(dialog.message()));
    const { authUrl } = await requestAddress({ requestingAppId: hostile, requestedPermissions: [{ streamId: 'odd', defaultName: hostile, level: 'read' }] });
    await page.goto(authUrl);
    await page.getByText(`${hostile} asks you to sign in.`).waitFor();
    await signIn(page, user.username, user.password);
    await page.getByText(`${hostile} (new)`).waitFor();
    assert.equal(await page.locator('img').count(), 0);
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByRole('heading', { name: 'Refused' }).waitFor();
    await page.goto(authUrl);
    await page.getByRole('heading', { name: 'This request is over' }).waitFor();
    await page.goto(authUrl.replace(/key=[^&]+/, 'key=AAAAAAAAAAAAAAAA'));
    await page.getByRole('heading', { name: 'This request is over' }).waitFor();
  });
});

test('nobody is sent to an address that runs something', async () => {
  await withContext({}, async context => {
    const page = await context.newPage();
    await page.goto((await requestAddress()).authUrl);
    await page.locator('#sign-in h1').waitFor();
    const told = await page.evaluate(async () => {
      const { returnAddress } = await import('./request.js');
      const request = { poll: 'https://core.example/reg/access/k?x&y', oauthState: null };
      return ['javascript:alert(1)', ' JavaScript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'blob:x', 'nothing', 'myapp://back?', 'https://app.example/a?b=c#']
        .map(given => { try { return returnAddress(given, request, 'ACCEPTED').replace(/prYvkey=[^&]+/, 'prYvkey=K'); } catch (error) { return error.key; } });
    });
    const query = 'prYvkey=K&prYvstatus=ACCEPTED&prYvpoll=https%3A%2F%2Fcore.example%2Freg%2Faccess%2Fk%3Fx%26y';
    assert.deepEqual(told, [...Array(6).fill('errorReturn'), `myapp://back?${query}`, `https://app.example/a?b=c#${query}`]);
  });
});
