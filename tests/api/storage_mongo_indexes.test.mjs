// Nothing that is asked of MongoDB reads a whole collection. No MongoDB can be had for tests, so its own explain cannot be asked: the kit asks all that
// the contract has of the plugin, which takes FerretDB for a MongoDB, and each command's conditions are compared with the indexes that were asked for
// (https://www.mongodb.com/docs/manual/core/indexes/index-types/index-compound/, .../core/index-partial/).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startFerretdb, unavailable } from '../lib/ferretdb.mjs';
import { startMongoGate } from '../lib/mongo_gate.mjs';
import { endsWithTests, pryvd } from '../lib/server.mjs';

const why = unavailable();
const folder = path.dirname(pryvd);
// All but races, crashes and long series of chance, which ask the same; and but what FerretDB cannot tell ($bsonSize).
const PROMISES = '^(users|transactions|streams|events|queries: ([^ato]|an? |types)|paging|deletions|accesses|sessions|account|values|webhooks|series|audit and usage: r|carrying|erase|bulk: [^u]|platform: [^o])';
// Kinds of which a user has few, and which the contract reads whole.
const READ_WHOLE = new Set(['streams', 'stream_deletions', 'accesses', 'sessions', 'passwords', 'account_fields', 'key_values', 'webhooks']);
// What is read whole of all users: whose erasing has not ended, how many users each core has, and which servers there are.
const isListOfAll = ({ collection, filter }) => collection === 'erased_users' || collection === 'servers' || (collection === 'user_cores' && filter.present === true);
// Of all users together.
const CHAINS_OF_ALL = new Set(['users', 'platform']);

const isObject = value => typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
const isEqual = condition => condition !== undefined && (!isObject(condition) || '$in' in condition || '$eq' in condition);
const isRange = condition => isObject(condition) && ['$gt', '$gte', '$lt', '$lte'].some(operator => operator in condition);

/** A partial index serves those alone who ask for no more than it has. */
const implies = (filter, partial = {}) => Object.entries(partial).every(([field, wanted]) =>
  wanted.$exists ? isEqual(filter[field]) || isRange(filter[field]) : filter[field] === wanted);

/** How many of an index's members narrow what is read: those that are equal to something, then one range or the order that is asked for. */
function depthOf (index, filter, sort) {
  if (!implies(filter, index.partialFilterExpression)) return 0;
  let depth = 0;
  for (const member of Object.keys(index.key)) {
    if (isEqual(filter[member])) { depth++; continue; }
    return depth + Number(isRange(filter[member]) || Object.keys(sort)[0] === member);
  }
  return depth;
}

/** What a command looks for, as [{ collection, filter, sort, whole }]; `whole`: it is about all rows of a user. */
function lookupsOf (command) {
  const each = (list, collection) => list.map(({ q, limit }) => ({ collection, filter: q, sort: {}, whole: limit === 0 && Object.keys(q).length === 1 }));
  if (command.find) return [{ collection: command.find, filter: command.filter, sort: command.sort ?? {}, whole: READ_WHOLE.has(command.find) }];
  if (command.count) return [{ collection: command.count, filter: command.query, sort: {}, whole: true }];
  if (command.aggregate) return [{ collection: command.aggregate, filter: command.pipeline[0]?.$match ?? {}, sort: {}, whole: true }];
  if (command.update) return each(command.updates, command.update);
  if (command.delete) return each(command.deletes, command.delete);
  return [];
}

/** Whether an index leads to what is looked for; a user's index entries are read whole only where all of the user is asked for. */
function isServed ({ collection, filter, sort, whole }, indexes) {
  if (isEqual(filter._id) || isRange(filter._id)) return true;
  const depth = Math.max(0, ...(indexes[collection] ?? []).map(index => depthOf(index, filter, sort)));
  const startsAtUser = filter.u !== undefined && !CHAINS_OF_ALL.has(filter.u);
  return depth >= (whole && startsAtUser ? 1 : 2);
}

test('the rules tell what an index serves', () => {
  const indexes = { events: [{ key: { u: 1, time: 1, id: 1 }, partialFilterExpression: { live: true } }] };
  const served = (filter, sort = {}) => isServed({ collection: 'events', filter, sort, whole: false }, indexes);
  assert.ok(served({ _id: 'x' }));
  assert.ok(served({ u: 'ada', live: true, time: { $gte: 1 } }));
  assert.ok(served({ u: 'ada', live: true }, { time: -1 }));
  assert.ok(!served({ u: 'ada', time: 1 }), 'a partial index holds less');
  assert.ok(!served({ u: 'ada', live: true }), 'all of a user');
  assert.ok(!served({ u: 'ada', live: true }, { modified: 1 }), 'another order');
  assert.ok(!served({ live: true, time: 1 }), 'all users');
  assert.ok(!isServed({ collection: 'users', filter: { u: 'users' }, sort: {}, whole: true }, { users: [{ key: { u: 1, id: 1 } }] }), 'the whole index of users');
});

describe('all that the plugin asks', { skip: why ?? false }, () => {
  let ferretdb, gate, dataDir, end;
  before(async () => {
    ferretdb = startFerretdb();
    gate = await startMongoGate(ferretdb.port);
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
    const kit = endsWithTests(spawn(path.join(folder, 'pryvd-storage-check'), [
      path.join(folder, 'plugins', 'storage-mongo.so'), '--data-dir', dataDir, '--patience', '300', '--only', PROMISES, '--set', `storages.engines.mongodb.port=${gate.port}`
    ], { stdio: ['ignore', 'pipe', 'inherit'] }));
    let output = '';
    kit.stdout.setEncoding('utf8').on('data', text => { output += text; });
    end = await new Promise(resolve => kit.once('close', status => resolve({ status, output })));
  });
  after(async () => {
    await gate?.end();
    ferretdb?.end();
    if (dataDir) fs.rmSync(dataDir, { recursive: true });
  });

  test('promises are kept in collections that users share, too', () => {
    assert.equal(end.status, 0, end.output.split('\n').filter(line => !line.startsWith('ok')).join('\n'));
  });

  test('no command reads a collection, nor an index of all users, from end to end', () => {
    const lookups = gate.commands.flatMap(lookupsOf);
    const asked = new Set(lookups.map(({ collection }) => collection));
    assert.deepEqual(Object.keys(gate.indexes).filter(collection => !asked.has(collection)), [], 'nothing was asked of a collection');
    const slow = lookups.filter(lookup => !isServed(lookup, gate.indexes) && !isListOfAll(lookup)).map(({ collection, filter, sort }) => `${collection} ${JSON.stringify(filter)} ${JSON.stringify(sort)}`);
    assert.deepEqual([...new Set(slow)].slice(0, 20), [], `${slow.length} of ${lookups.length} lookups have no index`);
  });
});
