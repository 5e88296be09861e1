-- A database of schema 1 with one user, as the server of that time wrote it (pg_dump --inserts): never changed, so that every later one is tested from it.
CREATE TABLE public.accesses (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    head_id bytea,
    serial bigint NOT NULL,
    token bytea,
    type bytea,
    name bytea,
    device_name bytea,
    permissions_json bytea,
    client_data_json bytea,
    expires double precision,
    last_used double precision,
    calls_json bytea,
    integrity bytea,
    created double precision,
    created_by bytea,
    created_by_serial bigint NOT NULL,
    modified double precision,
    modified_by bytea,
    modified_by_serial bigint NOT NULL,
    deleted double precision
);
CREATE TABLE public.account_fields (
    user_number bigint NOT NULL,
    field bytea NOT NULL,
    "time" double precision NOT NULL,
    value_json bytea,
    created_by bytea
);
CREATE TABLE public.audit_events (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    number bigint NOT NULL,
    head_id bytea,
    stream_ids_json bytea,
    "time" double precision,
    duration double precision,
    running boolean NOT NULL,
    type bytea,
    content_json bytea,
    description bytea,
    client_data_json bytea,
    attachments_json bytea,
    trashed boolean NOT NULL,
    deleted double precision,
    integrity bytea,
    created double precision,
    created_by bytea,
    modified double precision,
    modified_by bytea
);
ALTER TABLE public.audit_events ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_events_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_streams (
    user_number bigint NOT NULL,
    stream_id bytea NOT NULL,
    "time" double precision NOT NULL,
    event_id bytea NOT NULL
);
CREATE TABLE public.event_streams (
    user_number bigint NOT NULL,
    stream_id bytea NOT NULL,
    "time" double precision NOT NULL,
    event_id bytea NOT NULL
);
CREATE TABLE public.events (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    number bigint NOT NULL,
    head_id bytea,
    stream_ids_json bytea,
    "time" double precision,
    duration double precision,
    running boolean NOT NULL,
    type bytea,
    content_json bytea,
    description bytea,
    client_data_json bytea,
    attachments_json bytea,
    trashed boolean NOT NULL,
    deleted double precision,
    integrity bytea,
    created double precision,
    created_by bytea,
    modified double precision,
    modified_by bytea
);
ALTER TABLE public.events ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.indexed_fields (
    username bytea NOT NULL,
    field bytea NOT NULL,
    value bytea NOT NULL
);
CREATE TABLE public.key_values (
    user_number bigint NOT NULL,
    scope bytea NOT NULL,
    key bytea NOT NULL,
    value_json bytea NOT NULL
);
CREATE TABLE public.passwords (
    user_number bigint NOT NULL,
    "time" double precision NOT NULL,
    hash bytea NOT NULL,
    created_by bytea
);
CREATE TABLE public.platform_values (
    key bytea NOT NULL,
    value bytea NOT NULL,
    expires double precision
);
CREATE TABLE public.pryvd_schema (
    version integer NOT NULL
);
CREATE TABLE public.series_chunks (
    user_number bigint NOT NULL,
    event_id bytea NOT NULL,
    id bigint NOT NULL,
    from_time double precision NOT NULL,
    to_time double precision NOT NULL,
    points bigint NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY public.series_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE public.series_chunks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.series_chunks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.sessions (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    username bytea,
    app_id bytea,
    expires double precision
);
CREATE TABLE public.stream_deletions (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    deleted double precision NOT NULL
);
CREATE TABLE public.streams (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    name bytea,
    parent_id bytea,
    client_data_json bytea,
    trashed boolean NOT NULL,
    created double precision,
    created_by bytea,
    modified double precision,
    modified_by bytea
);
CREATE TABLE public.unique_fields (
    field bytea NOT NULL,
    value bytea NOT NULL,
    username bytea NOT NULL,
    ticket bytea,
    expires double precision
);
CREATE TABLE public.user_cores (
    username bytea NOT NULL,
    core_id bytea NOT NULL
);
CREATE TABLE public.users (
    id bytea NOT NULL,
    number bigint NOT NULL,
    username bytea NOT NULL
);
ALTER TABLE public.users ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.users_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.webhooks (
    user_number bigint NOT NULL,
    id bytea NOT NULL,
    access_id bytea,
    url bytea,
    state_json bytea,
    created double precision,
    modified double precision
);
INSERT INTO public.accesses VALUES (1, '\x757a743474793030396e756966356c72743632706c6e7534', NULL, 0, '\x6f6c64657374312d736861726564', '\x736861726564', '\x736861726564', NULL, '\x5b7b2273747265616d4964223a226469617279222c226c6576656c223a2272656164227d5d', NULL, NULL, NULL, NULL, '\x4143434553533a303a7368613235362d6570566f543462507931393274427468366f5474392f4e506853706b344852724b654c35736971353136303d', 1795707707.713, '\x6865357a6c7874377663796d67706b633976793539627671', 0, 1795707707.713, '\x6865357a6c7874377663796d67706b633976793539627671', 0, NULL);
INSERT INTO public.accesses VALUES (1, '\x6865357a6c7874377663796d67706b633976793539627671', NULL, 0, '\x7a336973693168777a6b317861716667756f69666d376a6b', '\x706572736f6e616c', '\x70727976642d7465737473', NULL, NULL, NULL, NULL, 1795707707.713, '\x7b2273747265616d733a637265617465223a322c2273747265616d733a64656c657465223a322c226576656e74733a637265617465223a312c2261636365737365733a637265617465223a317d', '\x4143434553533a303a7368613235362d49486162664944383565756346726e4b316c577a6e41327578584c2f4d32596c4e79364b7444616c6857633d', 1795707707.272, '\x73797374656d', 0, 1795707707.272, '\x73797374656d', 0, NULL);
INSERT INTO public.account_fields VALUES (1, '\x6c616e6775616765', 1795707707.272, '\x22667222', '\x73797374656d');
INSERT INTO public.account_fields VALUES (1, '\x6170704964', 1795707707.272, '\x2270727976642d746573747322', '\x73797374656d');
INSERT INTO public.account_fields VALUES (1, '\x696e7669746174696f6e546f6b656e', 1795707707.272, '\x22656e6a6f7922', '\x73797374656d');
INSERT INTO public.account_fields VALUES (1, '\x656d61696c', 1795707707.272, '\x226f6c6465737431406578616d706c652e636f6d22', '\x73797374656d');
INSERT INTO public.event_streams VALUES (1, '\x6469617279', 1700000000, '\x636d6b7a303030303030303030303030303030303030306576');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (1, '\x636d6b7a303030303030303030303030303030303030306576', 1, NULL, '\x5b226469617279225d', 1700000000, NULL, false, '\x6e6f74652f747874', '\x227772697474656e20756e64657220736368656d61203122', NULL, NULL, NULL, false, NULL, '\x4556454e543a303a7368613235362d4b57474a49536b39704b6f3931664148786164714961524a43617a6b5261674a6933535967714b736c70593d', 1795707707.705, '\x6865357a6c7874377663796d67706b633976793539627671', 1795707707.705, '\x6865357a6c7874377663796d67706b633976793539627671');
INSERT INTO public.indexed_fields VALUES ('\x6f6c6465737431', '\x6c616e6775616765', '\x6672');
INSERT INTO public.indexed_fields VALUES ('\x6f6c6465737431', '\x6170704964', '\x70727976642d7465737473');
INSERT INTO public.indexed_fields VALUES ('\x6f6c6465737431', '\x696e7669746174696f6e546f6b656e', '\x656e6a6f79');
INSERT INTO public.passwords VALUES (1, 1795707707.272, '\x246172676f6e32696424763d3139246d3d31393435362c743d322c703d31242b7676384e31376b614f5979686b4934506e6f6767772445706b722f6e31347a59417968755973323259574c5a6e62463870656d6956432b6b625a446a576b4e526f', '\x73797374656d');
INSERT INTO public.platform_values VALUES ('\x636f72652d696e666f2f73696e676c65', '\x7b226964223a2273696e676c65222c22617661696c61626c65223a747275657d', NULL);
INSERT INTO public.platform_values VALUES ('\x696e7669746174696f6e732d736565646564', '\x646f6e65', NULL);
INSERT INTO public.platform_values VALUES ('\x7369676e2d696e2d6b6e6f776e2f613167687370636c6b76336539677972317561647274716e2f6c6f63616c', '\x7b226e223a312c22756e74696c223a313739353739343130372e3631357d', 1798299707.615);
INSERT INTO public.pryvd_schema VALUES (1);
INSERT INTO public.sessions VALUES (1, '\x7a336973693168777a6b317861716667756f69666d376a6b', '\x6f6c6465737431', '\x70727976642d7465737473', 1796917307.463);
INSERT INTO public.stream_deletions VALUES (1, '\x676f6e65', 1795707707.698);
INSERT INTO public.streams VALUES (1, '\x6469617279', '\x4469617279', NULL, NULL, false, 1795707707.643, '\x6865357a6c7874377663796d67706b633976793539627671', 1795707707.643, '\x6865357a6c7874377663796d67706b633976793539627671');
INSERT INTO public.unique_fields VALUES ('\x757365726e616d65', '\x6f6c6465737431', '\x6f6c6465737431', NULL, NULL);
INSERT INTO public.unique_fields VALUES ('\x656d61696c', '\x6f6c6465737431406578616d706c652e636f6d', '\x6f6c6465737431', NULL, NULL);
INSERT INTO public.user_cores VALUES ('\x6f6c6465737431', '\x73696e676c65');
INSERT INTO public.users OVERRIDING SYSTEM VALUE VALUES ('\x613167687370636c6b76336539677972317561647274716e', 1, '\x6f6c6465737431');
SELECT pg_catalog.setval('public.audit_events_number_seq', 1, false);
SELECT pg_catalog.setval('public.events_number_seq', 1, true);
SELECT pg_catalog.setval('public.series_chunks_id_seq', 1, false);
SELECT pg_catalog.setval('public.users_number_seq', 1, true);
ALTER TABLE ONLY public.accesses
    ADD CONSTRAINT accesses_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.account_fields
    ADD CONSTRAINT account_fields_pkey PRIMARY KEY (user_number, field, "time");
ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.audit_streams
    ADD CONSTRAINT audit_streams_pkey PRIMARY KEY (user_number, stream_id, "time", event_id);
ALTER TABLE ONLY public.event_streams
    ADD CONSTRAINT event_streams_pkey PRIMARY KEY (user_number, stream_id, "time", event_id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.indexed_fields
    ADD CONSTRAINT indexed_fields_pkey PRIMARY KEY (username, field);
ALTER TABLE ONLY public.key_values
    ADD CONSTRAINT key_values_pkey PRIMARY KEY (user_number, scope, key);
ALTER TABLE ONLY public.passwords
    ADD CONSTRAINT passwords_pkey PRIMARY KEY (user_number, "time");
ALTER TABLE ONLY public.platform_values
    ADD CONSTRAINT platform_values_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.series_chunks
    ADD CONSTRAINT series_chunks_pkey PRIMARY KEY (user_number, event_id, id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.stream_deletions
    ADD CONSTRAINT stream_deletions_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (user_number, id);
ALTER TABLE ONLY public.unique_fields
    ADD CONSTRAINT unique_fields_pkey PRIMARY KEY (field, value);
ALTER TABLE ONLY public.user_cores
    ADD CONSTRAINT user_cores_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username UNIQUE (username);
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (user_number, id);
CREATE INDEX accesses_deleted ON public.accesses USING btree (user_number, deleted, id) WHERE ((deleted IS NOT NULL) AND (head_id IS NULL));
CREATE UNIQUE INDEX accesses_name ON public.accesses USING btree (user_number, name, type, COALESCE(device_name, '\x'::bytea), ((device_name IS NULL))) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE UNIQUE INDEX accesses_token ON public.accesses USING btree (user_number, token) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX accesses_versions ON public.accesses USING btree (user_number, head_id, serial) WHERE (head_id IS NOT NULL);
CREATE INDEX audit_events_by_duration ON public.audit_events USING btree (user_number, duration) WHERE ((deleted IS NULL) AND (head_id IS NULL) AND (duration IS NOT NULL));
CREATE INDEX audit_events_by_modified ON public.audit_events USING btree (user_number, modified) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX audit_events_by_time ON public.audit_events USING btree (user_number, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX audit_events_by_type ON public.audit_events USING btree (user_number, type, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX audit_events_deleted ON public.audit_events USING btree (user_number, deleted, id) WHERE ((deleted IS NOT NULL) AND (head_id IS NULL));
CREATE INDEX audit_events_running ON public.audit_events USING btree (user_number, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL) AND running);
CREATE INDEX audit_events_versions ON public.audit_events USING btree (user_number, head_id, modified) WHERE (head_id IS NOT NULL);
CREATE INDEX events_by_duration ON public.events USING btree (user_number, duration) WHERE ((deleted IS NULL) AND (head_id IS NULL) AND (duration IS NOT NULL));
CREATE INDEX events_by_modified ON public.events USING btree (user_number, modified) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX events_by_time ON public.events USING btree (user_number, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX events_by_type ON public.events USING btree (user_number, type, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL));
CREATE INDEX events_deleted ON public.events USING btree (user_number, deleted, id) WHERE ((deleted IS NOT NULL) AND (head_id IS NULL));
CREATE INDEX events_running ON public.events USING btree (user_number, "time", id) WHERE ((deleted IS NULL) AND (head_id IS NULL) AND running);
CREATE INDEX events_versions ON public.events USING btree (user_number, head_id, modified) WHERE (head_id IS NOT NULL);
CREATE INDEX platform_values_expires ON public.platform_values USING btree (expires) WHERE (expires IS NOT NULL);
CREATE INDEX sessions_app ON public.sessions USING btree (user_number, username, app_id);
CREATE INDEX stream_deletions_deleted ON public.stream_deletions USING btree (user_number, deleted, id);
CREATE UNIQUE INDEX streams_name ON public.streams USING btree (user_number, COALESCE(parent_id, '\x'::bytea), ((parent_id IS NULL)), name);
CREATE INDEX unique_fields_ticket ON public.unique_fields USING btree (ticket) WHERE (ticket IS NOT NULL);
CREATE INDEX unique_fields_username ON public.unique_fields USING btree (username);
CREATE UNIQUE INDEX webhooks_url ON public.webhooks USING btree (user_number, access_id, url);
