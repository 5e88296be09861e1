// Points for an event that was written to before: a worker knows such an event, and must not go by what it was when something has changed since, in
// another worker as well.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPostgres, unavailable } from '../lib/postgres.mjs';
import { seriesOf, userWithStream } from '../lib/series.mjs';
import { call, startServer } from '../lib/server.mjs';

const WORKERS = 2;
const storages = { SQLite: { start: () => ({ settings: {}, end () {} }) }, PostgreSQL: { missing: unavailable(), start: startOnPostgres } };

function startOnPostgres () {
  const postgres = startPostgres();
  return { settings: postgres.serverSettings(), end: () => postgres.end() };
}

for (const [name, { missing, start }] of Object.entries(storages)) {
  describe(`on ${name}`, { skip: missing ?? false }, () => {
    let storage, server, user;
    before(async () => {
      storage = start();
      server = await startServer({ set: { 'cluster.apiWorkers': WORKERS, ...storage.settings } });
      user = await userWithStream(server);
      for (const id of ['t', 'hidden']) assert.equal((await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id, name: id } })).status, 201);
    });
    after(async () => {
      await server?.stop();
      storage?.end();
    });

    let moment = 0;
    const point = () => [++moment, moment];
    const outcome = ({ status, body }) => [status, body?.error?.id];
    const same = (got, expected) => assert.deepEqual(got, got.map(() => expected));
    /** So often that each worker gets some. */
    const often = async fn => { const all = []; for (let i = 0; i < 6 * WORKERS; i++) all.push(outcome(await fn())); return all; };
    const change = async (series, update) => assert.equal((await call(server.url, 'PUT', series.at, { token: user.token, body: update })).status, 200);
    const write = (series, options) => series.post(['deltaTime', 'value'], [point()], options);
    const batch = (...all) => call(server.url, 'POST', `${user.path}/series/batch`, {
      token: user.token, body: { format: 'seriesBatch', data: all.map(series => ({ eventId: series.id, data: { format: 'flatJSON', fields: ['deltaTime', 'value'], points: [point()] } })) }
    });

    test('trashed, taken out of the trash, deleted', async () => {
      const [series, other] = [await seriesOf(server, user), await seriesOf(server, user)];
      same(await often(() => batch(series, other)), [200, undefined]);
      await call(server.url, 'DELETE', series.at, { token: user.token });
      const { length } = (await other.read()).points;
      same(await often(() => write(series)), [400, 'invalid-operation']);
      same(await often(() => batch(other, series)), [400, 'invalid-operation']);
      assert.equal((await other.read()).points.length, length, 'nothing of a batch is stored when a part is refused');
      await change(series, { trashed: false });
      same(await often(() => write(series)), [200, undefined]);
      for (let i = 0; i < 2; i++) await call(server.url, 'DELETE', series.at, { token: user.token });
      same(await often(() => write(series)), [404, 'unknown-resource']);
      same(await often(() => batch(series)), [404, 'unknown-resource']);
      same(await often(() => series.post(['deltaTime', 'value'], [])), [404, 'unknown-resource']);
    });

    test('in another stream: who may not write there is refused, who may is not', async () => {
      const series = await seriesOf(server, user);
      const access = async streamId => (await call(server.url, 'POST', `${user.path}/accesses`, {
        token: user.token, body: { name: `of ${streamId}`, type: 'app', permissions: [{ streamId, level: 'contribute' }] }
      })).body.access.token;
      const [ofS, ofT] = [await access('s'), await access('t')];
      same(await often(() => write(series, { token: ofS })), [200, undefined]);
      same(await often(() => write(series, { token: ofT })), [403, 'forbidden']);
      await change(series, { streamIds: ['t'] });
      same(await often(() => write(series, { token: ofS })), [403, 'forbidden']);
      same(await often(() => write(series, { token: ofT })), [200, undefined]);
      await change(series, { streamIds: ['hidden'] });
      same(await often(() => write(series, { token: ofT })), [403, 'forbidden']);
      same(await often(() => write(series)), [200, undefined]);
    });

    test('of another type, and of another time: moments since 1970 count from the new one', async () => {
      const series = await seriesOf(server, user, 'series:mass/kg', { time: 1000 });
      same(await often(() => write(series)), [200, undefined]);
      await change(series, { type: 'series:position/wgs84' });
      same(await often(() => write(series)), [400, 'invalid-request-structure']);
      same(await often(() => series.post(['deltaTime', 'latitude', 'longitude'], [[++moment, 46, 6]])), [200, undefined]);
      await change(series, { type: 'series:mass/kg', time: 2000 });
      same(await often(() => series.post(['timestamp', 'value'], [[2000.5, 7]])), [200, undefined]);
      assert.deepEqual((await series.read('?toDeltaTime=0.9')).points, [[0.5, 7]]);
    });

    test('writes beside changes of the event: each is stored or refused, and what is stored is there', async () => {
      const series = await seriesOf(server, user);
      const stored = new Set();
      let over = false;
      const writer = async () => {
        while (!over) {
          const [time, value] = point();
          const { status, body } = await series.post(['deltaTime', 'value'], [[time, value]]);
          if (status === 200) stored.add(time);
          else assert.deepEqual([status, body.error.id], [400, 'invalid-operation'], JSON.stringify(body));
        }
      };
      const writing = Array.from({ length: 8 }, writer);
      for (let i = 0; i < 20; i++) {
        await change(series, { streamIds: [i % 2 ? 's' : 't'] });
        await change(series, { trashed: i % 3 === 1 });
      }
      await change(series, { trashed: false });
      over = true;
      await Promise.all(writing);
      assert.ok(stored.size > 0);
      assert.deepEqual((await series.read()).points.map(([time]) => time), [...stored].sort((a, b) => a - b));
    });
  });
}
