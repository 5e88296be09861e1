// Streams of other stores in the tree: the example store, and one that takes writes and misbehaves on demand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { buildExample, pluginDirWith } from '../lib/examples.mjs';
import { call, newUser, pryvd, root, startServer } from '../lib/server.mjs';

// A store of three streams. It keeps what it is sent for its next answer only; the name of a new stream says how to go wrong.
const SHELF = String.raw`
#include <pryv/datastore.h>
#include <pryv/plugin.h>

static const char streams[] = "[{\"id\":\"books\",\"name\":\"Books\",\"parentId\":null,\"children\":[{\"id\":\"novels\",\"name\":\"Novels\",\"parentId\":\"books\"},"
                              "{\"id\":\"poems\",\"name\":\"Poems\",\"parentId\":\"books\",\"trashed\":true}]},"
                              "{\"id\":\"letters\",\"name\":\"Letters\",\"parentId\":\"*\",\"children\":[],\"childrenHidden\":true}]";

static json_t *find(json_t *list, struct pryv_str id)
{
    size_t i;
    json_t *stream;

    json_array_foreach(list, i, stream) {
        json_t *below = find(json_object_get(stream, "children"), id);

        if (below || pryv_str_is(pryv_json_member_text(stream, "id"), id))
            return below ? below : stream;
    }
    return NULL;
}
static enum pryv_rc streams_get(void *store, struct pryv_str user, const json_t *query, json_t **list, struct pryv_err *err)
{
    *list = json_loads(streams, 0, NULL);
    return PRYV_OK;
}
static enum pryv_rc stream_get(void *store, struct pryv_str user, struct pryv_str id, const json_t *query, json_t **stream, struct pryv_err *err)
{
    json_t *list = json_loads(streams, 0, NULL), *found = find(list, id);

    *stream = json_incref(found);
    json_decref(list);
    return found ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "no");
}
static enum pryv_rc stream_create(void *store, struct pryv_str user, const json_t *stream, json_t **kept, struct pryv_err *err)
{
    struct pryv_str name = pryv_json_member_text(stream, "name");

    if (pryv_str_equal(name, "conflict"))
        return pryv_conflict(err, "id", "taken");
    if (pryv_str_equal(name, "refused"))
        return pryv_refuse(err, 400, "invalid-item-id", NULL, "not this one");
    if (pryv_str_equal(name, "forbidden"))
        return pryv_refuse(err, 403, "forbidden", NULL, "not a store's to say");
    if (pryv_str_equal(name, "broken"))
        return pryv_fail(err, PRYV_FAILED, "secret detail");
    *kept = pryv_str_equal(name, "nothing") ? NULL : pryv_str_equal(name, "number") ? json_integer(3) : json_deep_copy(stream);
    return PRYV_OK;
}
static enum pryv_rc stream_update(void *store, struct pryv_str user, const json_t *changes, json_t **kept, struct pryv_err *err)
{
    struct pryv_str id = pryv_json_member_text(changes, "id");
    enum pryv_rc rc = stream_get(store, user, id, NULL, kept, err);

    if (rc == PRYV_OK) {
        json_t *whole = json_deep_copy(*kept), *sent = json_deep_copy(changes);

        json_decref(*kept);
        json_object_update(whole, sent);
        json_decref(sent);
        *kept = whole;
    }
    return rc;
}
static enum pryv_rc garbage(void *store, struct pryv_str user, const json_t *query, json_t **list, struct pryv_err *err)
{
    *list = json_pack("[{s:s, s:s, s:[{s:i}]}]", "id", "x", "name", "X", "children", "id", 3);
    return PRYV_OK;
}
static const struct pryv_datastore_ops shelf = { .size = sizeof(shelf), .streams_get = streams_get, .stream_get = stream_get,
                                                 .stream_create = stream_create, .stream_update = stream_update };
static const struct pryv_datastore_ops odd = { .size = sizeof(odd), .streams_get = garbage };
static const struct pryv_datastore_ops audit = { .size = sizeof(audit), .streams_get = streams_get, .stream_get = stream_get };
static enum pryv_rc init(const void *config, void **self, struct pryv_err *err)
{
    if (pryv_provide("datastore:shelf", 1, &shelf, NULL, err) || pryv_provide("datastore:odd", 1, &odd, NULL, err))
        return err->rc;
    return pryv_provide("datastore:_audit", 1, &audit, NULL, err);
}
static const struct pryv_interface_ref provides[] = { { "datastore:shelf", 1 }, { "datastore:odd", 1 }, { "datastore:_audit", 1 }, { NULL, 0 } };
PRYV_PLUGIN = { PRYV_PLUGIN_HEAD, .name = "test-stores", .version = "1", .summary = "stores for tests", .provides = provides, .init = init };
`;

let server, user, plugins, folder;
const STORES = () => [
  { id: 'shelf', name: 'The shelf' }, { id: 'odd', name: 'Odd' }, { id: 'weather', name: 'Weather', path: 'store-csv', settings: { folder } }
];

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-stores-'));
  fs.writeFileSync(path.join(folder, 'zurich.csv'), 'time,type,content\n1700000000,temperature/c,4.5\n');
  fs.writeFileSync(path.join(folder, 'test-stores.c'), SHELF);
  const sanitize = /san-([a-z-]+)$/.exec(path.dirname(pryvd))?.[1].replaceAll('-', ',');
  execFileSync('cc', ['-std=c11', '-fPIC', '-shared', '-w', ...(sanitize ? [`-fsanitize=${sanitize}`] : []), `-I${path.join(root, 'sdk/include')}`, '-o', path.join(folder, 'test-stores.so'),
    path.join(folder, 'test-stores.c'), `-L${path.dirname(pryvd)}`, '-lpryvd', '-ljansson']);
  plugins = pluginDirWith(buildExample('store-csv'), path.join(folder, 'test-stores.so'));
  server = await startServer({ args: ['--plugin-dir', plugins], set: { 'custom.dataStores': STORES() } });
  user = await newUser(server.url);
  assert.equal((await own('POST', '/streams', { id: 'box', name: 'Box' })).status, 201);
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
  for (const dir of [folder, plugins]) fs.rmSync(dir, { recursive: true, force: true });
});

const as = token => (method, where, body) => call(server.url, method, user.path + where, { token, body });
const own = (...args) => as(user.token)(...args);
const accessOf = async (...permissions) => as((await own('POST', '/accesses', { name: 'access ' + Math.random(), permissions: permissions.map(([streamId, level]) => ({ streamId, level })) })).body.access.token);
const outline = list => list.map(s => [s.id, s.parentId, outline(s.children), ...(s.childrenHidden ? ['hidden'] : [])]);
const seen = async (api, query = '') => {
  const { status, body } = await api('GET', '/streams' + query);
  assert.equal(status, 200, JSON.stringify(body));
  return outline(body.streams.filter(s => !/^:_?system:/.test(s.id)));
};
const refused = async (answer, status, id) => {
  const got = await answer;
  assert.deepEqual([got.status, got.body.error?.id], [status, id], JSON.stringify(got.body));
  return got.body.error;
};
const ROOTS = [':shelf:', ':odd:', ':weather:', ':_audit:'].map(id => [id, null, [], 'hidden']);
const BOOKS = [':shelf:books', ':shelf:', [[':shelf:novels', ':shelf:books', []]]];
const LETTERS = [':shelf:letters', ':shelf:', [], 'hidden'];

test('roots come first and are named without asking the store', async () => {
  assert.deepEqual(await seen(own), [...ROOTS, ['box', null, []]]);
  assert.deepEqual(await seen(await accessOf(['*', 'read'])), [...ROOTS, ['box', null, []]].slice(0, 5));
  assert.deepEqual(await seen(await accessOf(['*', 'read'], [':odd:', 'none'])), [...ROOTS.filter(r => r[0] !== ':odd:'), ['box', null, []]]);
  const whole = (await own('GET', '/streams')).body.streams[0];
  assert.deepEqual(whole, { id: ':shelf:', name: 'The shelf', parentId: null, created: 10000001.00000001, modified: 10000000.00000001, createdBy: 'system', modifiedBy: 'system', children: [], childrenHidden: true });
});

test('the names of their roots are taken', async () => {
  for (const name of ['The shelf', 'Weather', 'Audit', 'Account']) {
    assert.deepEqual((await refused(own('POST', '/streams', { name }), 409, 'item-already-exists')).data, { name });
    assert.equal((await own('POST', '/streams', { name, parentId: 'box' })).status, 201);
  }
  for (const { id } of (await own('GET', '/streams?parentId=box')).body.streams) for (let i = 0; i < 2; i++) await own('DELETE', '/streams/' + id);
});

test('a branch of a store', async () => {
  assert.deepEqual(await seen(own, '?id=:shelf:'), [[':shelf:', null, [BOOKS, LETTERS]]]);
  assert.deepEqual(await seen(own, '?parentId=:shelf:'), [BOOKS, LETTERS]);
  assert.deepEqual(await seen(own, '?parentId=:shelf:books&state=all'), [[':shelf:novels', ':shelf:books', []], [':shelf:poems', ':shelf:books', []]]);
  assert.deepEqual(await seen(own, '?id=:shelf:letters'), [LETTERS]);
  assert.deepEqual(await seen(own, '?parentId=:weather:'), [[':weather:zurich', ':weather:', []]]);
  await refused(own('GET', '/streams?id=:shelf:poems'), 400, 'unknown-referenced-resource');
  await refused(own('GET', '/streams?id=:shelf:nothing'), 400, 'unknown-referenced-resource');
  await refused(own('GET', '/streams?id=:nostore:x'), 404, 'unknown-resource');
  await refused(own('GET', '/streams?id=:odd:x'), 501, 'api-unavailable');
});

test('permissions in a store', async () => {
  const part = await accessOf(['box', 'read'], [':shelf:books', 'read'], [':nostore:x', 'read'], [':shelf:gone', 'read']);
  assert.deepEqual(await seen(part), [['box', null, []], [':shelf:books', null, [[':shelf:novels', ':shelf:books', []]]]]);
  assert.deepEqual(await seen(part, '?id=:shelf:novels'), [[':shelf:novels', ':shelf:books', []]], 'what is below is open too');
  for (const id of [':shelf:', ':shelf:letters', ':weather:', ':_audit:']) await refused(part('GET', '/streams?id=' + id), 403, 'forbidden');
  const cut = await accessOf([':shelf:', 'read'], [':shelf:novels', 'none']);
  assert.deepEqual(await seen(cut), ROOTS.slice(0, 1), 'a root is named');
  assert.deepEqual(await seen(cut, '?id=:shelf:'), [[':shelf:', null, [[':shelf:books', ':shelf:', []], LETTERS]]]);
  assert.deepEqual(await seen(await accessOf([':odd:', 'read'], ['box', 'read'])), [ROOTS[1], ['box', null, []]], 'a store that fails is not asked');
  await refused(cut('GET', '/streams?id=:shelf:novels'), 403, 'forbidden');
  const star = await accessOf(['*', 'read']);
  assert.deepEqual(await seen(star, '?id=:shelf:letters'), [LETTERS]);
  await refused(star('GET', '/streams?parentId=:_audit:'), 403, 'forbidden');
});

test('what a store hands out is checked, and its failures stay its own', async () => {
  const error = await refused(own('GET', '/streams?parentId=:odd:'), 500, 'unexpected-error');
  assert.doesNotMatch(error.message, /store|id/i);
  assert.match(server.log(), /data store odd handed out/);
  assert.equal((await own('GET', '/streams')).status, 200);
});

test('streams are made in a store as it keeps them', async () => {
  const make = (body, api = own) => api('POST', '/streams', body);
  const { status, body } = await make({ id: ':shelf:Été 1', name: 'New', parentId: ':shelf:books', clientData: { a: null } });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.stream.id, body.stream.name, body.stream.parentId, body.stream.children], [':shelf:Ete-1', 'New', ':shelf:books', []]);
  assert.deepEqual(body.stream.clientData, { a: null });
  const top = (await make({ name: 'Top', parentId: ':shelf:' })).body.stream;
  assert.match(top.id, /^:shelf:[a-z0-9]{24}$/);
  assert.equal(top.parentId, ':shelf:');
  for (const [body, status, id] of [
    [{ id: 'x', name: 'New', parentId: ':shelf:' }, 400, 'invalid-request-structure'],
    [{ id: ':shelf:x', name: 'New' }, 400, 'invalid-request-structure'],
    [{ id: ':shelf:x', name: 'New', parentId: 'box' }, 400, 'invalid-request-structure'],
    [{ id: ':shelf:*', name: 'New', parentId: ':shelf:' }, 400, 'invalid-item-id'],
    [{ id: ':shelf:novels', name: 'New', parentId: ':shelf:' }, 409, 'item-already-exists'],
    [{ name: 'Poems', parentId: ':shelf:books' }, 409, 'item-already-exists'],
    [{ name: 'New', parentId: ':shelf:nothing' }, 400, 'unknown-referenced-resource'],
    [{ name: 'New', parentId: ':shelf:poems' }, 400, 'invalid-operation'],
    [{ name: 'New', parentId: ':weather:' }, 501, 'api-unavailable'],
    [{ name: 'New', parentId: ':_audit:' }, 501, 'api-unavailable'],
    [{ name: 'New', parentId: ':nostore:' }, 404, 'unknown-resource'],
    [{ name: 'conflict', parentId: ':shelf:' }, 409, 'item-already-exists'],
    [{ name: 'refused', parentId: ':shelf:' }, 400, 'invalid-item-id'],
    [{ name: 'forbidden', parentId: ':shelf:' }, 500, 'unexpected-error'],
    [{ name: 'broken', parentId: ':shelf:' }, 500, 'unexpected-error'],
    [{ name: 'nothing', parentId: ':shelf:' }, 500, 'unexpected-error'],
    [{ name: 'number', parentId: ':shelf:' }, 500, 'unexpected-error']
  ]) assert.doesNotMatch((await refused(make(body), status, id)).message, /secret/);
  await refused(make({ name: 'New', parentId: ':shelf:' }, await accessOf([':shelf:', 'contribute'])), 403, 'forbidden');
  assert.equal((await make({ name: 'New', parentId: ':shelf:books' }, await accessOf([':shelf:', 'manage']))).status, 201);
});

test('streams of a store are changed and trashed, never deleted', async () => {
  const put = (id, body, api = own) => api('PUT', '/streams/' + id, body);
  const { stream } = (await put(':shelf:novels', { name: 'Renamed', clientData: { a: null } })).body;
  assert.deepEqual([stream.id, stream.name, stream.parentId, stream.clientData], [':shelf:novels', 'Renamed', ':shelf:books', { a: null }]);
  assert.equal((await put(':shelf:novels', { parentId: ':shelf:' })).body.stream.parentId, ':shelf:');
  await refused(put(':shelf:novels', { name: 'Poems' }), 409, 'item-already-exists');
  await refused(put(':shelf:novels', { parentId: 'box' }), 400, 'invalid-request-structure');
  await refused(put(':shelf:novels', { parentId: null }), 400, 'invalid-request-structure');
  await refused(put('box', { parentId: ':shelf:' }), 400, 'invalid-request-structure');
  await refused(put(':shelf:nothing', { name: 'x' }), 404, 'unknown-resource');
  await refused(put(':shelf:', { name: 'x' }), 404, 'unknown-resource');
  await refused(put(':shelf:novels', { name: 'x' }, await accessOf([':shelf:', 'read'])), 403, 'forbidden');
  assert.equal((await own('DELETE', '/streams/:shelf:novels')).body.stream.trashed, true);
  await refused(own('DELETE', '/streams/:shelf:poems'), 501, 'api-unavailable');
  await refused(own('DELETE', '/streams/:_audit:books'), 501, 'api-unavailable');
});

test('a configuration that cannot be stops the start with one line', async () => {
  for (const [stores, line] of [
    [[{ id: 'nobody', name: 'N' }], /no plugin brings the data store "nobody"/],
    [[{ id: 'local', name: 'N', path: 'shelf' }], /the id "local" is taken/],
    [[{ id: 'shelf', name: 'N' }, { id: 'shelf', name: 'M' }], /the id "shelf" is taken/],
    [[{ id: 'a:b', name: 'N', path: 'shelf' }], /an id without colon/],
    [[{ id: 'weather', name: 'N', path: 'store-csv' }], /data store weather does not open: .*settings\.folder/]
  ]) {
    await assert.rejects(startServer({ args: ['--plugin-dir', plugins], set: { 'custom.dataStores': stores } }), line);
  }
});
