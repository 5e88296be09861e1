// The plans by which PostgreSQL ran statements: auto_explain writes them on its log, with the settings of EXPLAINED.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { unavailable } from './postgres.mjs';

export const EXPLAINED = ['shared_preload_libraries=auto_explain', 'auto_explain.log_min_duration=0', 'auto_explain.log_format=json', 'log_line_prefix=@%a@ '];

/** Why it cannot be asked here, or null. npm's packages have auto_explain, as Debian's postgresql has. */
export function missing (version) {
  const why = unavailable(version);
  if (why || version) return why;
  const folder = spawnSync('pg_config', ['--pkglibdir'], { encoding: 'utf8' }).stdout?.trim();
  return folder && fs.existsSync(path.join(folder, 'auto_explain.so')) ? null : "PostgreSQL's auto_explain is not installed";
}

/** The first plan of each statement of the engine. */
export function plansOf (log) {
  const plans = new Map();
  for (const [, application, json] of log.matchAll(/^@(\w*)@ LOG: {2}duration: [0-9.]+ ms {2}plan:\n((?:\t.*\n)+)/gm)) {
    if (application !== 'pryvd') continue;
    const { 'Query Text': sql, Plan: plan } = JSON.parse(json);
    if (!plans.has(sql)) plans.set(sql, plan);
  }
  return plans;
}

/** Every node, with whether it ends after a number of rows. */
export function nodesOf (plan, limited = false) {
  const within = limited || plan['Node Type'] === 'Limit';
  return [{ ...plan, limited: within }, ...(plan.Plans ?? []).flatMap(child => nodesOf(child, within))];
}
