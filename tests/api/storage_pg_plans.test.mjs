// How PostgreSQL runs the statements of storage-pg on large tables: the kit calls every function of the contract, PostgreSQL writes down the plan of
// each statement (auto_explain), and none may read a table to find a few rows of it. On the oldest and the newest version too: each chooses in its own way.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EXPLAINED, missing, nodesOf, plansOf } from '../lib/plans.mjs';
import { otherVersions, startPostgres } from '../lib/postgres.mjs';
import { pryvd } from '../lib/server.mjs';

const built = path.dirname(pryvd);

/** Subjects of the kit that ask every function; those about races and chance ask no other statements. */
const SUBJECTS = '^(users|streams|events|deletions|accesses|sessions|account|values|webhooks|series|audit|platform|carrying|erase|creations|pages|queries: [^a])';

/** Statements that are about all users by what they are for, and are no user's request. */
const ABOUT_ALL = [
  /^SELECT core_id, count\(\*\) FROM user_cores/, // how many users each core has
  /^(SELECT version FROM|UPDATE) pryvd_schema/ // one row
];

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
    postgres = startPostgres([...EXPLAINED, 'autovacuum=off'], version);
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

  test('each index of events is read by one of them', () => {
    const names = postgres.run("SELECT indexrelid::regclass FROM pg_index WHERE indrelid IN ('events'::regclass, 'event_streams'::regclass)").split('\n');
    const read = new Set([...plans.values()].flatMap(plan => nodesOf(plan)).map(node => node['Index Name']));
    assert.deepEqual(names.filter(name => !read.has(name)), []);
  });

  test('what is merged in order is not sorted', () => {
    const merged = [...plans].filter(([sql]) => /\) UNION ALL \(/.test(sql) && !/unnest/.test(sql)); // lists of streams are short
    assert.ok(merged.length >= 2, 'both directions');
    for (const [sql, plan] of merged) assert.deepEqual(nodesOf(plan).map(node => node['Node Type']).filter(type => /Sort|Append/.test(type)), ['Merge Append'], sql);
  });
});
