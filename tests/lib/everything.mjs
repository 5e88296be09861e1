// Accounts with everything in them, and what a server answers about them, to be compared between two storages.
import assert from 'node:assert/strict';
import { call, newUser, until } from './server.mjs';

export const ADMIN_KEY = 'an administrator of these tests';

/** What servers on both storages are started with, so that nothing changes while they are read. */
export const settings = {
  'cluster.apiWorkers': 1,
  'accessTracking.isActive': false,
  'versioning.forceKeepHistory': true,
  'versioning.deletionMode': 'keep-everything',
  'auth.adminAccessKey': ADMIN_KEY,
  'auth.filesReadTokenSecret': 'a secret of these tests',
  'series.chunkPoints': 16,
  'series.mergeChunks': 1000,
  'series.eventSeconds': 0.2
};

const HOSTILE = ['a\u0000b', '\u0000', '\u{1f600} Zoë 你好 \u2028', '\'; DROP TABLE events; --', '{"$ne": 1}', '\\x00 \\u0000', '%_', ''];
const NUMBERS = [0, -0, 1e300, -1e300, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e21, 123456789012345680, -1.5];
const CONTENTS = [...HOSTILE, ...NUMBERS, null, true, [], {}, { a: null, Z: [1, { é: '\u0000' }], '': 0, $set: { 'a.b': 1 } }, [null, [[]], 1e-7]];

/** An account; answers { username, password, former, alias, email, tokens, paths }: the paths to be read with the first of the tokens. */
export async function fullAccount (base, events = 30) {
  const user = await newUser(base);
  const expect = async (status, method, rest, body, token = user.token) => {
    const answer = await call(base, method, user.path + rest, { token, body });
    assert.equal(answer.status, status, `${method} ${rest}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const batch = calls => expect(200, 'POST', '', calls);

  for (const [id, name, parentId] of [['root', 'Wurzel \u{1f333}'], ['child', 'Zoë', 'root'], ['twin', 'Zoë'], ['trashed', 'T', 'root'], ['gone', 'Gone'], ['again', 'Again'], ['s', 'Series']]) {
    await expect(201, 'POST', '/streams', { id, name, parentId, clientData: { 'app:x': { deep: [null, 1e300], é: 'ü' } } });
  }
  await expect(200, 'DELETE', '/streams/trashed');
  for (const id of ['gone', 'again']) for (let i = 0; i < 2; i++) await expect(200, 'DELETE', `/streams/${id}`);
  await expect(201, 'POST', '/streams', { id: 'again', name: 'Again' });

  const made = [];
  for (let at = 0; at < events; at += 500) {
    const { results } = await batch(Array.from({ length: Math.min(500, events - at) }, (_, i) => ({
      method: 'events.create',
      params: {
        streamIds: i % 3 ? ['child'] : ['root', 'twin'],
        type: 'test/any',
        time: i % 5 ? 1000 + (at + i) % 50 : -0,
        content: CONTENTS[(at + i) % CONTENTS.length],
        description: HOSTILE[i % HOSTILE.length],
        clientData: i % 4 ? undefined : { 'x:y': { '\u{1f600}': HOSTILE[i % HOSTILE.length], n: NUMBERS[i % NUMBERS.length] } },
        duration: i % 7 ? undefined : 3.25
      }
    })));
    for (const { event, error } of results) {
      assert.ok(event, JSON.stringify(error));
      made.push(event.id);
    }
  }
  await expect(201, 'POST', '/events', { streamIds: ['twin'], type: 'activity/plain', time: 2000, duration: null });
  for (let i = 0; i < 12; i++) {
    for (let k = 0; k <= i % 3; k++) await expect(200, 'PUT', `/events/${made[i]}`, { content: { version: k, text: HOSTILE[i % HOSTILE.length] } });
    if (i % 2) await expect(200, 'DELETE', `/events/${made[i]}`);
    if (i % 4 === 3) await expect(200, 'DELETE', `/events/${made[i]}`);
  }

  const form = new FormData();
  form.append('event', JSON.stringify({ streamIds: ['child'], type: 'file/attached' }));
  form.append('file', new Blob(['the bytes of a file']), 'näme.txt');
  const attached = await (await fetch(`${base}${user.path}/events`, { method: 'POST', headers: { authorization: user.token }, body: form })).json();
  const [file] = attached.event.attachments;

  const series = (await expect(201, 'POST', '/events', { streamIds: ['s'], type: 'series:position/wgs84', time: 3000 })).event.id;
  for (let i = 0; i < 20; i++) {
    await expect(200, 'POST', `/events/${series}/series`, { format: 'flatJSON', fields: ['deltaTime', 'latitude', 'longitude'], points: Array.from({ length: 20 }, (_, k) => [i * 10 + k / 3, k / 7, i === 3 ? 1e300 : -k]) });
  }

  await until('the duration, which follows the points', async () => (await expect(200, 'GET', `/events/${series}`)).event.duration);

  const permissions = [{ streamId: 'root', level: 'read' }];
  const shared = (await expect(201, 'POST', '/accesses', { name: 'Geteilt \u{1f600}', type: 'shared', permissions })).access;
  await expect(200, 'PUT', `/accesses/${shared.id}`, { name: 'once more' });
  const app = (await expect(201, 'POST', '/accesses', { name: 'app', type: 'app', permissions: [{ streamId: 'twin', level: 'manage' }], randomAlias: true, clientData: { 'a:b': 1 } })).access;
  await expect(201, 'POST', '/accesses', { name: 'ends', type: 'shared', permissions, expireAfter: 1e6 });
  const gone = (await expect(201, 'POST', '/accesses', { name: 'once more', type: 'app', permissions, deviceName: 'd' })).access;
  await expect(200, 'DELETE', `/accesses/${gone.id}`);

  await expect(200, 'PUT', '/profile/private', { é: HOSTILE, nested: { numbers: NUMBERS } });
  await expect(200, 'PUT', '/profile/public', { shown: true });
  await expect(200, 'PUT', '/account', { language: 'fr' });
  await expect(200, 'PUT', '/account', { email: `other-${user.username}@example.com`, language: 'de' });
  const password = 'another-Horse-8';
  await expect(200, 'POST', '/account/change-password', { oldPassword: user.password, newPassword: password });

  const username = `${user.username}-new`;
  await expect(200, 'POST', '/account/change-username', { newUsername: username });
  const alias = new URL(app.apiEndpoint).pathname.split('/')[1];

  // Without what the account says of itself: how much is stored is another number with each storage.
  const own = ['root', 'twin', 'trashed', 'again', 's'].map(id => `streams[]=${id}`).join('&');
  return {
    username,
    former: user.username,
    alias,
    password,
    token: user.token,
    reads: [
      [`/events?state=all&limit=100000&includeDeletions=true&modifiedSince=-1e10&sortAscending=true&${own}`],
      [`/events?limit=100000&fromTime=-1e10&toTime=1e10&${own}`],
      ['/events?limit=17&skip=5&streams[]=root&fromTime=-1e10&toTime=1e10'],
      ['/events?running=true'],
      ['/streams?state=all&includeDeletionsSince=-1'],
      ['/accesses?includeDeletions=true&includeExpired=true'],
      ['/accesses', shared.token],
      ['/accesses', app.token],
      ...made.slice(0, 12).map(id => [`/events/${id}?includeHistory=true`]),
      [`/events/${attached.event.id}/${file.id}?readToken=${file.readToken}`, null],
      [`/events/${series}/series`],
      ['/events?limit=1000', shared.token],
      ['/account'], ['/profile/private'], ['/profile/public'], ['/access-info'], ['/access-info', app.token], ['/account/username-changes']
    ]
  };
}

/** What differs from one moment, or from one storage, to another: when the answer was given, and how many bytes the account takes. */
const unlike = /"(serverTime|dbDocuments)":[0-9.]+/g;

/** Answers of a server, as text. */
export async function answersOf (base, accounts) {
  const answers = {};
  const read = async (where, headers = {}) => {
    const answer = await fetch(base + where, { headers });
    answers[where + (headers.authorization ?? '')] = `${answer.status} ${(await answer.text()).replace(unlike, '"$1":0')}`;
  };

  for (const { username, former, alias, token, reads } of accounts) {
    for (const [rest, other = token] of reads) await read(`/${username}${rest}`, other ? { authorization: other } : {});
    for (const name of [former, alias]) await read(`/${name}/streams`, { authorization: token });
    for (const name of [username, former, 'nobody-has-this']) await read(`/reg/${name}/check_username`);
    for (const name of [former, `other-${former}`]) await read(`/reg/${name}@example.com/check_email`);
  }
  for (const where of ['/reg/admin/servers', '/reg/admin/invitations', '/system/admin/users', '/system/check-platform-integrity']) await read(where, { authorization: ADMIN_KEY });
  return answers;
}

/** The account goes on where it was: its password signs in, and it takes another event. */
export async function goesOn (base, { username, password }) {
  const signedIn = await call(base, 'POST', `/${username}/auth/login`, { body: { username, password, appId: 'pryvd-tests' }, headers: { origin: 'http://127.0.0.1:3000' } });
  assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body));
  const { status, body } = await call(base, 'POST', `/${username}/events`, { token: signedIn.body.token, body: { streamIds: ['twin'], type: 'note/txt', content: 'on' } });
  assert.equal(status, 201, JSON.stringify(body));
}
