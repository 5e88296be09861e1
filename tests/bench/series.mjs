// Cases on series: how many points come in and go out, what a day of a thousand points a second costs, and how small signals of several kinds become.
// Beside points a second stand those a second of the worker's own processor time: these tell the same on a busy machine.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { call, newUser, sleep, workersOf } from '../lib/server.mjs';

const BODIES = 64;

/** Numbers that are the same in every run. */
function random (seed = 1) {
  return () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 2 ** 32; };
}
const gauss = any => Math.sqrt(-2 * Math.log(1 - any())) * Math.cos(2 * Math.PI * any());

/** Signals: fields, values a point at second `t`, and the points a second. */
const signals = {
  // 12 bits over 10 mV at 1 kHz: five waves of a beat, the drift of breathing, noise of two steps; in mV.
  ecg () {
    const any = random(2);
    const waves = [[0.12, 0.20, 0.025], [-0.10, 0.335, 0.010], [1.10, 0.36, 0.011], [-0.25, 0.385, 0.010], [0.30, 0.60, 0.050]];
    let phase = 0;
    return {
      type: 'series:count/generic',
      fields: ['value'],
      rate: 1000,
      next: t => {
        phase = (phase + (1.15 + 0.05 * Math.sin(t / 4)) / 1000) % 1;
        const mv = waves.reduce((sum, [height, at, width]) => sum + height * Math.exp(-((phase - at) ** 2) / (2 * width ** 2)), 0.1 * Math.sin(t * 1.6) + 0.004 * gauss(any));
        return [Math.round(mv * 4096 / 10) * 10 / 4096];
      }
    };
  },
  // In units of a microvolt, as most recorders write it down.
  'ecg-microvolt' () {
    const ecg = signals.ecg();
    return { ...ecg, next: t => [Math.round(ecg.next(t)[0] * 1000) / 1000] };
  },
  temperature () {
    const any = random(3);
    let now = 36.6;
    return { type: 'series:temperature/c', fields: ['value'], rate: 1, next: t => { now += 0.004 * gauss(any) + 0.00001 * Math.sin(t / 3000); return [Math.round(now * 100) / 100]; } };
  },
  gps () {
    const any = random(4);
    let latitude = 46.5191, longitude = 6.5668, altitude = 410, heading = 0, speed = 1.4;
    return {
      type: 'series:position/wgs84',
      fields: ['latitude', 'longitude', 'altitude', 'speed'],
      rate: 1,
      next: () => {
        heading += 0.05 * gauss(any); speed = Math.max(0, speed + 0.05 * gauss(any)); altitude += 0.1 * gauss(any);
        latitude += speed * Math.cos(heading) / 111320; longitude += speed * Math.sin(heading) / 76600;
        return [Math.round(latitude * 1e7) / 1e7, Math.round(longitude * 1e7) / 1e7, Math.round(altitude * 10) / 10, Math.round(speed * 100) / 100];
      }
    };
  },
  noise () {
    const any = random(5);
    return { type: 'series:count/generic', fields: ['value'], rate: 1000, next: () => [any() + any() / 2 ** 32] };
  }
};

const flat = (fields, rows) => `{"format":"flatJSON","fields":${JSON.stringify(['deltaTime', ...fields])},"points":[${rows.join(',')}]}`;

/** Bodies of `points` points of the ECG each, spread over the second that the request's number is. */
function bodies (points, count = BODIES) {
  const { fields, next } = signals['ecg-microvolt']();
  const digits = String(points - 1).length;
  return Array.from({ length: count }, (_, k) => flat(fields, Array.from({ length: points }, (_, i) => `[{n}.${String(i).padStart(digits, '0')},${next(k + i / points)[0]}]`)));
}

export function seriesCases ({ bench, withUser, load, tell, inTurn, cpuSeconds, create, postgres, database, userDatabase, scratch, day }) {
  const asFiles = (name, texts) => texts.map((text, i) => {
    const file = path.join(scratch, `${name}-${i}.json`);
    fs.writeFileSync(file, text);
    return '@' + file;
  });

  async function seriesEvent (server, user, type = 'series:count/generic') {
    const { status, body } = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['bench'], type } });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.event.id;
  }

  /** A load, and the processor time of the worker meanwhile. */
  async function costed (worker, fn) {
    const before = cpuSeconds(worker);
    const result = await fn();
    return { ...result, workerCpu: cpuSeconds(worker) - before };
  }
  const perPoint = (result, points) => ({
    'points/s': result.perSecond * points, 'points/s of its processor': result.requests * points / Math.max(0.01, result.workerCpu), 'worker busy': result.workerCpu / result.seconds, 'load busy': result.cpu / result.seconds
  });

  /** What the storage holds of an event: chunks, points, their bytes; and of all on the disk. */
  function stored (server, id) {
    const sql = where => `SELECT count(*), coalesce(sum(points), 0), coalesce(sum(length(bytes)), 0) FROM series_chunks WHERE ${where}`;
    const answer = postgres
      ? postgres.run(sql(`event_id = convert_to('${id}', 'UTF8')`), database())
      : execFileSync('sqlite3', [userDatabase(server.dataDir), sql(`event_id = '${id}'`)], { encoding: 'utf8' });
    const [chunks, points, bytes] = answer.trim().split('|').map(Number);
    return { chunks, points, bytes };
  }
  const onDisk = server => postgres ? Number(postgres.run("SELECT pg_total_relation_size('series_chunks')", database())) : fs.statSync(userDatabase(server.dataDir)).size;

  async function merged (server, id) {
    for (let last = -1, same = 0; same < 3; await sleep(1000)) {
      const { chunks } = stored(server, id);
      same = chunks === last ? same + 1 : 0;
      last = chunks;
    }
    return stored(server, id);
  }

  const write = (server, user, id, body, more = {}) => load(server.url, `${user.path}/events/${id}/series`, { verb: 'POST', token: user.token, body, ...more });

  return {
    async 'series-write-10' () {
      await withUser(async ({ server, user, worker }) => {
        const id = await seriesEvent(server, user);
        const ten = bodies(10);
        const [ours, plain] = await inTurn(
          () => costed(worker, () => write(server, user, id, ten)),
          () => costed(worker, () => load(server.url, `${user.path}/events`, { verb: 'POST', token: user.token, body: create })));
        tell('series-write-10', ours, { ...perPoint(ours, 10), 'events.create /s': plain.perSecond, ratio: ours.perSecond / plain.perSecond });
      });
    },

    async 'series-write-1000' () {
      await withUser(async ({ server, user, worker }) => {
        const id = await seriesEvent(server, user);
        const thousand = asFiles('thousand', bodies(1000));
        const [ours] = await inTurn(() => costed(worker, () => write(server, user, id, thousand)));
        tell('series-write-1000', ours, perPoint(ours, 1000));
      });
    },

    async 'series-batch' () {
      await withUser(async ({ server, user, worker }) => {
        for (const [series, points] of [[10, 100], [50, 10]]) {
          const ids = [];
          for (let i = 0; i < series; i++) ids.push(await seriesEvent(server, user));
          const parts = bodies(points, series);
          const body = asFiles('batch', [`{"format":"seriesBatch","data":[${ids.map((id, i) => `{"eventId":"${id}","data":${parts[i]}}`).join(',')}]}`]);
          const [ours] = await inTurn(() => costed(worker, () => load(server.url, `${user.path}/series/batch`, { verb: 'POST', token: user.token, body })));
          tell('series-batch', ours, { series, 'points each': points, ...perPoint(ours, series * points) });
        }
      });
    },

    async 'series-read-100000' () {
      await withUser(async ({ server, user, worker }) => {
        const id = await seriesEvent(server, user);
        await write(server, user, id, asFiles('thousand', bodies(1000)), { count: 100 });
        await merged(server, id);
        const [ours] = await inTurn(() => costed(worker, () => load(server.url, `${user.path}/events/${id}/series`, { token: user.token })));
        tell('series-read-100000', ours, { ...perPoint(ours, 100000), 'MB/s': ours.bytes / 1e6 / ours.seconds });
      });
    },

    async 'series-day' () {
      const dataDir = path.join(scratch, 'day');
      fs.mkdirSync(dataDir);
      let server = await bench({}, dataDir);
      try {
        const user = await newUser(server.url);
        await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'bench', name: 'Bench' } });
        const id = await seriesEvent(server, user);
        const [worker] = workersOf(server.pid);
        const before = onDisk(server);
        const ours = await costed(worker, () => write(server, user, id, asFiles('thousand', bodies(1000)), { count: day }));
        tell('series-day, written', ours, perPoint(ours, 1000));
        const began = performance.now();
        const { chunks, points, bytes } = await merged(server, id);
        const same = postgres?.serverSettings(database());
        tell('series-day, stored', null, { points, chunks, 'bytes/point': bytes / points, 'seconds of merging after': (performance.now() - began) / 1000 });
        const after = onDisk(server);
        await server.stop();
        tell('series-day, on disk', null, { 'bytes/point': ((postgres ? after : onDisk(server)) - before) / points });
        server = await bench(same, dataDir);
        const minute = (from, to) => `${user.path}/events/${id}/series?fromDeltaTime=${from}&toDeltaTime=${to}`;
        tell('series-day, first read', await load(server.url, minute(day / 2, day / 2 + 60), { token: user.token, connections: 1, count: 1 }));
        tell('series-day, any minute', await load(server.url, minute(`{n%${Math.floor(day / 1000)}}500`, `{n%${Math.floor(day / 1000)}}560`), { token: user.token, connections: 1, count: 860 }));
      } finally {
        await server.stop();
        fs.rmSync(dataDir, { recursive: true, force: true });
      }
    },

    async 'series-size' () {
      await withUser(async ({ server, user }) => {
        for (const [name, signal] of Object.entries(signals)) {
          const { type, fields, rate, next } = signal();
          const id = await seriesEvent(server, user, type);
          for (let i = 0; i < 200; i++) {
            const rows = Array.from({ length: 1000 }, (_, k) => JSON.stringify([(i * 1000 + k) / rate, ...next((i * 1000 + k) / rate)]));
            const { status, body } = await call(server.url, 'POST', `${user.path}/events/${id}/series`, { token: user.token, body: JSON.parse(flat(fields, rows)) });
            if (status !== 200) throw new Error(JSON.stringify(body));
          }
          const { points, bytes } = await merged(server, id);
          tell('series-size', null, { signal: name, points, values: fields.length, 'bytes/point': bytes / points });
        }
      });
    }
  };
}
