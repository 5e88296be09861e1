// Which requests for events PostgreSQL answers in one statement, without a transaction; and that these answers are right, whatever lasts or runs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, newUser, startServer } from '../lib/server.mjs';

const T = 1700000000;
const now = Date.now() / 1000;

/** Every third lasts ten seconds, some run, some are in the trash. */
const events = Array.from({ length: 300 }, (_, n) => ({
  id: `c${String(n).padStart(24, '0')}`,
  streamIds: [['walks', 'runs', 'meals'][n % 3 === 0 ? n % 2 : 2]],
  type: n % 4 ? 'note/txt' : 'test/any',
  content: `${n}`,
  time: T + n,
  ...(n % 3 === 1 && { duration: 10 }),
  ...(n % 50 === 3 && { duration: null }),
  ...(n % 40 === 7 && { trashed: true })
}));

const inOne = [
  { limit: 20 }, { limit: 20, skip: 7, sortAscending: true }, { limit: 20, state: 'all' },
  { limit: 20, fromTime: T + 100, toTime: T + 200 }, { limit: 20, fromTime: T + 100, toTime: T + 200, sortAscending: true, skip: 3 },
  { limit: 20, fromTime: T + 250 }, { limit: 20, fromTime: T + 250, sortAscending: true }, { limit: 100, fromTime: T + 250 },
  { fromTime: T + 100, toTime: T + 130 }, { fromTime: T + 280 }, { fromTime: T + 200, sortAscending: true }, { limit: 20, toTime: T + 200 },
  { limit: 20, types: ['note/txt'] }, { limit: 20, types: ['note/txt', 'test/any'] }, { limit: 20, types: ['note/txt'], fromTime: T + 100, toTime: T + 200 },
  { limit: 20, streams: ['walks'] }, { limit: 20, streams: ['walks', 'runs'], state: 'all' },
  { limit: 20, streams: ['walks'], fromTime: T + 100, toTime: T + 200 }, { limit: 20, streams: ['walks'], fromTime: T + 100 },
  { limit: 20, streams: ['walks', 'runs'], fromTime: T + 250 }, { limit: 20, streams: ['meals', 'runs'], fromTime: T + 250, sortAscending: true },
  { streams: ['walks'], fromTime: T + 100, toTime: T + 200, types: ['note/txt'] }, { streams: ['walks'], fromTime: T },
  { modifiedSince: 0, limit: 20 }, { modifiedSince: 0, limit: 20, skip: 3, sortAscending: true }, { modifiedSince: 0, limit: 20, state: 'all', streams: ['walks'] },
  { modifiedSince: 0, limit: 20, fromTime: T + 250 }, { modifiedSince: 0, fromTime: T + 100, toTime: T + 130, types: ['note/*'] }, { modifiedSince: now + 1000 },
  { limit: 20, state: 'trashed' }, { state: 'trashed', fromTime: T + 100, toTime: T + 200, sortAscending: true }, { limit: 20, state: 'trashed', streams: ['meals'], types: ['note/*'] },
  { limit: 20, types: ['note/*'] }, { limit: 20, types: ['note/*', 'test/*', 'note/txt'], sortAscending: true, skip: 5 }, { limit: 20, types: ['note/*', 'nothing/*'], fromTime: T + 250 },
  { limit: 20, types: ['note/txt'], fromTime: T + 250 }, { limit: 20, types: ['test/any', ...Array.from({ length: 40 }, (_, n) => `test/no-${n}`)] },
  { limit: 200 }, { limit: 20, skip: 2000 }, { limit: 1000, types: ['test/any'] }
];
/** Events that were deleted for good, in the order of their deletion. */
const deleted = Array.from({ length: 5 }, (_, n) => `c9${String(n).padStart(23, '0')}`);
const withDeletions = [{ modifiedSince: 0, limit: 20 }, { modifiedSince: 0, limit: 3, skip: 1, sortAscending: true }, { modifiedSince: 0, limit: 200, streams: ['walks'] }, { modifiedSince: now + 1000 }];

/** The last is short, but comes after a long one. */
const inSession = [{ limit: 1000 }, { limit: 20, skip: 200, types: ['note/*'] }, { fromTime: T, toTime: T + 200 }, { fromTime: T + 5, toTime: T + 5, state: 'all' }];

const withDay = ({ toTime, fromTime, ...rest }) => ({
  ...rest, fromTime: fromTime ?? (toTime === undefined ? undefined : toTime - 86400), toTime: toTime ?? (fromTime === undefined ? undefined : now)
});

function matches (event, { fromTime, toTime, types, streams, state = 'default' }) {
  if (state !== 'all' && (state === 'trashed') !== (event.trashed === true)) return false;
  if (types && !types.some(type => type === event.type || (type.endsWith('*') && event.type.startsWith(type.slice(0, -1))))) return false;
  if (streams && !streams.includes(event.streamIds[0])) return false;
  if (fromTime === undefined) return true;
  if (event.time > toTime) return false;
  return event.duration === null ? toTime >= now : event.time + (event.duration ?? 0) >= fromTime;
}

/** The ids that a query is to answer. */
function expected (asked) {
  const query = withDay(asked);
  const found = events.filter(event => matches(event, query));
  if (!query.sortAscending) found.reverse();
  const { skip = 0 } = query;
  if (query.modifiedSince > now) return [];
  const { limit = found.length } = query.fromTime ? query : { limit: 20, ...query };
  return found.slice(skip, skip + limit).map(event => event.id);
}

function pathOf (query) {
  return '/events?' + Object.entries(query).flatMap(([key, value]) => Array.isArray(value) ? value.map(item => `${key}[]=${encodeURIComponent(item)}`) : `${key}=${value}`).join('&');
}

describe('requests for events on PostgreSQL', { skip: unavailable() ?? false }, () => {
  let postgres, server, user, access;
  before(async () => {
    postgres = startPostgres(['log_statement=all']);
    server = await startServer({ set: { 'cluster.apiWorkers': 1, 'accessTracking.isActive': false, ...postgres.serverSettings() } });
    user = await newUser(server.url);
    const batch = [
      ...['walks', 'runs', 'meals'].map(id => ({ method: 'streams.create', params: { id, name: id } })),
      ...events.map(params => ({ method: 'events.create', params })),
      ...deleted.map(id => ({ method: 'events.create', params: { id, streamIds: ['walks'], type: 'note/txt', content: 'x', time: T } })),
      ...[...deleted, ...deleted].map(id => ({ method: 'events.delete', params: { id } })),
      { method: 'accesses.create', params: { name: 'all', type: 'app', permissions: ['walks', 'runs', 'meals'].map(streamId => ({ streamId, level: 'read' })) } }
    ];
    const { body } = await call(server.url, 'POST', user.path, { token: user.token, body: batch });
    assert.deepEqual(body.results.filter(result => result.error), []);
    access = body.results.at(-1).access.token;
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  /** The ids of an answer, and whether a session was opened to read it. */
  async function ask (query, token) {
    await call(server.url, 'GET', user.path + pathOf(query), { token }); // what a worker remembers is known
    const length = postgres.log().length;
    const { status, body } = await call(server.url, 'GET', user.path + pathOf(query), { token });
    assert.equal(status, 200, JSON.stringify(body));
    return { ids: body.events.map(event => event.id), ...(body.eventDeletions && { deletions: body.eventDeletions.map(event => event.id) }), session: postgres.log().slice(length).includes('BEGIN ISOLATION LEVEL REPEATABLE READ') };
  }

  for (const query of inOne) {
    test(`in one statement: ${JSON.stringify(query)}`, async () => {
      for (const token of [access, ...(query.streams ? [user.token] : [])]) assert.deepEqual(await ask(query, token), { ids: expected(query), session: false });
    });
  }
  for (const query of withDeletions) {
    test(`in one statement, and another for the deletions: ${JSON.stringify(query)}`, async () => {
      const { skip = 0, limit = 20, sortAscending, modifiedSince } = query;
      const deletions = modifiedSince > now ? [] : sortAscending ? deleted : [...deleted].reverse();
      assert.deepEqual(await ask({ ...query, includeDeletions: true }, access), { ids: expected(query), deletions: deletions.slice(skip, skip + limit), session: false });
    });
  }
  for (const query of inSession) {
    test(`in a session: ${JSON.stringify(query)}`, async () => {
      assert.deepEqual(await ask(query, access), { ids: expected(query), session: true });
    });
  }
});
