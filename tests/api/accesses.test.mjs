// accesses.*: what is refused and how, limits, references and versions, families of accesses, integrity.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import test, { after, before } from 'node:test';
import { call, newUser, sleep, startServer } from '../lib/server.mjs';

let server, user, names = 0;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 2, 'auth.ssoCookieSignSecret': 'a-secret-of-the-test' } });
  user = await newUser(server.url);
  for (const stream of [{ id: 'root', name: 'Root' }, { id: 'child', name: 'Child', parentId: 'root' }, { id: 'aside', name: 'Aside' }, { id: 'binned', name: 'Binned' }]) {
    assert.equal((await as(user.token)('POST', '/streams', stream)).status, 201);
  }
  await as(user.token)('DELETE', '/streams/binned');
});

after(async () => { assert.equal((await server.stop()).code, 0); });

const as = (token, headers) => (method, path, body) => call(server.url, method, user.path + path, { token, body, headers });
const owner = (method, path, body) => as(user.token)(method, path, body);
const s = (streamId, level) => ({ streamId, level });
const fresh = () => `access ${++names}`;
const create = (fields, token = user.token) => as(token)('POST', '/accesses', { name: fresh(), permissions: [s('root', 'read')], ...fields });

async function make (fields, token) {
  const { status, body } = await create(fields, token);
  assert.equal(status, 201, JSON.stringify(body));
  return body.access;
}

function refused ({ status, body }, wanted, id, data) {
  assert.equal(status, wanted, JSON.stringify(body).slice(0, 400));
  assert.equal(body.error.id, id, JSON.stringify(body).slice(0, 400));
  assert.ok(body.error.message.length > 0 && body.error.message.length < 1000, 'a message for people');
  if (data !== undefined) assert.deepEqual(body.error.data, data);
}
const reference = async id => (await owner('GET', '/accesses/' + id.split(':')[0])).body.access.id;

// ---- Bad input ------------------------------------------------------------------------------------------------------

const badFields = {
  'a name of 10 MB': { name: 'x'.repeat(10 * 1024 * 1024) },
  'a name longer than accesses.maxTextLength': { name: 'é'.repeat(2001) },
  'an empty name': { name: '' },
  'a token longer than accesses.maxTextLength': { token: 'x'.repeat(2001) },
  'an empty token': { token: '' },
  'more permissions than accesses.maxPermissions': { permissions: Array.from({ length: 1001 }, (_, i) => s(`s${i}`, 'read')) },
  'ten thousand permissions': { permissions: Array.from({ length: 10000 }, (_, i) => s(`s${i}`, 'read')) },
  'a stream id of 10 MB': { permissions: [s('x'.repeat(10 * 1024 * 1024), 'read')] },
  'a default name of 10 MB': { permissions: [{ ...s('new', 'read'), defaultName: 'x'.repeat(10 * 1024 * 1024) }] },
  'a feature of 10 MB': { permissions: [{ feature: 'x'.repeat(10 * 1024 * 1024), setting: 'forbidden' }] },
  'clientData beyond accesses.maxSizeKb': { clientData: { text: 'x'.repeat(1024 * 1024) } },
  'a level that does not exist': { permissions: [s('root', 'admin')] },
  'a level in capitals': { permissions: [s('root', 'READ')] },
  'a level that is null': { permissions: [s('root', null)] },
  'a stream id that is a number': { permissions: [s(1, 'read')] },
  'a permission that is a text': { permissions: ['read'] },
  'permissions that are an object': { permissions: {} },
  'a tag': { permissions: [{ tag: 'x', level: 'read' }] },
  'stream and feature in one': { permissions: [{ ...s('root', 'read'), feature: 'selfRevoke', setting: 'forbidden' }] },
  'a feature without setting': { permissions: [{ feature: 'selfRevoke' }] },
  'a blank default name': { permissions: [{ ...s('root', 'read'), defaultName: ' \t' }] },
  'an end in the past': { expireAfter: -0.001 },
  'an end beyond range': { expireAfter: 1e300 },
  'an end that is a text': { expireAfter: '10' },
  'an absolute end': { expires: 4e9 },
  'a device on a shared access': { deviceName: 'phone' },
  'a null device on an app': { type: 'app', deviceName: null },
  'a type that does not exist': { type: 'public' },
  'an alias': { alias: 'r-abcdefgh' },
  'an id': { id: 'mine' },
  'calls': { calls: {} }
};
for (const [what, fields] of Object.entries(badFields)) {
  test(`create refuses ${what}`, async () => refused(await create(fields), 400, 'invalid-parameters-format'));
}

test('create takes what is at the limits', async () => {
  await make({ name: 'é'.repeat(2000), token: 'x'.repeat(2000) });
  const { permissions } = await make({ permissions: Array.from({ length: 1000 }, (_, i) => s(`s${i}`, 'read')) });
  assert.equal(permissions.length, 1000);
  await make({ clientData: { text: 'x'.repeat(1000 * 1024) } });
  await make({ expireAfter: 0 });
  await make({ expireAfter: 0.5 });
});

test('clientData cannot grow beyond the limit by updates', async () => {
  const access = await make({ clientData: { a: 'x'.repeat(600 * 1024) } });
  refused(await owner('PUT', '/accesses/' + access.id, { clientData: { b: 'x'.repeat(600 * 1024) } }), 400, 'invalid-parameters-format');
  assert.equal((await owner('GET', '/accesses/' + access.id)).body.access.id, access.id, 'no version was made');
});

test('what the server sets itself is dropped from what is given', async () => {
  const access = await make({ created: 1, createdBy: 'me', modified: 1, modifiedBy: 'me', apiEndpoint: 'x', lastUsed: 1, integrity: 'x' });
  assert.ok(access.created > 1e9 && access.modified > 1e9);
  assert.equal(access.lastUsed, undefined);
  assert.notEqual(access.createdBy, 'me');
  assert.match(access.integrity, /^ACCESS:0:sha256-/);
  for (const [field, value] of Object.entries({ created: 'x', createdBy: 1, modified: null, modifiedBy: {}, apiEndpoint: '', lastUsed: '1', integrity: true })) {
    refused(await create({ [field]: value }), 400, 'invalid-parameters-format');
  }
});

test('a type that is null is none; an entry has one form', async () => {
  assert.equal((await make({ type: null })).type, 'shared');
  refused(await create({ permissions: [{ ...s('root', 'read'), feature: 'selfRevoke' }] }), 400, 'invalid-parameters-format');
  refused(await create({ permissions: [{ feature: 'selfRevoke', setting: 'forbidden', level: 'read' }] }), 400, 'invalid-parameters-format');
});

test('stream ids with characters that are never allowed', async () => {
  for (const character of ['"', "'", '\\', '\b', '\t', '\n', '\r', '\x1a']) {
    const permissions = [s(`ro${character}ot`, 'read')];
    refused(await create({ permissions }), 400, 'invalid-request-structure', permissions);
    const access = await make();
    refused(await owner('PUT', '/accesses/' + access.id, { permissions }), 400, 'invalid-request-structure', permissions);
  }
});

test('streams that are not there, in the bin, or of a store that is not there', async () => {
  const unborn = await make({ permissions: [s('unborn', 'read'), s('binned', 'read'), s(':nostore:', 'manage'), s(':nostore:x', 'manage')] });
  assert.equal(unborn.permissions.length, 4);
  refused(await as(unborn.token)('GET', '/events?streams[]=unborn'), 400, 'unknown-referenced-resource');
  assert.equal((await owner('GET', '/streams?state=all')).body.streams.find(stream => stream.id === 'binned').trashed, true, 'stays there');
  await make({ permissions: [{ ...s('binned', 'read'), defaultName: 'Binned' }] });
  assert.ok((await owner('GET', '/streams')).body.streams.some(stream => stream.id === 'binned'), 'comes back');
});

test('the user\'s own streams by the name of their store', async () => {
  const access = await make({ type: 'app', permissions: [s(':local:root', 'read')] });
  assert.equal(access.permissions[0].streamId, ':local:root', 'kept as it was given');
  assert.equal((await as(access.token)('GET', '/streams?id=child')).status, 200);
  refused(await as(access.token)('GET', '/streams?id=aside'), 403, 'forbidden');
  await make({ permissions: [s('child', 'read')] }, access.token);
  await make({ permissions: [s(':local:child', 'read')] }, access.token);
  refused(await create({ permissions: [s(':local:aside', 'read')] }, access.token), 403, 'forbidden');
  const all = await make({ permissions: [s(':local:', 'read')] });
  assert.equal((await as(all.token)('GET', '/streams?id=aside')).status, 200);
});

test('tokens', async () => {
  for (const token of ['null', 'undefined']) refused(await create({ token }), 400, 'invalid-item-id');
  assert.equal((await make({ token: '*' })).token, 'Kg', 'nothing is left of it, so base64');
  refused(await create({ token: 'null', expireAfter: -1 }), 400, 'invalid-item-id');
  refused(await create({ expireAfter: -1 }), 400, 'invalid-parameters-format');
  const odd = await make({ token: ' a\u0001b/\u0000é  ß "c" ' });
  assert.match(odd.token, /^[A-Za-z0-9_.~-]+$/);
  assert.equal((await as(odd.token)('GET', '/access-info')).status, 200);
  refused(await create({ token: odd.token }), 409, 'item-already-exists', { token: '(hidden)' });
  for (const wrong of [odd.token + '%00', odd.token + '%00x', odd.token + '%0a']) {
    refused(await as(undefined)('GET', '/access-info?auth=' + wrong), 403, 'invalid-access-token');
  }
  const basic = text => ({ authorization: 'Basic ' + Buffer.from(text, 'latin1').toString('base64') });
  assert.equal((await as(undefined, basic(odd.token + ':x'))('GET', '/access-info')).status, 200);
  for (const text of [odd.token + '\0:', ':' + odd.token, '\xff\xfe']) refused(await as(undefined, basic(text))('GET', '/access-info'), 403, 'invalid-access-token');
});

test('a caller id in octets that are no UTF-8 is taken for Latin-1', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'manage')] });
  const headers = { authorization: 'Basic ' + Buffer.from(app.token + ' Zo\xeb:', 'latin1').toString('base64') };
  const { status, body } = await as(undefined, headers)('POST', '/accesses', { name: fresh(), permissions: [s('root', 'read')] });
  assert.equal(status, 201);
  assert.equal(body.access.createdBy, app.id + ' Zoë');
  assert.ok((await as(app.token)('GET', '/accesses')).body.accesses.some(access => access.id === body.access.id), 'it is the app\'s all the same');
});

test('account streams', async () => {
  const manage = ':_system:language';
  refused(await create({ permissions: [s(manage, 'manage')] }), 400, 'invalid-operation', { param: manage });
  refused(await create({ permissions: [s(':_system:appId', 'read')] }), 400, 'invalid-operation', { param: ':_system:appId' });
  refused(await create({ permissions: [s(':system:nothing', 'read')] }), 403, 'forbidden');
  const access = await make();
  refused(await owner('PUT', '/accesses/' + access.id, { permissions: [s(manage, 'manage')] }), 400, 'invalid-operation', { param: manage });
});

test('names are taken once per type and device, tokens once', async () => {
  const app = await make({ type: 'app', deviceName: '' });
  refused(await create({ type: 'app', name: app.name, deviceName: '' }), 409, 'item-already-exists', { type: 'app', name: app.name, deviceName: '' });
  await make({ type: 'app', name: app.name });
  refused(await create({ type: 'app', name: app.name }), 409, 'item-already-exists', { type: 'app', name: app.name });
  const shared = await make({ name: app.name });
  refused(await create({ name: shared.name }), 409, 'item-already-exists', { type: 'shared', name: shared.name, deviceName: null });
  refused(await create({ name: shared.name, token: shared.token }), 409, 'item-already-exists', { token: '(hidden)' });
  const other = await make();
  refused(await owner('PUT', '/accesses/' + other.id, { name: shared.name }), 409, 'item-already-exists', { type: 'shared', name: shared.name, deviceName: null });
  assert.equal(await reference(other.id), other.id, 'no version was made');
  const raced = await Promise.all(Array.from({ length: 12 }, () => create({ name: 'raced' })));
  assert.equal(raced.filter(answer => answer.status === 201).length, 1);
  assert.equal(raced.filter(answer => answer.status === 409).length, 11);
});

// ---- Streams made along the way ------------------------------------------------------------------------------------

test('a default name makes the stream, or everything is refused', async () => {
  await make({ type: 'app', permissions: [{ ...s('brand-new', 'manage'), defaultName: 'Brand new', name: 'For people' }] });
  const made = (await owner('GET', '/streams?id=brand-new')).body.streams ?? (await owner('GET', '/streams')).body.streams;
  assert.ok(JSON.stringify(made).includes('Brand new'));
  const entry = { ...s('Wrong Id', 'read'), defaultName: 'X' };
  refused(await create({ permissions: [{ ...s('half', 'read'), defaultName: 'Half' }, entry] }), 400, 'invalid-request-structure', entry);
  refused(await create({ permissions: [{ ...s('half', 'read'), defaultName: 'Half' }, { ...s('x', 'read'), defaultName: 'Root' }] }), 409, 'item-already-exists', { name: 'Root' });
  assert.ok(!(await owner('GET', '/streams')).body.streams.some(stream => stream.id === 'half'), 'nothing of it was kept');
});

// ---- Updates and versions --------------------------------------------------------------------------------------------

test('update takes the five fields and nothing else', async () => {
  const access = await make();
  for (const [field, value] of Object.entries({ token: 'x', type: 'app', created: 1, createdBy: 'x', modified: 1, modifiedBy: 'x', lastUsed: 1, alias: 'x', integrity: 'x',
    id: 'x', apiEndpoint: 'x', calls: {}, expires: 1, expireAfter: -1, deviceName: 'phone', permissions: null, colour: 'red', clientData: 'x', name: '' })) {
    refused(await owner('PUT', '/accesses/' + access.id, { [field]: value }), 400, 'invalid-parameters-format');
  }
  assert.equal(await reference(access.id), access.id);
});

test('null takes away the device of an app, and all client data', async () => {
  const access = await make({ type: 'app', deviceName: 'phone', clientData: { a: 1 } });
  const bare = (await owner('PUT', '/accesses/' + access.id, { deviceName: null, clientData: null })).body.access;
  assert.deepEqual([bare.id, 'deviceName' in bare, 'clientData' in bare], [access.id + ':1', false, false]);
  const again = await make({ type: 'app', name: access.name, deviceName: 'phone' });
  refused(await owner('PUT', '/accesses/' + again.id, { deviceName: null }), 409, 'item-already-exists', { type: 'app', name: access.name });
});

test('references, versions and history', async () => {
  const access = await make({ clientData: { keep: 1, drop: 2 } });
  const once = (await owner('PUT', '/accesses/' + access.id, { name: access.name + ' b', clientData: { drop: null, add: 3 } })).body.access;
  assert.equal(once.id, access.id + ':1');
  assert.deepEqual(once.clientData, { keep: 1, add: 3 });
  assert.equal(once.token, access.token);
  refused(await owner('PUT', '/accesses/' + access.id, {}), 409, 'stale-resource', { provided: access.id, currentSerial: 1 });
  refused(await owner('PUT', `/accesses/${access.id}:2`, {}), 409, 'stale-resource', { provided: access.id + ':2', currentSerial: 1 });
  refused(await owner('DELETE', '/accesses/' + access.id), 409, 'stale-resource', { provided: access.id, currentSerial: 1 });
  const twice = (await owner('PUT', '/accesses/' + once.id, {})).body.access;
  assert.equal(twice.id, access.id + ':2');
  const bare = (await owner('GET', `/accesses/${access.id}?includeHistory=true`)).body;
  assert.equal(bare.access.id, twice.id);
  assert.equal(bare.current, undefined);
  assert.deepEqual(bare.history.map(version => version.id), [access.id, once.id]);
  assert.ok(bare.history.every(version => !('calls' in version)));
  const earlier = (await owner('GET', '/accesses/' + once.id)).body;
  assert.equal(earlier.access.name, access.name + ' b');
  assert.equal(earlier.current, twice.id);
  for (const id of ['0', '3', '-1', '1.5', 'x', '', '1x', '4294967297', '99999999999999999999']) refused(await owner('GET', `/accesses/${access.id}:${id}`), 404, 'unknown-resource');
  const fresh_ = await make();
  for (const id of [`${fresh_.id}:1`, `${fresh_.id}:99999999999999999999`]) refused(await owner('PUT', '/accesses/' + id, {}), 409, 'stale-resource', { provided: id, currentSerial: null });
  assert.equal((await owner('DELETE', '/accesses/' + twice.id)).body.accessDeletion.id, access.id);
  for (const id of [access.id, once.id, twice.id]) refused(await owner('GET', '/accesses/' + id), 404, 'unknown-resource');
});

test('of updates at the same time one wins, the others are told', async () => {
  const access = await make();
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => owner('PUT', '/accesses/' + access.id, { clientData: { i } })));
  assert.deepEqual(answers.map(answer => answer.status).sort(), [200, ...Array(9).fill(409)]);
  assert.equal(await reference(access.id), access.id + ':1');
});

// ---- Families ---------------------------------------------------------------------------------------------------------

test('an app never hands on more than it has, at any stream', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'contribute'), s('child', 'read'), s('aside', 'create-only')] });
  refused(await create({ permissions: [s('root', 'contribute')] }, app.token), 403, 'forbidden'); // the child would be wider below
  refused(await create({ permissions: [s('root', 'manage')] }, app.token), 403, 'forbidden');
  refused(await create({ permissions: [s('aside', 'create-only')] }, app.token), 403, 'forbidden');
  refused(await create({ permissions: [] }, app.token), 403, 'forbidden');
  refused(await create({ permissions: [s(null, 'read')] }, app.token), 403, 'forbidden');
  refused(await create({ type: 'app' }, app.token), 403, 'forbidden');
  await make({ permissions: [s('root', 'contribute'), s('child', 'read')] }, app.token);
  await make({ permissions: [s('root', 'read')] }, app.token);
  const star = await make({ type: 'app', permissions: [s('*', 'contribute'), s('to-come', 'none')] });
  refused(await create({ permissions: [s('*', 'contribute')] }, star.token), 403, 'forbidden'); // wider where the stream will be
  refused(await create({ permissions: [s('to-come', 'read')] }, star.token), 403, 'forbidden');
  await make({ permissions: [s('*', 'contribute'), s('to-come', 'none')] }, star.token);
});

test('what is closed to an app by a word it may close, and what it has on a stream to come it may hand on', async () => {
  const closed = await make({ type: 'app', permissions: [s('root', 'none'), s('unborn', 'contribute')] });
  for (const id of ['root', 'child', ':_system:language', 'unborn']) await make({ permissions: [s(id, 'none')] }, closed.token);
  refused(await create({ permissions: [s('aside', 'none')] }, closed.token), 403, 'forbidden');
  await make({ permissions: [s('unborn', 'contribute')] }, closed.token);
  refused(await create({ permissions: [s('unborn', 'manage')] }, closed.token), 403, 'forbidden');
  refused(await create({ permissions: [s('another', 'read')] }, closed.token), 403, 'forbidden');
});

test('of a store that only itself knows, an app hands on what is sure to be its own', async () => {
  const app = await make({ type: 'app', permissions: [s(':shelf:', 'contribute'), s(':shelf:closed', 'none')] });
  await make({ permissions: [s(':shelf:', 'read'), s(':shelf:closed', 'none')] }, app.token);
  refused(await create({ permissions: [s(':shelf:', 'read')] }, app.token), 403, 'forbidden');
  refused(await create({ permissions: [s(':shelf:below', 'read')] }, app.token), 403, 'forbidden'); // it may be below what is closed
  refused(await create({ permissions: [s(':shelf:closed', 'read')] }, app.token), 403, 'forbidden');
  refused(await create({ permissions: [s(':other:', 'read')] }, app.token), 403, 'forbidden');
  const open = await make({ type: 'app', permissions: [s(':shelf:', 'contribute')] });
  await make({ permissions: [s(':shelf:below', 'read')] }, open.token);
});

test('an app and what it made stay within each other', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'contribute')], expireAfter: 1000 });
  const child = await make({ permissions: [s('child', 'contribute')], expireAfter: 500 }, app.token);
  const endless = await make({}, app.token);
  const late = await create({ expireAfter: 2000 }, app.token);
  refused(late, 400, 'invalid-operation');
  assert.deepEqual(Object.keys(late.body.error.data).sort(), ['parentExpires', 'requestedExpires']);
  refused(await owner('PUT', '/accesses/' + app.id, { permissions: [s('child', 'contribute')] }), 400, 'invalid-operation', { offendingChildren: [endless.id] });
  refused(await owner('PUT', '/accesses/' + app.id, { expireAfter: 100 }), 400, 'invalid-operation', { offendingChildren: [child.id] });
  refused(await owner('PUT', '/accesses/' + child.id, { permissions: [s('root', 'manage')] }), 400, 'invalid-operation', { managingAccessId: app.id });
  refused(await owner('PUT', '/accesses/' + child.id, { permissions: [] }), 400, 'invalid-operation', { managingAccessId: app.id });
  refused(await as(app.token)('PUT', '/accesses/' + child.id, { expireAfter: 5000 }), 400, 'invalid-operation');
  assert.equal(await reference(app.id), app.id);
  assert.equal(await reference(child.id), child.id);
});

test('deleting an app takes along what it made, also with a caller id; a personal access takes nothing', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'manage')] });
  const children = [await make({}, app.token), await make({}, app.token + ' nurse')];
  const over = await make({ expireAfter: 0 }, app.token);
  await sleep(5);
  const { body } = await owner('DELETE', '/accesses/' + app.id);
  assert.deepEqual(body.relatedDeletions.map(item => item.id).sort(), children.map(child => child.id).sort());
  for (const child of children) refused(await as(child.token)('GET', '/access-info'), 403, 'invalid-access-token');
  const deleted = (await owner('GET', '/accesses?includeDeletions=true')).body.accessDeletions;
  for (const child of children) {
    const gone = deleted.find(access => access.id === child.id);
    assert.ok(gone.deleted > 1e9);
    assert.equal(gone.apiEndpoint, undefined);
    assert.equal(gone.token, child.token);
  }
  assert.ok(!deleted.some(access => access.id === over.id), 'what had ended already stays as it is');
  await make({ name: children[0].name, token: children[0].token }); // name and token are free
});

test('lists: flags that are no booleans are refused, and false is false', async () => {
  assert.equal((await owner('GET', '/accesses?includeDeletions=false')).body.accessDeletions, undefined);
  refused(await owner('GET', '/accesses?includeDeletions=perhaps'), 400, 'invalid-parameters-format');
  refused(await owner('GET', '/accesses?includeExpired=2'), 400, 'invalid-parameters-format');
  assert.equal((await owner('GET', '/accesses?colour=red')).status, 200, 'what nobody asks for is not looked at');
  const over = await make({ expireAfter: 0 });
  await sleep(5);
  const has = async query => (await owner('GET', '/accesses' + query)).body.accesses.some(access => access.id === over.id);
  assert.deepEqual([await has(''), await has('?includeExpired=false'), await has('?includeExpired=true')], [false, false, true]);
  const listed = (await owner('GET', '/accesses?includeExpired=true')).body.accesses.map(access => access.name);
  assert.equal((await owner('GET', '/accesses/' + over.id)).status, 200);
  assert.ok(listed.length > 5);
});

test('checkApp: what is let in needs no names; hidden account streams have one', async () => {
  const check = (requestingAppId, requestedPermissions, more) => owner('POST', '/accesses/check-app', { requestingAppId, requestedPermissions, ...more });
  const app = await make({ type: 'app', permissions: [s('root', 'read'), { feature: 'selfRevoke', setting: 'forbidden' }] });
  assert.equal((await check(app.name, app.permissions)).body.matchingAccess.id, app.id);
  refused(await check(app.name, [s('root', 'read')]), 400, 'invalid-parameters-format');
  for (const more of [{ deviceName: null }, { clientData: null }]) refused(await check(app.name, app.permissions, more), 400, 'invalid-parameters-format');
  const { body } = await check('another', [{ ...s(':_system:appId', 'read'), defaultName: 'Mine' }, { ...s('ro"ot', 'read'), defaultName: 'Quoted' }]);
  assert.deepEqual(body.checkedPermissions, [{ ...s(':_system:appId', 'read'), name: 'appId' }, { ...s('ro"ot', 'read'), defaultName: 'Quoted' }]);
  const feature = { feature: 'selfRevoke', setting: 'forbidden' };
  assert.deepEqual((await check('another', [feature])).body.checkedPermissions, [feature], 'a feature has no name');
});

test('features: selfRevoke and selfAudit', async () => {
  const stuck = await make({ permissions: [s('root', 'read'), { feature: 'selfRevoke', setting: 'forbidden' }, { feature: 'selfAudit', setting: 'forbidden' }] });
  refused(await as(stuck.token)('DELETE', '/accesses/' + stuck.id), 403, 'forbidden');
  const told = (await as(stuck.token)('GET', '/access-info')).body.permissions;
  assert.deepEqual(told, [s(':_system:account', 'none'), s('root', 'read'), { feature: 'selfRevoke', setting: 'forbidden' }, { feature: 'selfAudit', setting: 'forbidden' }]);
  const free = await make();
  assert.deepEqual((await as(free.token)('GET', '/access-info')).body.permissions, [s(':_system:account', 'none'), s('root', 'read'), s(`:_audit:access-${free.id}`, 'read')]);
  assert.equal((await as(free.token)('DELETE', '/accesses/' + free.id)).status, 200);
  assert.equal((await owner('DELETE', '/accesses/' + stuck.id)).status, 200);
});

// ---- Aliases -----------------------------------------------------------------------------------------------------------

test('an alias stands for the user name until its access goes', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'manage')], randomAlias: true });
  assert.match(app.alias, /^r-[a-hj-km-np-z2-9]{8}$/);
  assert.ok(app.apiEndpoint.includes(app.alias) && !app.apiEndpoint.includes(user.username), app.apiEndpoint);
  assert.equal(app.integrity, hashOf(app));
  const by = (path, token) => call(server.url, 'GET', `/${app.alias}${path}`, { token });
  const info = (await by('/access-info', app.token)).body;
  assert.deepEqual([info.alias, info.user.username], [app.alias, app.alias]);
  assert.equal((await by('/access-info', user.token)).body.user.username, user.username);
  const updated = (await owner('PUT', '/accesses/' + app.id, { name: app.name + ' b' })).body.access;
  assert.equal(updated.alias, app.alias);
  assert.equal(updated.integrity, hashOf(updated));
  const child = await make({ randomAlias: true }, app.token);
  assert.notEqual(child.alias, app.alias);
  const taken = await call(server.url, 'POST', '/users', { body: { appId: 'pryvd-tests', username: app.alias, password: 'correct-Horse-7', email: 'a@example.com', language: 'en' } });
  refused(taken, 409, 'item-already-exists'); // nobody registers by that name
  refused(await create({ alias: app.alias }), 400, 'invalid-parameters-format');
  refused(await create({ randomAlias: 1 }), 400, 'invalid-parameters-format');
  for (let i = 0; i < 20; i++) assert.equal((await by('/access-info', user.token)).status, 200); // every worker knows it
  assert.equal((await owner('DELETE', '/accesses/' + updated.id)).status, 200);
  for (let i = 0; i < 20; i++) {
    refused(await by('/access-info', user.token), 404, 'unknown-resource');
    refused(await call(server.url, 'GET', `/${child.alias}/access-info`, { token: user.token }), 404, 'unknown-resource');
  }
});

// ---- Integrity ---------------------------------------------------------------------------------------------------------

function stable (value) {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).filter(key => value[key] !== null).sort().map(key => JSON.stringify(key) + ':' + stable(value[key])).join()}}`;
}
function hashOf ({ integrity, lastUsed, calls, apiEndpoint, id, modifiedBy, ...rest }) {
  const [base, serial] = id.split(':');
  const [, author, authorSerial, caller] = /^([^: ]+)(?::(\d+))?( .*)?$/.exec(modifiedBy);
  const hashed = { ...rest, id: base, modifiedBy: author + (caller ?? '') };
  if (serial) hashed.serial = Number(serial);
  if (authorSerial) hashed.modifiedBySerial = Number(authorSerial);
  return 'ACCESS:0:sha256-' + createHash('sha256').update(stable(hashed)).digest('base64');
}

test('integrity can be recomputed by clients, after every change', async () => {
  const app = await make({ type: 'app', permissions: [s('root', 'manage')], clientData: { z: [1, null, 'é'], a: { c: 1.5e21, b: null } }, expireAfter: 3600 });
  assert.equal(app.integrity, hashOf(app));
  const updated = (await owner('PUT', '/accesses/' + app.id, { clientData: { more: true } })).body.access;
  assert.equal(updated.integrity, hashOf(updated));
  assert.notEqual(updated.integrity, app.integrity);
  const child = await make({}, app.token + ' nurse');
  assert.equal(child.integrity, hashOf(child));
  assert.equal(child.modifiedBy, app.id + ' nurse');
  await as(child.token)('DELETE', '/accesses/' + child.id);
  const gone = (await owner('GET', '/accesses?includeDeletions=true')).body.accessDeletions.find(access => access.id === child.id);
  assert.equal(gone.integrity, hashOf(gone));
});

// ---- Cookies are never tokens ------------------------------------------------------------------------------------------

test('a cookie authenticates nobody, forged, cut short or true', async () => {
  const payload = `j:${JSON.stringify({ username: user.username, token: user.token })}`;
  const signature = createHmac('sha256', 'a-secret-of-the-test').update(payload).digest('base64').replace(/=+$/, '');
  const value = encodeURIComponent(`s:${payload}.${signature}`);
  const headers = { origin: 'http://127.0.0.1:3000' };
  const login = await call(server.url, 'POST', user.path + '/auth/login', { body: { username: user.username, password: user.password, appId: 'pryvd-tests' }, headers });
  assert.equal(/^sso=([^;]*);/.exec(login.headers.get('set-cookie'))[1], value, 'the cookie of a sign-in is signed as told');
  for (const cookie of [`sso=${value}`, `sso=${value.slice(0, 40)}`, `sso=${value}x`, 'sso=', 'sso=%', `sso=s%3Aj%3A${'x'.repeat(3000)}`, `auth=${user.token}`]) {
    refused(await as(undefined, { cookie })('GET', '/access-info'), 401, 'invalid-access-token');
  }
});

// ---- How many -------------------------------------------------------------------------------------------------------

test('an account holds so many accesses, counted exactly whoever creates them, and its owner still signs in', async () => {
  const own = await startServer({ set: { 'cluster.apiWorkers': 2, 'accesses.maxCount': 10, 'auth.trustedApps': '*@http://127.0.0.1:*' } });
  try {
    const owner = await newUser(own.url);
    const api = (method, path, body) => call(own.url, method, owner.path + path, { token: owner.token, body });
    const one = i => api('POST', '/accesses', { name: `a${i}`, permissions: [s('*', 'read')] });
    const before = (await api('GET', '/accesses')).body.accesses.length;
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => one(i)));
    const made = answers.filter(answer => answer.status === 201);
    assert.equal(made.length, 10 - before);
    for (const answer of answers) if (answer.status !== 201) refused(answer, 400, 'invalid-operation');
    const login = await call(own.url, 'POST', `${owner.path}/auth/login`, { body: { username: owner.username, password: owner.password, appId: 'another-app' }, headers: { origin: 'http://127.0.0.1:1' } });
    assert.equal(login.status, 200, JSON.stringify(login.body));
    refused(await one('more'), 400, 'invalid-operation');
    for (const { body } of made.slice(0, 2)) assert.equal((await api('DELETE', `/accesses/${body.access.id}`)).status, 200);
    assert.equal((await one('more')).status, 201);
    refused(await one('still more'), 400, 'invalid-operation');
  } finally {
    assert.equal((await own.stop()).code, 0);
  }
});

test('streams that permissions make are held to the number that an account holds', async () => {
  const own = await startServer({ set: { 'cluster.apiWorkers': 1, 'streams.maxCount': 3 } });
  try {
    const owner = await newUser(own.url);
    const api = (method, path, body) => call(own.url, method, owner.path + path, { token: owner.token, body });
    const permissions = from => [0, 1].map(i => ({ streamId: `made-${from + i}`, defaultName: `Made ${from + i}`, level: 'read' }));
    assert.equal((await api('POST', '/accesses', { name: 'first', permissions: permissions(0) })).status, 201);
    refused(await api('POST', '/accesses', { name: 'second', permissions: permissions(2) }), 400, 'invalid-operation');
    assert.deepEqual((await api('GET', '/streams')).body.streams.map(({ id }) => id).filter(id => id.startsWith('made')).sort(), ['made-0', 'made-1'], 'all or nothing');
  } finally {
    assert.equal((await own.stop()).code, 0);
  }
});
