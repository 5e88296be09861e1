// What tests of series share: accounts, events, points.
import assert from 'node:assert/strict';
import { call, newUser } from './server.mjs';

/** A new series event of `user`, and what can be done with it. */
export async function seriesOf (server, user, type = 'series:mass/kg', more = {}) {
  const { status, body } = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['s'], type, ...more } });
  assert.equal(status, 201, JSON.stringify(body));
  const at = `${user.path}/events/${body.event.id}`;
  const flat = (fields, points) => ({ format: 'flatJSON', fields, points });
  return {
    id: body.event.id,
    at,
    event: async () => (await call(server.url, 'GET', at, { token: user.token })).body.event,
    post: (fields, points, options) => call(server.url, 'POST', `${at}/series`, { token: user.token, body: flat(fields, points), ...options }),
    values: (...points) => call(server.url, 'POST', `${at}/series`, { token: user.token, body: flat(['deltaTime', 'value'], points) }),
    read: async (query = '', base = server.url) => {
      const { status, body } = await call(base, 'GET', `${at}/series${query}`, { token: user.token });
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    }
  };
}

/** A new account with the stream `s`. */
export async function userWithStream (server) {
  const user = await newUser(server.url);
  assert.equal((await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 's', name: 's' } })).status, 201);
  return user;
}

/** Numbers from 0 below a bound, the same in every run. */
export function random (seed) {
  return below => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return (seed >>> 8) % below; };
}
