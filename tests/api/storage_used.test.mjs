// storageUsed of an account that takes long to count: nobody waits for it a second time, and it is counted anew all the same. Each count is made long by
// PostgreSQL: what the rows of deleted streams are counted in is a view that sleeps for each.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createEvent, userWithStream } from '../lib/load.mjs';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { call, sleep, startServer } from '../lib/server.mjs';

const SLOW = 0.5;

describe('an account that takes long to count', { skip: unavailable() ?? false }, () => {
  let postgres, server, user;
  before(async () => {
    postgres = startPostgres();
    server = await startServer({ set: { ...postgres.serverSettings(), 'cluster.apiWorkers': 1, 'account.storageUsedMaxAgeSeconds': 0.5 } });
    user = await userWithStream(server);
    const { body } = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { name: 'gone' } });
    for (let i = 0; i < 2; i++) assert.equal((await call(server.url, 'DELETE', `${user.path}/streams/${body.stream.id}`, { token: user.token })).status, 200);
    postgres.run(`ALTER TABLE stream_deletions RENAME TO deletions; CREATE VIEW stream_deletions AS SELECT * FROM deletions WHERE pg_sleep(${SLOW}) IS NOT NULL`);
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  const ask = async () => {
    const began = performance.now();
    const { status, body } = await call(server.url, 'GET', `${user.path}/account`, { token: user.token });
    assert.equal(status, 200);
    return { used: body.account.storageUsed.dbDocuments, seconds: (performance.now() - began) / 1000 };
  };

  test('the first waits, those after are told that, and then what was counted in the background', async () => {
    assert.equal((await createEvent(server, user, 'a first one')).status, 201);
    const first = await ask();
    assert.ok(first.seconds >= SLOW, `it took ${first.seconds} s`);
    assert.equal((await createEvent(server, user, 'x'.repeat(100000))).status, 201);
    let later = first;
    for (let i = 0; i < 300 && later.used === first.used; i++) {
      await sleep(100);
      later = await ask();
    }
    assert.ok(later.used > first.used + 100000, `${first.used}, then ${later.used}`);
    assert.ok(later.seconds < SLOW, `who was told it waited ${later.seconds} s`);
    assert.doesNotMatch(server.log(), /is not counted/);
  });
});
