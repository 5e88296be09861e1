// What a range of events costs on PostgreSQL when one event of the account lasts for years: the rows that each statement reads are counted (auto_explain).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EXPLAINED, missing, nodesOf, plansOf } from '../lib/plans.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { call, newUser, sleep, startServer } from '../lib/server.mjs';

describe('an account with one event of years', { skip: missing() ?? false }, () => {
  const T = 1600000000;
  const TEN_MINUTES = 600;
  const COUNT = 3000;
  const YEARS = 'c9' + '0'.repeat(23);
  let postgres, server, user;
  before(async () => {
    postgres = startPostgres([...EXPLAINED, 'auto_explain.log_analyze=on', 'auto_explain.log_timing=off']);
    server = await startServer({ set: { 'cluster.apiWorkers': 1, 'accessTracking.isActive': false, ...postgres.serverSettings() } });
    user = await newUser(server.url);
    const events = [
      { id: YEARS, time: T, duration: 10 * 365 * 86400 },
      ...Array.from({ length: COUNT }, (_, n) => ({ id: `c${String(n).padStart(24, '0')}`, time: T + n * TEN_MINUTES, ...(n % 10 === 0 && { duration: TEN_MINUTES }) }))
    ].map(event => ({ method: 'events.create', params: { streamIds: ['diary'], type: 'note/txt', content: 'x', ...event } }));
    const { body } = await call(server.url, 'POST', user.path, { token: user.token, body: [{ method: 'streams.create', params: { id: 'diary', name: 'Diary' } }, ...events.slice(0, 900)] });
    assert.deepEqual(body.results?.filter(result => result.error) ?? body, []);
    for (let n = 900; n < events.length; n += 900) assert.equal((await call(server.url, 'POST', user.path, { token: user.token, body: events.slice(n, n + 900) })).status, 200);
  });
  after(async () => {
    await server?.stop();
    postgres?.end();
  });

  /** Rows of the tables that the answer took. */
  async function rowsRead (parameters) {
    const length = postgres.log().length;
    const { status, body } = await call(server.url, 'GET', `${user.path}/events?${parameters}`, { token: user.token });
    assert.equal(status, 200);
    await sleep(200); // written after the answer was given
    const plans = [...plansOf(postgres.log().slice(length)).values()];
    assert.ok(plans.length > 0);
    const rows = plans.flatMap(plan => nodesOf(plan)).filter(node => /^Index/.test(node['Node Type'])).map(node => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']);
    return { ids: body.events.map(event => event.id), rows: rows.reduce((sum, one) => sum + one, 0) };
  }

  const from = T + 2900 * TEN_MINUTES;
  const hour = `fromTime=${from}&toTime=${from + 3600}`;
  for (const parameters of [hour, `${hour}&sortAscending=true`, `${hour}&sortAscending=true&limit=3`, `${hour}&streams[]=diary&sortAscending=true`, `${hour}&types[]=note/txt`, `${hour}&state=all&types[]=note/*`, `${hour}&limit=5&skip=2`]) {
    test(`an hour is read with a day before it: ${parameters.replaceAll(/Time=\d+/g, '')}`, async () => {
      const { ids, rows } = await rowsRead(parameters);
      const all = [...Array.from({ length: 7 }, (_, n) => `c${String(2906 - n).padStart(24, '0')}`), YEARS];
      if (parameters.includes('sortAscending')) all.reverse();
      assert.deepEqual(ids, /limit=3/.test(parameters) ? all.slice(0, 3) : /limit=5/.test(parameters) ? all.slice(2, 7) : all);
      assert.ok(rows < 1000, `${rows} rows`); // a day has 144, and some are read as keys before
    });
  }
});
