#!/usr/bin/env node
// Starts the server as a profile wants it, plays that profile's scenarios, and counts agreeing steps per area.
//   node run-profile.mjs [--profile base]... [--all] [--only REGEX] [--verbose]      counts, and compares with the record
//   node run-profile.mjs --storage postgresql|mongodb ...                            on another storage than SQLite; mongodb: on FerretDB
//   node run-profile.mjs --all --record-counts                                       makes today's counts the record
// ../conformance-recorded.json holds the last numbers: an area that agrees in fewer steps than recorded fails.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildExample, buildTestStores, pluginDirWith } from '../lib/examples.mjs';
import { startFerretdb, unavailable as ferretdbUnavailable } from '../lib/ferretdb.mjs';
import { startPostgres, unavailable as postgresUnavailable } from '../lib/postgres.mjs';
import { freePort, startServer } from '../lib/server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const recordFile = path.join(here, '..', 'conformance-recorded.json');
const { values: opt } = parseArgs({
  options: {
    profile: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    storage: { type: 'string', default: 'sqlite' },
    'record-counts': { type: 'boolean', default: false }
  }
});

// These need more than a configuration: other cores' data, plugins, or a platform store beside the server.
const needsMore = {
  'multi-core': 'needs a platform store of several cores',
  'pii-hashed': 'needs a platform store of several cores',
  admin: 'needs the admin plugin'
};

// Databases beside the server: each profile gets one that is empty.
const storages = {
  sqlite: { unavailable: () => null, start: () => ({ settings: () => ({}), end () {} }) },
  postgresql: {
    unavailable: postgresUnavailable,
    start () {
      const postgres = startPostgres();
      return { settings: () => postgres.serverSettings(postgres.newDatabase()), end: postgres.end };
    }
  },
  mongodb: {
    unavailable: () => ferretdbUnavailable('postgresql'), // with SQLite it takes a quarter of an hour
    start () {
      const ferretdb = startFerretdb();
      return { settings: () => ferretdb.serverSettings(ferretdb.newDatabase()), end: ferretdb.end };
    }
  }
};
if (!storages[opt.storage]) {
  console.error(`--storage: one of ${Object.keys(storages).join(', ')}`);
  process.exit(2);
}
const engine = storages[opt.storage];
const why = engine.unavailable();
if (why) {
  console.log(`0 passed, 0 failed, 1 skipped: ${why}`);
  process.exit(0);
}
const storage = engine.start();

// Plugins that a profile wants installed beside the server's own.
const plugins = { 'custom-auth': () => [buildExample('custom-auth')], stores: () => [buildTestStores()] };

function profilesWithScenarios () {
  const found = new Set();
  const walk = dir => fs.readdirSync(dir, { withFileTypes: true }).forEach(entry => {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) walk(file);
    else if (/^[^_].*\.mjs$/.test(entry.name)) found.add(/^export const profile = '([^']+)'/m.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? 'base');
  });
  walk(path.join(here, 'suites'));
  return [...found].sort((a, b) => (a !== 'base') - (b !== 'base') || (a < b ? -1 : 1));
}

/** The configuration of a profile, with the runner's port where it has the usual one: several runs need not wait for each other. */
function configsOf (profile, sinkPort, folder) {
  return [...new Set(['base.yml', `${profile}.yml`])].filter(name => fs.existsSync(path.join(here, 'config', name))).map(name => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, fs.readFileSync(path.join(here, 'config', name), 'utf8').replaceAll('127.0.0.1:9009', `127.0.0.1:${sinkPort}`));
    return file;
  });
}

async function play (profile) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-conformance-'));
  const sinkPort = await freePort();
  const folder = plugins[profile] && pluginDirWith(...plugins[profile]());
  const server = await startServer({ configs: configsOf(profile, sinkPort, work), set: storage.settings(), args: folder ? ['--plugin-dir', folder] : [] });
  const reportFile = path.join(work, 'report.json');
  const args = [path.join(here, 'run.mjs'), '--target', server.url, '--profile', profile, '--report', reportFile, '--sink-port', String(sinkPort)];
  if (opt.only) args.push('--only', opt.only);
  if (opt.verbose) args.push('--verbose');
  const runner = spawn(process.execPath, args, { stdio: ['ignore', opt.verbose ? 'inherit' : 'pipe', 'inherit'] });
  runner.stdout?.resume();
  const status = await new Promise(resolve => runner.once('close', resolve));
  const end = await server.stop();
  if (folder) fs.rmSync(folder, { recursive: true });
  if (end.code !== 0) throw new Error(`the server ended with ${JSON.stringify(end)}\n${server.log().split('\n').slice(-40).join('\n')}`);
  if (status === 2 || !fs.existsSync(reportFile)) throw new Error(`the runner ended with status ${status}`);
  const report = JSON.parse(fs.readFileSync(reportFile, 'utf8'));
  fs.rmSync(work, { recursive: true });
  return report;
}

const record = fs.existsSync(recordFile) ? JSON.parse(fs.readFileSync(recordFile, 'utf8')) : {};
const profiles = opt.all ? profilesWithScenarios() : opt.profile.length ? opt.profile : ['base'];
const counts = {}; // "profile/area": { agree, differ }
const problems = [];

/** Areas of a profile with their counts. */
async function playAndCount (profile) {
  const areas = {};
  for (const { scenario, passed, failed } of (await play(profile)).scenarios) {
    const area = `${profile}/${path.dirname(scenario)}`;
    areas[area] ??= { agree: 0, differ: 0 };
    areas[area].agree += passed;
    areas[area].differ += failed;
  }
  return areas;
}

const dropsIn = areas => !opt.only && Object.entries(areas).some(([area, { agree }]) => agree < (record[area] ?? 0));

for (const profile of profiles) {
  if (needsMore[profile]) continue;
  try {
    let areas = await playAndCount(profile);
    if (dropsIn(areas)) { // some scenarios wait for clocks, and a busy machine is late: only what is lost twice is lost
      const again = await playAndCount(profile);
      for (const area of Object.keys(areas)) if ((again[area]?.agree ?? 0) > areas[area].agree) areas = { ...areas, [area]: again[area] };
    }
    Object.assign(counts, areas);
  } catch (error) {
    problems.push(`${profile}: ${error.message}`);
  }
}

storage.end();

let agree = 0; let differ = 0; let dropped = 0;
console.log('area                              agree      of  recorded');
for (const area of [...new Set([...Object.keys(counts), ...(opt.all && !opt.only ? Object.keys(record) : [])])]) {
  const now = counts[area] ?? { agree: 0, differ: 0 };
  const before = opt.only ? 0 : record[area] ?? 0;
  const lost = Math.max(0, before - now.agree);
  console.log(`${area.padEnd(32)} ${String(now.agree).padStart(6)}  ${String(now.agree + now.differ).padStart(6)}  ${String(before).padStart(8)}${lost ? `   ${lost} FEWER THAN RECORDED` : ''}`);
  agree += now.agree; differ += now.differ; dropped += lost;
}
for (const profile of profiles.filter(name => needsMore[name])) console.log(`not played: ${profile} (${needsMore[profile]})`);
for (const problem of problems) console.log(`FAIL ${problem}`);

if (opt['record-counts'] && problems.length === 0) {
  const next = { ...record };
  for (const [area, { agree }] of Object.entries(counts)) next[area] = agree;
  fs.writeFileSync(recordFile, JSON.stringify(next, Object.keys(next).sort(), 1) + '\n');
}
const failed = (opt['record-counts'] ? 0 : dropped) + problems.length;
console.log(`${agree} passed, ${failed} failed, ${Math.max(0, differ - failed)} skipped: steps that do not agree yet and are not recorded as agreeing`);
process.exit(failed ? 1 : 0);
