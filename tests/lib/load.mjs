// Clients that write events without pause, and what must be so of what they were answered.
import assert from 'node:assert/strict';
import { call, newUser, sleep, until } from './server.mjs';

export async function userWithStream (server) {
  const user = await newUser(server.url);
  const { status } = await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'log', name: 'Log' } });
  assert.equal(status, 201);
  return user;
}

export const createEvent = (server, user, content) => call(server.url, 'POST', `${user.path}/events`, {
  token: user.token, body: { streamIds: ['log'], type: 'note/txt', content }, signal: AbortSignal.timeout(30000)
});

/** The same in a batch: one answer for each event. */
async function createSeveral (server, user, contents) {
  const { status, body } = await call(server.url, 'POST', user.path, {
    token: user.token, body: contents.map(content => ({ method: 'events.create', params: { streamIds: ['log'], type: 'note/txt', content } })), signal: AbortSignal.timeout(30000)
  });
  if (status !== 200) return [{ status, body }];
  return body.results.map(result => ({ status: result.error ? 503 : 201, body: result }));
}

/**
 * Clients that write without pause until told to stop, every second one in batches of `several`. Answers what was acknowledged, when, and what else
 * was answered.
 */
export function writers (server, user, count, several = 1) {
  const acknowledged = []; const others = []; const times = []; const perWriter = new Array(count).fill(0);
  let going = true;
  const each = async writer => {
    for (let i = 0; going; i++) {
      const answers = several > 1 && writer % 2
        ? await createSeveral(server, user, Array.from({ length: several }, (_, k) => `${writer}/${i}/${k}`))
        : [await createEvent(server, user, `${writer}/${i}`)];
      for (const { status, body } of answers) {
        if (status === 201) {
          acknowledged.push(body.event.id); times.push(Date.now()); perWriter[writer]++;
        } else {
          others.push({ status, body });
          await sleep(5);
        }
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, writer) => each(writer)));
  return { acknowledged, others, times, perWriter, stop: async () => { going = false; await all; } };
}

export async function assertAllThere (server, user, acknowledged) {
  const { status, body } = await call(server.url, 'GET', `${user.path}/events?limit=1000000`, { token: user.token });
  assert.equal(status, 200);
  const there = new Set(body.events.map(event => event.id));
  const lost = acknowledged.filter(id => !there.has(id));
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged events are lost`);
}

export function assertOnlyBusy (load) {
  for (const { status, body } of load.others) {
    assert.equal(status, 503, JSON.stringify(body));
    assert.ok(body.error?.id && body.error.message, JSON.stringify(body));
  }
}

/** Milliseconds from `back` on until something was written again; breaks after `limit`. */
export async function untilWritten (load, back, limit) {
  while (!load.times.some(time => time > back)) {
    assert.ok(Date.now() - back < limit, `nothing is written ${limit} ms after`);
    await sleep(10);
  }
}
