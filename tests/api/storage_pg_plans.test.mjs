// How PostgreSQL runs the statements of storage-pg on large tables: the kit calls every function of the contract, PostgreSQL writes down the plan of
// each statement (auto_explain), and none may read a table to find a few rows of it. On the oldest and the newest version too: each chooses in its own way.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { otherVersions, startPostgres, unavailable } from '../lib/postgres.mjs';
import { pryvd } from '../lib/server.mjs';

const built = path.dirname(pryvd);

/** Subjects of the kit that ask every function; those about races and chance ask no other statements. */
const SUBJECTS = '^(users|streams|events|deletions|accesses|sessions|account|values|webhooks|series|audit|platform|carrying|erase|creations|pages|queries: [^a])';

/** Statements that are about all users by what they are for, and are no user's request. */
const ABOUT_ALL = [
  /^SELECT core_id, count\(\*\) FROM user_cores/, // how many users each core has
  /^(SELECT version FROM|UPDATE) pryvd_schema/ // one row
];

/** Why it cannot be asked here, or null. npm's packages have auto_explain, as Debian's postgresql has. */
function missing (version) {
  const why = unavailable(version);
  if (why || version) return why;
  const folder = spawnSync('pg_config', ['--pkglibdir'], { encoding: 'utf8' }).stdout?.trim();
  return folder && fs.existsSync(path.join(folder, 'auto_explain.so')) ? null : "PostgreSQL's auto_explain is not installed";
}

/** The first plan of each statement of the engine. */
function plansOf (log) {
  const plans = new Map();
  for (const [, application, json] of log.matchAll(/^@(\w*)@ LOG: {2}duration: [0-9.]+ ms {2}plan:\n((?:\t.*\n)+)/gm)) {
    if (application !== 'pryvd') continue;
    const { 'Query Text': sql, Plan: plan } = JSON.parse(json);
    if (!plans.has(sql)) plans.set(sql, plan);
  }
  return plans;
}

/** Every node, with whether it ends after a number of rows. */
function nodesOf (plan, limited = false) {
  const within = limited || plan['Node Type'] === 'Limit';
  return [{ ...plan, limited: within }, ...(plan.Plans ?? []).flatMap(child => nodesOf(child, within))];
}

/** What is wrong with how a table is read, or null. All rows of one user may be read where all are wanted: nothing is sorted out of them. */
function complaint (node) {
  const kind = node['Node Type'];
  const condition = node['Index Cond'];
  if (kind === 'Seq Scan') return 'reads the whole table';
  if (!kind.startsWith('Index')) return null;
  if (!condition) return node.limited ? null : 'reads the whole index';
  if (node.limited && node.Filter === '(NOT trashed)') return null; // a page: hardly one of them is
  return /^\(\w*\.?user_number = [^()]+\)$/.test(condition) && node.Filter ? `reads all of a user to find ${node.Filter}` : null;
}

for (const version of [undefined, ...otherVersions()]) describe(`statements on large tables${version ? `, on PostgreSQL ${version}` : ''}`, { skip: missing(version) ?? false }, () => {
  let postgres, plans, kit, output;
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-test-'));
  before(() => {
    postgres = startPostgres(['shared_preload_libraries=auto_explain', 'auto_explain.log_min_duration=0', 'auto_explain.log_format=json', 'log_line_prefix=@%a@ ', 'autovacuum=off'], version);
    const settings = Object.entries(postgres.serverSettings()).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    execFileSync(pryvd, ['--data-dir', dataDir, '--check', ...settings], { stdio: 'pipe' }); // makes the tables
    postgres.runFile(new URL('storage_pg/large_tables.sql', import.meta.url).pathname);
    kit = spawnSync(path.join(built, 'pryvd-storage-check'), [path.join(built, 'plugins/storage-pg.so'), '--data-dir', dataDir, '--only', SUBJECTS, ...settings.slice(2)], { encoding: 'utf8', timeout: 300000 });
    output = kit.stdout + kit.stderr;
    plans = plansOf(postgres.log());
  });
  after(() => {
    postgres?.end();
    fs.rmSync(dataDir, { recursive: true });
  });

  test('the kit passes on them', () => {
    assert.equal(kit.status, 0, output);
  });

  test('the plans of all statements are known, on every table', () => {
    assert.ok(plans.size > 130, `only ${plans.size} statements`);
    const tables = postgres.run("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace").split('\n');
    const read = new Set([...plans.values()].flatMap(plan => nodesOf(plan)).map(node => node['Relation Name']));
    assert.deepEqual(tables.filter(table => !read.has(table)), []);
  });

  test('the tables are large', () => {
    for (const table of ['events', 'event_streams', 'streams', 'accesses', 'audit_events', 'key_values', 'unique_fields', 'user_cores', 'platform_values']) {
      assert.ok(Number(postgres.run(`SELECT count(*) FROM ${table}`)) >= 30000, table);
    }
  });

  test('none reads a table, or all of a user, to find a few rows', () => {
    const bad = [];
    for (const [sql, plan] of plans) {
      if (ABOUT_ALL.some(pattern => pattern.test(sql))) continue;
      for (const node of nodesOf(plan)) {
        const wrong = complaint(node);
        if (wrong) bad.push(`${node['Relation Name']}: ${wrong}: ${sql.slice(0, 200)}`);
      }
    }
    assert.deepEqual(bad, []);
  });

  test('what is merged in order is not sorted', () => {
    const merged = [...plans].filter(([sql]) => /\) UNION ALL \(/.test(sql) && !/unnest/.test(sql)); // lists of streams are short
    assert.ok(merged.length >= 2, 'both directions');
    for (const [sql, plan] of merged) assert.deepEqual(nodesOf(plan).map(node => node['Node Type']).filter(type => /Sort|Append/.test(type)), ['Merge Append'], sql);
  });
});
