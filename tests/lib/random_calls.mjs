// Calls of the API at random, of every kind that storages answer; the same for the same numbers. What was made is kept in `given`, so that later calls
// find it. Ids are given by the client, and times are never the present.

const NUMBERS = [0, -0, 1, -1, 0.1 + 0.2, 1e21, 1e-7, -1e300, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, 123456789012345680000, 1e15 + 0.5];
/** Texts of JSON that stand for values which other texts are usual for: asJson puts them in as they are. */
const ODD_JSON = ['1.0', '1e0', '1E+2', '-0', '-0.0', '0.10', '1e400', '-1e400', '1e-400', '123456789012345678901234567890', '0.1000000000000000055511151231257827', '"\\u0041"', '"\\/"', '"\\ud83d\\ude00"', '{"a":1,"a":2}', '{"b":1.0,"a":[1.50]}', ' [ 1 , 2 ] '];
const MARK = '\u0001odd ';
const TEXTS = ['', 'a', 'A', 'á', 'Z', 'z', 'ß', 'ss', 'a b', ' a', 'a\u0000b', '\u0000', '\u{1f600}', '\uffff', '你好', '\u2028', "'; --", '{"$ne":1}', '$a.b', '%_', '\\x00', 'x'.repeat(3000)];
const NAMES = ['a', 'A', 'á', 'B', 'b', 'Zoë', 'z', '10', '9', '-', 'a b', '_', '你', '\u{1f600}', "o'clock"];
const TYPES = ['note/txt', 'count/generic', 'mass/kg', 'mass/lb', 'test/any', 'test/a-b', 'activity/plain'];
const LEVELS = ['none', 'read', 'create-only', 'contribute', 'manage'];
const TIMES = [0, -0, 1, 10, 10.5, 10.25, 1000, 1000.000001, 1000.0000001, -5, -1e12, 1e12, 4e9, 123456789.123456, 0.1 + 0.2];
/** Where sums of times and durations end. */
const LIMITS = [1e15, -1e15, 999999999999999.9, 1e300, -1e300, 1.7976931348623157e308, -1.7976931348623157e308];
const STATES = ['default', 'trashed', 'all'];

const tools = below => {
  const pick = list => list[below(list.length)];
  const oneIn = n => below(n) === 0;
  const some = (list, most) => [...new Set(Array.from({ length: 1 + below(most) }, () => pick(list)))];
  const value = depth => {
    if (oneIn(6)) return MARK + pick(ODD_JSON);
    const kind = below(depth ? 7 : 5);
    if (kind === 5) return Array.from({ length: below(4) }, () => value(depth - 1));
    if (kind === 6) return Object.fromEntries(Array.from({ length: below(4) }, () => [pick(['a', 'b', 'é', 'a.b', '$x', '', ...TEXTS.slice(0, 16)]), value(depth - 1)]));
    return [pick(NUMBERS), pick(TEXTS), oneIn(2), null, below(100) / 8][kind];
  };
  return { pick, oneIn, some, value, maybe: (n, key, make) => oneIn(n) ? { [key]: make() } : {} };
};

function contentFor (type, t) {
  if (type === 'note/txt') return t.pick(TEXTS);
  if (type === 'activity/plain') return undefined;
  return type.startsWith('test/') ? t.value(3) : t.pick(NUMBERS);
}

function eventFields (t, given, type) {
  return {
    ...t.maybe(3, 'duration', () => t.pick([null, 0, 1, 3.25, -2, 1e-7, 1e12, 0.2, ...t.oneIn(9) ? [1e300, 1.7976931348623157e308, 5e-324, 1e16] : []])),
    ...t.maybe(4, 'description', () => t.pick([null, ...TEXTS])),
    ...t.maybe(4, 'clientData', () => t.pick([null, {}, { 'x:y': t.value(2) }, { a: null, b: t.value(1) }])),
    ...t.maybe(8, 'trashed', () => t.oneIn(2)),
    content: contentFor(type, t)
  };
}

const condition = t => ({
  path: t.pick(['$', '$', 'a', 'b', 'a.b', 'é', 'x:y', 'x:y.a']),
  ...t.pick([() => ({ eq: t.pick([...NUMBERS, ...TEXTS, true, false]) }), () => ({ neq: t.pick([1, 'a', true]) }), () => ({ in: t.some([...NUMBERS, ...TEXTS], 5) }),
    () => ({ exists: t.oneIn(2) }), () => ({ [t.pick(['gt', 'gte', 'lt', 'lte'])]: t.pick(NUMBERS) }), () => ({ prefix: t.pick(TEXTS.slice(1)) })])()
});

const streamsQuery = (t, given) => t.pick([
  () => t.some(given.streams, 5), () => ['*'], () => ['*'], () => t.some(given.streams, 2).map(id => id + '!'),
  () => [{ any: t.oneIn(3) ? ['*'] : t.some(given.streams, 3), ...t.maybe(2, 'not', () => t.some(given.streams, 2)) }],
  () => [{ any: t.some(given.streams, 3), all: t.some(given.streams, 2) }, { any: t.some(given.streams, 2), not: t.some(given.streams, 2) }], () => t.oneIn(5) ? [] : ['*']
])();

/** Without accounts' own streams, whose times are the present; sorted by what differs, so that pages are the same everywhere. */
const eventsGet = (t, given) => ({
  streams: streamsQuery(t, given),
  ...t.maybe(4, 'types', () => t.some([...TYPES, 'mass/*', 'test/*', 'none/such', 'series:mass/kg'], 3)),
  ...t.maybe(3, 'fromTime', () => t.pick([-1e12, 0, ...TIMES, ...LIMITS])), ...t.maybe(4, 'toTime', () => t.pick([1e12, 4e9, ...TIMES, ...LIMITS])),
  ...t.maybe(8, 'running', () => t.oneIn(2)), ...t.maybe(2, 'sortAscending', () => t.oneIn(2)),
  ...t.maybe(3, 'skip', () => t.pick([0, 1, 2, 30])), limit: t.oneIn(20) ? 0 : t.pick([1, 5, 40, 40, 100, 1000, 1000, 1000]),
  ...t.maybe(2, 'state', () => t.pick(STATES)), ...t.maybe(6, 'modifiedSince', () => t.pick([0, -1, 1e12])), ...t.maybe(6, 'includeDeletions', () => true),
  ...t.maybe(6, 'content', () => Array.from({ length: 1 + (t.oneIn(3) ? 1 : 0) }, () => condition(t))), ...t.maybe(9, 'clientData', () => [condition(t)])
});

const permissions = (t, given) => t.some([...given.streams, ...given.streams, '*', ':_system:account', ':_system:email'], 4).map(streamId => ({ streamId, level: t.pick(streamId.startsWith(':') ? ['read'] : LEVELS) }));

/** A body as text. */
export const asJson = body => JSON.stringify(body).replace(/"\\u0001odd ((?:[^"\\]|\\.)*)"/g, (_, text) => JSON.parse(`"${text}"`));

/** What there is at the beginning; `seed` makes its ids differ from others'. */
export const nothing = seed => ({ streams: [], events: [], accesses: [], series: [], prefix: `given${String(seed % 1e9).padStart(9, '0')}`, number: 0 });

/** What a call of a batch changed. */
export function learn (given, { method, params }, result) {
  const without = (list, id) => list.filter(other => other !== id);
  if (method === 'streams.create' && result.stream) given.streams.push(result.stream.id);
  if (method === 'streams.delete' && result.streamDeletion) given.streams = without(given.streams, params.id);
  if (method === 'events.create' && result.event) {
    given.events.push(params.id);
    if (params.type.startsWith('series:')) given.series.push(params.id);
  }
  if (method === 'events.delete' && result.eventDeletion) given.series = without(given.series, params.id);
  if (method === 'accesses.create' && result.access) given.accesses.push(params.token);
}

/** One call of a batch. */
export function calls (below, given) {
  const t = tools(below);
  const newId = () => `${given.prefix}e${String(given.number++).padStart(9, '0')}`;
  const known = given.streams.length ? given.streams : ['nowhere'];
  const anEvent = () => t.oneIn(15) || !given.events.length ? 'givennothing000000000000' : t.pick(given.events);
  const aStream = () => t.oneIn(20) ? 'nowhere' : t.pick(known);
  const makers = {
    'streams.create': () => ({
      id: t.oneIn(3) ? t.pick([...NAMES, 'log', ' x ', 'A B', 'Über']) : `s${given.number++}`,
      name: t.pick(NAMES) + (t.oneIn(3) ? '' : given.number), ...t.maybe(2, 'parentId', aStream), ...t.maybe(4, 'clientData', () => ({ k: t.value(2) })), ...t.maybe(15, 'trashed', () => true)
    }),
    'streams.update': () => ({ id: aStream(), update: { ...t.maybe(2, 'name', () => t.pick(NAMES)), ...t.maybe(3, 'parentId', () => t.oneIn(3) ? null : aStream()), ...t.maybe(3, 'clientData', () => ({ k: t.oneIn(2) ? null : t.value(1), n: 1 })), ...t.maybe(2, 'trashed', () => t.oneIn(6)) } }),
    'streams.delete': () => ({ id: aStream(), ...t.maybe(2, 'mergeEventsWithParent', () => t.oneIn(2)) }),
    'streams.get': () => ({ ...t.maybe(3, 'parentId', aStream), ...t.maybe(2, 'state', () => t.pick(STATES.slice(0).filter(state => state !== 'trashed'))), ...t.maybe(5, 'includeDeletionsSince', () => 0) }),
    'events.create': () => {
      const id = t.oneIn(12) && given.events.length ? t.pick(given.events) : newId();
      const series = t.oneIn(8);
      const type = series ? t.pick(['series:mass/kg', 'series:note/txt', 'series:position/wgs84', 'series:boolean/bool', 'series:activity/plain']) : t.pick(TYPES);
      return { id, streamIds: t.oneIn(20) ? ['nowhere'] : t.some(known, 2), type, time: t.oneIn(2) ? t.pick(t.oneIn(9) ? LIMITS : TIMES) : below(1e6) / 8, ...eventFields(t, given, type), ...(series ? { content: undefined } : {}) };
    },
    'events.update': () => {
      const type = t.pick(TYPES);
      return { id: anEvent(), update: { ...t.maybe(3, 'time', () => t.pick(TIMES)), ...t.maybe(4, 'streamIds', () => t.some(known, 3)), ...eventFields(t, given, type), ...(t.oneIn(2) ? { type } : { content: undefined }) } };
    },
    'events.delete': () => ({ id: anEvent() }),
    'events.getOne': () => ({ id: anEvent(), ...t.maybe(2, 'includeHistory', () => true) }),
    'events.get': () => eventsGet(t, given),
    'accesses.create': () => {
      const number = given.number++;
      return { name: t.pick(NAMES) + number, token: `${given.prefix}token${number}`, type: t.pick(['app', 'shared']), permissions: permissions(t, given), ...t.maybe(4, 'deviceName', () => t.pick(['d', 'D'])), ...t.maybe(4, 'expireAfter', () => t.pick([1e6, -1])), ...t.maybe(3, 'clientData', () => ({ v: t.value(2) })) };
    },
    'accesses.get': () => ({ ...t.maybe(3, 'includeExpired', () => true), ...t.maybe(3, 'includeDeletions', () => true) }),
    'accesses.checkApp': () => ({ requestingAppId: t.pick(NAMES), requestedPermissions: permissions(t, given).map(entry => ({ ...entry, defaultName: 'd', level: entry.level === 'none' ? 'read' : entry.level })) }),
    getAccessInfo: () => ({})
  };
  const weights = { 'streams.create': 4, 'streams.update': 3, 'streams.delete': 1, 'streams.get': 3, 'events.create': 16, 'events.update': 10, 'events.delete': 5, 'events.getOne': 6, 'events.get': 18, 'accesses.create': 2, 'accesses.get': 1, 'accesses.checkApp': 1, getAccessInfo: 1 };
  const method = given.streams.length < 3 ? 'streams.create' : given.events.length < 10 ? 'events.create' : t.pick(Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name)));
  return { method, params: makers[method]() };
}

/** A few requests to the routes of series, and to those that no batch reaches. */
export function seriesCalls (below, given) {
  const t = tools(below);
  const list = [];
  const moment = () => t.oneIn(4) ? t.pick([0, 1e-9, 0.1 + 0.2, 31536000.25, 9e9]) : below(400) / 8;
  const points = () => t.pick([
    () => ({ fields: ['deltaTime', 'value'], points: Array.from({ length: below(40) }, () => [moment(), t.pick([...NUMBERS, below(50) / 4])]) }),
    () => ({ fields: ['deltaTime', 'value'], points: Array.from({ length: below(20) }, () => [moment(), t.pick(TEXTS)]) }),
    () => ({ fields: ['value', 'deltaTime'], points: Array.from({ length: below(20) }, () => [t.oneIn(2), moment()]) }),
    () => ({ fields: ['deltaTime', 'longitude', 'latitude', 'speed'], points: Array.from({ length: below(20) }, () => [moment(), t.pick(NUMBERS), below(90), t.oneIn(2) ? null : below(9)]) })
  ])();
  const flat = () => ({ format: 'flatJSON', ...points() });
  const series = () => t.oneIn(15) ? t.pick(given.events) : t.pick(given.series);
  if (given.series.length) {
    for (let i = 0; i < 3; i++) list.push({ method: 'POST', path: `/events/${series()}/series`, body: flat() });
    list.push({ method: 'POST', path: '/series/batch', body: { format: 'seriesBatch', data: Array.from({ length: below(5) }, () => ({ eventId: series(), data: flat() })) } });
    for (const query of ['', `?fromDeltaTime=${moment()}`, `?fromDeltaTime=${below(20)}&toDeltaTime=${20 + below(40)}`, `?maxPoints=${1 + below(9)}`]) list.push({ method: 'GET', path: `/events/${series()}/series${query}`, headers: t.oneIn(3) ? { accept: 'text/csv' } : {} });
  }
  const profile = t.pick(['private', 'public']);
  list.push({ method: 'PUT', path: `/profile/${profile}`, body: { [t.pick(['a', 'a.b', '$c', '', 'é'])]: t.value(3) } }, { method: 'GET', path: `/profile/${profile}` });
  return list;
}
