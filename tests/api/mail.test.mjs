// Mails that the server sends itself: SMTP, templates that operators keep, and what hostile names and addresses do to them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { call, newUser, sleep, startServer, until } from '../lib/server.mjs';

const KEY = 'operators-key';

/** A mail server: keeps { from, to, source } of each mail. `refuse` (an address): answer to RCPT for it. */
async function postbox () {
  const box = { mails: [], refuse: () => null };
  box.server = net.createServer(socket => {
    let pending = ''; let data = null; let mail = { to: [] };
    const say = line => socket.write(line + '\r\n');
    socket.on('error', () => {});
    socket.on('data', chunk => {
      pending += chunk.toString('latin1');
      for (let end; (end = pending.indexOf('\r\n')) >= 0;) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (data && line !== '.') { data.push(line.replace(/^\./, '')); continue; }
        if (data) { box.mails.push({ ...mail, source: data.join('\r\n') }); mail = { to: [] }; data = null; say('250 kept'); continue; }
        const verb = line.slice(0, 4).toUpperCase();
        const address = /<(.*?)>/.exec(line)?.[1];
        if (verb === 'MAIL') { mail.from = address; say('250 ok'); } else if (verb === 'RCPT') { const no = box.refuse(address); if (!no) mail.to.push(address); say(no ?? '250 ok'); } else if (verb === 'DATA') { data = []; say('354 go on'); } else if (verb === 'QUIT') { say('221 bye'); socket.end(); } else say('250 ok');
      }
    });
    say('220 postbox');
  });
  await new Promise(resolve => box.server.listen(0, '127.0.0.1', resolve));
  box.close = () => new Promise(resolve => box.server.close(resolve));
  box.to = address => box.mails.filter(mail => mail.to.includes(address));
  return box;
}

const headersOf = mail => mail.source.slice(0, mail.source.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
const partsOf = mail => {
  const boundary = /boundary="(.*?)"/.exec(mail.source)[1];
  return mail.source.split('--' + boundary).slice(1, 3).map(part => Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64').toString());
};

async function withMail (set, fn) {
  const box = await postbox();
  const server = await startServer({
    set: {
      'auth.trustedApps': '*@*',
      'auth.adminAccessKey': KEY,
      'auth.passwordResetPageURL': 'http://127.0.0.1:9/reset',
      'services.email.enabled': true,
      'services.email.smtp.port': box.server.address().port,
      'services.email.from.name': 'The Lab',
      'services.email.from.address': 'lab@example.com',
      'services.email.retrySeconds': 1,
      ...set
    }
  });
  try {
    await fn(server, box);
  } finally {
    const end = await server.stop();
    await box.close();
    assert.equal(end.code, 0, server.log());
  }
}

const put = (server, at, pug) => call(server.url, 'PUT', `/system/admin/mail/templates/${at}`, { headers: { authorization: KEY }, body: { pug } });
const sendTest = (server, body) => call(server.url, 'POST', '/system/admin/mail/send-test', { headers: { authorization: KEY }, body });

test('with no template of its own the server writes in English', async () => {
  await withMail({}, async (server, box) => {
    const user = await newUser(server.url);
    const address = `${user.username}@example.com`;
    await until('the welcome mail', () => box.to(address).length === 1);
    const [mail] = box.to(address);
    assert.equal(mail.from, 'lab@example.com');
    assert.match(headersOf(mail), /^From: "The Lab" <lab@example\.com>\r\n/);
    const [text, html] = partsOf(mail);
    assert.ok(html.includes(`<p>Hello ${user.username},</p>`) && text.includes(`Hello ${user.username},`));
    const asked = await call(server.url, 'POST', `${user.path}/account/request-password-reset`, { headers: { origin: 'http://x' }, body: { appId: 'a' } });
    assert.equal(asked.status, 200);
    assert.match(partsOf(box.to(address)[1])[1], /href="http:\/\/127\.0\.0\.1:9\/reset\?resetToken=[a-z0-9]{24}"/);
  });
});

test('a change of a template holds at once on every worker; what does not parse is refused and changes nothing', async () => {
  await withMail({ 'cluster.apiWorkers': 3 }, async (server, box) => {
    assert.equal((await put(server, 'note/en/html', 'p First')).status, 204);
    assert.equal((await put(server, 'note/en/subject', '| A note')).status, 204);
    const bad = await put(server, 'note/en/html', 'p Second\ninclude /etc/passwd');
    assert.deepEqual([bad.status, bad.body.error.id], [400, 'invalid-request-structure']);
    assert.match(bad.body.error.message, /line 2/);
    for (const part of ['title', '..', 'HTML']) assert.notEqual((await put(server, `note/en/${part}`, 'p')).status, 204, part);
    for (let i = 0; i < 6; i++) {
      assert.equal((await put(server, 'note/en/html', `p Turn ${i}`)).status, 204);
      assert.equal((await sendTest(server, { type: 'note', lang: 'en', recipient: `turn-${i}@example.com` })).status, 200);
      assert.match(partsOf(box.to(`turn-${i}@example.com`)[0])[1], new RegExp(`Turn ${i}`));
    }
    assert.equal((await sendTest(server, { type: 'note', lang: '../en', recipient: 'dots@example.com' })).status, 200, 'a language that is none is in the default one');
  });
});

test('names and addresses cannot add headers or recipients', async () => {
  await withMail({}, async (server, box) => {
    await put(server, 'note/en/subject', '= USERNAME');
    await put(server, 'note/en/html', 'p= USERNAME');
    const name = 'J\u00f6rg "x"\r\nBcc: third@example.com\r\n\r\nbody';
    assert.equal((await sendTest(server, { type: 'note', lang: 'en', recipient: { name, email: 'one@example.com' } })).status, 200);
    const [mail] = box.to('one@example.com');
    assert.deepEqual(mail.to, ['one@example.com']);
    assert.doesNotMatch(headersOf(mail), /^Bcc/m);
    for (const email of ['a@b>\r\nRCPT TO:<third@example.com', 'a@b\r\nDATA', 'two@example.com third@example.com', 'no-address', '<x@y>'])
      assert.ok((await sendTest(server, { type: 'note', lang: 'en', recipient: { name: 'n', email } })).status >= 500, email);
    assert.deepEqual(box.mails.flatMap(m => m.to), ['one@example.com']);
  });
});

test('a mail that is put off comes later, one that is refused for good is not tried again', async () => {
  await withMail({}, async (server, box) => {
    let asked = 0;
    box.refuse = () => (asked++, asked <= 2 ? '451 later' : null);
    const first = await newUser(server.url);
    await until('it is taken at last', () => box.to(`${first.username}@example.com`).length === 1, 20000);
    asked = 0;
    box.refuse = () => (asked++, '550 nobody here');
    await newUser(server.url);
    await until('it is tried', () => asked > 0);
    await sleep(3000);
    assert.equal(asked, 1);
    assert.match(server.log(), /refused for good/);
  });
});

test('templates are taken from files once, and a broken file stops the start', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-templates-'));
  const write = (at, text) => { fs.mkdirSync(path.join(folder, path.dirname(at)), { recursive: true }); fs.writeFileSync(path.join(folder, at), text); };
  try {
    write('welcome-email/en/subject.pug', '| Moin\n');
    write('welcome-email/en/html.pug', 'p Moin #{username}\n');
    write('welcome-email/fr/html.pug', 'p Salut\n');
    write('README', 'not a template');
    await withMail({ 'services.email.templatesRootDir': folder }, async (server, box) => {
      const user = await newUser(server.url);
      await until('the mail', () => box.to(`${user.username}@example.com`).length === 1);
      assert.match(headersOf(box.mails[0]), /Subject: Moin/);
      assert.match(partsOf(box.mails[0])[1], new RegExp(`Moin ${user.username}`));
      const list = await call(server.url, 'GET', '/system/admin/mail/templates', { headers: { authorization: KEY } });
      assert.deepEqual(list.body.templates.map(t => `${t.lang}/${t.part}`).sort(), ['en/html', 'en/subject', 'fr/html']);
    });
    write('welcome-email/en/html.pug', 'p= (');
    await assert.rejects(startServer({ set: { 'services.email.templatesRootDir': folder } }), /html\.pug: line 1/);
  } finally { fs.rmSync(folder, { recursive: true }); }
});

test('without the key there is no such route', async () => {
  await withMail({}, async server => {
    for (const headers of [{}, { authorization: 'wrong' }, { authorization: `Bearer ${KEY}` }, { authorization: KEY + ' ' + 'x' }]) {
      const { status, body } = await call(server.url, 'GET', '/system/admin/mail/templates', { headers });
      assert.deepEqual([status, body.error?.id], [404, 'unknown-resource']);
    }
  });
});
