-- Rows of many users in every table, as the engine writes them, so that a plan that reads a whole table is one that costs; for storage_pg_plans.test.mjs.
-- Their names and keys come behind those of the checks (~ is the last character of ASCII that is printed).
SET auto_explain.log_min_duration = -1;
INSERT INTO users (id, username)
  SELECT convert_to('~seed-' || n, 'UTF8'), convert_to('~seed-' || n, 'UTF8') FROM generate_series(1, 3000) AS n;
INSERT INTO events (user_number, id, head_id, stream_ids_json, time, duration, running, type, content_json, trashed, deleted, created, created_by, modified, modified_by)
  SELECT u, convert_to('e' || n, 'UTF8'), CASE WHEN n % 50 = 1 THEN convert_to('e' || n + 1, 'UTF8') END, '["s1"]', n, CASE WHEN n % 10 = 0 THEN n % 100 END, n % 100 = 5, convert_to('class' || n % 7 || '/type' || n % 20, 'UTF8'), convert_to('"' || repeat('x', 40) || '"', 'UTF8'), n % 90 = 0, CASE WHEN n % 50 = 3 THEN n END, n, 'access', n, 'access' FROM generate_series(1, 150) AS u, generate_series(1, 1000) AS n;
INSERT INTO event_streams (user_number, stream_id, time, event_id)
  SELECT user_number, convert_to('s' || time::int % 40, 'UTF8'), time, id FROM events WHERE deleted IS NULL AND head_id IS NULL;
INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM events;
INSERT INTO audit_streams SELECT * FROM event_streams;
INSERT INTO streams (user_number, id, name, parent_id, trashed, created, modified)
  SELECT u, convert_to('s' || n, 'UTF8'), convert_to('Stream ' || n, 'UTF8'), CASE WHEN n > 10 THEN convert_to('s' || n % 10, 'UTF8') END, false, n, n FROM generate_series(1, 150) AS u, generate_series(0, 199) AS n;
INSERT INTO stream_deletions SELECT u, convert_to('d' || n, 'UTF8'), n FROM generate_series(1, 150) AS u, generate_series(1, 100) AS n;
INSERT INTO accesses (user_number, id, head_id, serial, token, type, name, device_name, permissions_json, created, created_by_serial, modified, modified_by_serial, deleted)
  SELECT u, convert_to('a' || n, 'UTF8'), CASE WHEN n % 5 = 1 THEN convert_to('a' || n + 1, 'UTF8') END, n % 4, convert_to('t' || n, 'UTF8'), 'app', convert_to('name' || n, 'UTF8'), NULL, '[]', n, 0, n, 0, CASE WHEN n % 5 = 2 THEN n END FROM generate_series(1, 150) AS u, generate_series(1, 200) AS n;
INSERT INTO sessions SELECT u, convert_to('t' || n, 'UTF8'), convert_to('~seed-' || u, 'UTF8'), convert_to('app' || n, 'UTF8'), n FROM generate_series(1, 3000) AS u, generate_series(1, 10) AS n;
INSERT INTO passwords SELECT u, n, 'hash', 'x' FROM generate_series(1, 3000) AS u, generate_series(1, 10) AS n;
INSERT INTO account_fields SELECT u, convert_to('field' || n % 10, 'UTF8'), n, '"x"', 'x' FROM generate_series(1, 3000) AS u, generate_series(1, 20) AS n;
INSERT INTO key_values SELECT u, convert_to('scope' || n % 5, 'UTF8'), convert_to('key' || n, 'UTF8'), '1' FROM generate_series(1, 3000) AS u, generate_series(1, 20) AS n;
INSERT INTO webhooks SELECT u, convert_to('w' || n, 'UTF8'), convert_to('a' || n % 10, 'UTF8'), convert_to('http://x/' || n, 'UTF8'), '{}', n, n FROM generate_series(1, 1000) AS u, generate_series(1, 30) AS n;
INSERT INTO series_chunks (user_number, event_id, from_time, to_time, points, bytes)
  SELECT u, convert_to('e' || n % 20, 'UTF8'), n, n + 1, 10, 'bytes' FROM generate_series(1, 150) AS u, generate_series(1, 200) AS n;
INSERT INTO unique_fields SELECT convert_to(f, 'UTF8'), convert_to('~seed-' || n, 'UTF8')::bytea, convert_to('~seed-' || n, 'UTF8'), CASE WHEN n % 100 = 0 THEN convert_to('ticket' || n, 'UTF8') END, CASE WHEN n % 100 = 0 THEN 1e12 END FROM unnest(ARRAY['username', 'email']) AS t (f), generate_series(1, 30000) AS n;
INSERT INTO indexed_fields SELECT convert_to('~seed-' || n, 'UTF8'), 'language', 'en' FROM generate_series(1, 30000) AS n;
INSERT INTO user_cores SELECT convert_to('~seed-' || n, 'UTF8'), convert_to('core' || n % 10, 'UTF8') FROM generate_series(1, 30000) AS n;
INSERT INTO platform_values SELECT convert_to('~seed/' || n, 'UTF8'), 'value', CASE WHEN n % 10 = 0 THEN 1e12 + n END FROM generate_series(1, 30000) AS n;
ANALYZE;
