// Cases on a thousand users: what a request costs when together they have ten thousand events, and when they have a million, in one database.
import { call } from '../lib/server.mjs';

const USERS = 1000;
const SIZES = [10, 1000]; // events of each
const LIMIT = 5; // so many each stream has from the first
const AT_ONCE = 8;
const TOKEN = 'bench-token-of-everyone';
const FIRST = 1_700_000_000;

const nameOf = number => `manyusers${number}`;

async function eachUser (fn) {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (next < USERS) await fn(next++); }));
}

async function must (expected, answer) {
  const { status, body } = await answer;
  if (status !== expected) throw new Error(`${status} ${JSON.stringify(body).slice(0, 300)}`);
  return body;
}

/** All have one token: the load is then one request whose path alone changes. */
async function makeUser (server, number) {
  const username = nameOf(number);
  const { apiEndpoint } = await must(201, call(server.url, 'POST', '/users', { body: { appId: 'pryvd-tests', username, password: 'correct-Horse-7', email: `${username}@example.com`, language: 'en', invitationToken: 'enjoy', hosting: 'local' } }));
  const token = new URL(apiEndpoint).username;
  const batch = [
    ...['bench', 'other'].map(id => ({ method: 'streams.create', params: { id, name: id } })),
    { method: 'accesses.create', params: { name: 'bench', type: 'shared', token: TOKEN, permissions: [{ streamId: '*', level: 'manage' }] } }
  ];
  const { results } = await must(200, call(server.url, 'POST', `/${username}`, { token, body: batch }));
  if (results.some(result => result.error)) throw new Error(JSON.stringify(results));
}

async function addEvents (server, number, from, to) {
  const calls = Array.from({ length: to - from }, (_, i) => ({
    method: 'events.create', params: { streamIds: [i % 2 ? 'bench' : 'other'], type: 'note/txt', content: `an entry of about forty-five characters, no ${i}`, time: FIRST + 60 * (from + i) }
  }));
  const { results } = await must(200, call(server.url, 'POST', `/${nameOf(number)}`, { token: TOKEN, body: calls }));
  if (results.some(result => result.error)) throw new Error(JSON.stringify(results.find(result => result.error)));
}

const event = JSON.stringify({ type: 'note/txt', streamIds: ['bench'], content: 'an entry of about forty-five characters, {n}' });
const anyone = `/manyusers{n%${USERS}}`;

/** [name, options of load, path] */
const QUESTIONS = [
  ['create', { verb: 'POST', body: event }, `${anyone}/events`],
  ['get-newest', {}, `${anyone}/events?limit=${LIMIT}`],
  ['get-stream', {}, `${anyone}/events?streams[]=bench&limit=${LIMIT}`],
  ['get-range', {}, `${anyone}/events?fromTime=${FIRST}&toTime=${FIRST + 300}&limit=${LIMIT}`],
  ['get-types', {}, `${anyone}/events?types[]=note/txt&limit=${LIMIT}`],
  ['get-since', {}, `${anyone}/events?modifiedSince=${Date.now() / 1000 + 3600}&limit=${LIMIT}`],
  ['streams', {}, `${anyone}/streams`],
  ['access-info', {}, `${anyone}/access-info`]
];

export function manyUsersCases ({ bench, load, tell, median, rounds, settle }) {
  async function ask (server, [, options, where]) {
    const all = [];
    for (let i = 0; i < rounds; i++) all.push(await load(server.url, where, { token: TOKEN, ...options }));
    const failed = all.reduce((sum, one) => sum + one.failed, 0);
    if (failed) throw new Error(`${where}: ${failed} requests failed`);
    const p50 = median(all.map(one => one.p50));
    return { ...all.find(one => one.p50 === p50), best: Math.min(...all.map(one => one.p50)) };
  }

  async function askAll (server) {
    const answers = new Map();
    for (const question of QUESTIONS) await load(server.url, question[2], { token: TOKEN, ...question[1], time: 0.5 });
    for (const question of QUESTIONS) answers.set(question[0], await ask(server, question));
    return answers;
  }

  return {
    async 'many-users' () {
      const server = await bench();
      try {
        await eachUser(number => makeUser(server, number));
        let before = 0;
        const answers = [];
        for (const size of SIZES) {
          await eachUser(number => addEvents(server, number, before, size));
          before = size;
          await settle();
          answers.push(await askAll(server));
        }
        const [few, many] = answers;
        for (const [name] of QUESTIONS) {
          const [small, large] = [few.get(name), many.get(name)];
          tell(`many-users ${name}`, large, { 'p50 of 10k': small.p50, factor: large.p50 / small.p50, 'factor of the best': large.best / small.best });
        }
      } finally {
        await server.stop();
      }
    }
  };
}
