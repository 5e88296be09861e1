// Requests for events that come at the same time ask PostgreSQL together: each gets the answer that it gets alone, errors and long lists too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, newUser, startServer } from '../lib/server.mjs';

const USERS = 4;
const EVENTS = 300;
const TURNS = 12;
const long = 'x'.repeat(20000);

/** What is asked, for each user: where, and with which token (the user's own, when there is none). */
const questions = [
  { where: '/events' },
  { where: '/events?limit=20&skip=3' },
  { where: '/events?limit=1&sortAscending=true' },
  { where: '/events?streams[]=kept&limit=5' },
  { where: '/events?streams[]=long&limit=20' }, // more than a client takes at once
  { where: '/events?limit=250' }, // more than a page
  { where: '/events?fromTime=1700000010&toTime=1700000050' },
  { where: '/events?modifiedSince=0&includeDeletions=true&limit=2' },
  { where: '/events?types[]=note/*&limit=4' },
  { where: '/events?limit=none' },
  { where: '/events?streams[]=unknown' },
  { where: '/events', token: 'not-a-token' },
  { where: '/events', token: null },
  { where: '/events?limit=3', token: 'shared' }
];

/** What an account takes in its storage is counted now. */
const settled = event => event.type === 'data-quantity/b' ? event.id : event;
const plain = ({ status, body }) => ({ status, body: { ...body, events: body.events?.map(settled), meta: undefined } });

describe('requests for events at the same time', { skip: unavailable() ?? false }, () => {
  let postgres, server;
  const asked = []; // of every user: path, token, and the answer that it gets alone

  const ask = one => call(server.url, 'GET', one.path, { token: one.token });

  async function prepare (i) {
    const user = await newUser(server.url);
    for (const id of ['kept', 'long']) await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id, name: id } });
    await call(server.url, 'POST', user.path, {
      token: user.token,
      body: Array.from({ length: EVENTS }, (_, k) => ({
        method: 'events.create',
        params: { streamIds: [k % 10 ? 'kept' : 'long'], type: k % 3 ? 'note/txt' : 'mass/kg', time: 1700000000 + k, content: k % 3 ? `${i} ${k} ${k % 10 ? '' : long}` : k }
      }))
    });
    const shared = await call(server.url, 'POST', `${user.path}/accesses`, { token: user.token, body: { name: 'shared', permissions: [{ streamId: 'long', level: 'read' }] } });
    const tokens = { shared: shared.body.access.token };
    for (const { where, token = user.token } of questions) asked.push({ path: user.path + where, token: tokens[token] ?? token ?? undefined });
  }

  before(async () => {
    postgres = startPostgres();
    server = await startServer({ set: { 'cluster.apiWorkers': 1, ...postgres.serverSettings() } });
    for (let i = 0; i < USERS; i++) await prepare(i);
    asked.push({ path: '/nobodyhere/events' });
    for (const one of asked) one.alone = plain(await ask(one));
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  test('each gets its own answer', async () => {
    assert.deepEqual([...new Set(asked.map(one => one.alone.status))].sort(), [200, 400, 401, 403, 404]);
    for (let turn = 0; turn < TURNS; turn++) {
      const answers = await Promise.all(asked.map(ask));
      for (const [i, answer] of answers.entries()) assert.deepEqual(plain(answer), asked[i].alone, asked[i].path);
    }
  });

  test('a client that leaves keeps none from theirs', async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const leaving = asked.map(one => call(server.url, 'GET', one.path, { token: one.token, signal: AbortSignal.timeout(1 + turn) }).catch(() => null));
      const answers = await Promise.all(asked.slice(0, 10).map(ask));
      for (const [i, answer] of answers.entries()) assert.deepEqual(plain(answer), asked[i].alone, asked[i].path);
      await Promise.all(leaving);
    }
  });
});
