-- The first schema. Ids are UUIDs of version 7 as 32 hexadecimal digits, digests are SHA-256 as 64; times are UTC by the
-- database's clock; states and kinds are written as words. Hibernate maps these tables and never makes them.
-- As the one for H2. A path is too long for a key, so its digest stands in for it.

create table project (
    id          varchar(32)  not null primary key,
    name        varchar(200) not null,
    owner       varchar(100) not null,
    created_at  datetime(6) not null,
    constraint project_name unique (owner, name)
) engine = InnoDB default character set utf8mb4 collate ${collation};

-- ---------------------------------------------------------------------------------------------------------- models

create table model (
    id          varchar(32)  not null primary key,
    project     varchar(32)  not null,
    name        varchar(200) not null,
    owner       varchar(100) not null,
    tags        varchar(1000) not null default '',
    newest      varchar(32),
    deleted     boolean      not null default false,
    created_at  datetime(6) not null,
    updated_at  datetime(6) not null,
    constraint model_project_exists foreign key (project) references project (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index model_by_owner on model (owner, deleted, name);
create index model_by_age on model (deleted, created_at, id);

create table model_version (
    id              varchar(32)  not null primary key,
    model           varchar(32)  not null,
    version         int          not null,
    state           varchar(16)  not null,
    root            varchar(1024) not null,
    format          varchar(16)  not null,
    manifest_digest varchar(64)  not null,
    bytes           bigint       not null,
    saved_by        varchar(32),
    inspection      longtext,
    warnings        longtext,
    problem         varchar(4000),
    problem_code    varchar(64),
    thumbnail       varchar(64),
    engine          varchar(32),
    objects         int          not null default 0,
    triangles       bigint       not null default 0,
    animated        boolean      not null default false,
    missing_files   int          not null default 0,
    created_by      varchar(100) not null,
    created_at      datetime(6) not null,
    updated_at      datetime(6) not null,
    constraint model_version_number unique (model, version),
    constraint model_version_model_exists foreign key (model) references model (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index model_version_by_manifest on model_version (manifest_digest);
create index model_version_by_state on model_version (state, created_at);

create table model_file (
    version     varchar(32)   not null,
    path        varchar(1024) not null,
    sha256      varchar(64)   not null,
    size        bigint        not null,
    path_digest char(64) character set ascii collate ascii_bin generated always as (sha2(path, 256)) stored,
    constraint model_file_path unique (version, path_digest),
    constraint model_file_version_exists foreign key (version) references model_version (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index model_file_by_digest on model_file (sha256);

create table `blob` (
    sha256      varchar(64)  not null primary key,
    size        bigint       not null,
    created_at  datetime(6) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};

-- Who sent which bytes: a digest alone never gives access to another's.
create table owned_blob (
    owner       varchar(100) not null,
    sha256      varchar(64)  not null,
    created_at  datetime(6) not null,
    primary key (owner, sha256)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index owned_blob_by_digest on owned_blob (sha256);

-- Uploads under way (tus): the state is here, the bytes are in the store's own staging place.
create table upload (
    id          varchar(32)  not null primary key,
    version     varchar(32)  not null,
    sha256      varchar(64)  not null,
    owner       varchar(100) not null,
    size        bigint       not null,
    received    bigint       not null default 0,
    created_at  datetime(6) not null,
    expires_at  datetime(6) not null,
    constraint upload_version_exists foreign key (version) references model_version (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index upload_by_expiry on upload (expires_at);
create index upload_by_version on upload (version);

-- ------------------------------------------------------------------------------------------------- nodes and engines

create table node (
    id           varchar(40)  not null primary key,
    name         varchar(200) not null,
    slots        int          not null,
    cores        int          not null,
    memory_bytes bigint       not null,
    set_aside    boolean      not null default false,
    why          varchar(1000),
    failures     int          not null default 0,
    seen_at      datetime(6) not null,
    created_at   datetime(6) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};

create table engine (
    id           varchar(32)   not null primary key,
    node         varchar(40)   not null,
    version      varchar(32)   not null,
    build_hash   varchar(64)   not null,
    backend      varchar(32)   not null,
    containment  varchar(200)  not null,
    source       varchar(32)   not null,
    place        varchar(1024) not null,
    fingerprint  varchar(200)  not null,
    capabilities longtext,
    proved_at    datetime(6),
    problem      varchar(4000),
    removed      boolean       not null default false,
    created_at   datetime(6)  not null,
    updated_at   datetime(6)  not null,
    place_digest char(64) character set ascii collate ascii_bin generated always as (sha2(place, 256)) stored,
    constraint engine_place unique (node, backend, place_digest)
) engine = InnoDB default character set utf8mb4 collate ${collation};

-- ------------------------------------------------------------------------------------------------------------- tasks

-- State, priority, owner and pool live here and not on chunks; so do the counters, which every transition changes under
-- this row's lock and from which the state is derived.
create table task (
    id               varchar(32)  not null primary key,
    number           bigint       not null,
    seq              bigint       not null,
    name             varchar(200) not null,
    owner            varchar(100) not null,
    project          varchar(32)  not null,
    model            varchar(32)  not null,
    version          varchar(32)  not null,
    state            varchar(20)  not null,
    pool             varchar(120) not null default '',
    priority         int          not null,
    task_rank        int          not null,
    go_next          boolean      not null default false,
    generation       int          not null default 1,
    revision         bigint       not null default 1,
    frames_wanted    varchar(4000),
    frames           longtext,
    scene            varchar(200),
    settings         longtext         not null,
    wanted_variants  longtext,
    blender          varchar(32),
    engine           varchar(32),
    engine_version   varchar(32),
    engine_build     varchar(64),
    device           varchar(32),
    planned          boolean      not null default false,
    strict           boolean      not null default false,
    fresh            boolean      not null default false,
    telling          boolean      not null default false,
    trusted          boolean      not null default false,
    outputs          int          not null default 0,
    outputs_done     int          not null default 0,
    outputs_reused   int          not null default 0,
    outputs_failed   int          not null default 0,
    ready            int          not null default 0,
    leased           int          not null default 0,
    running          int          not null default 0,
    retry_wait       int          not null default 0,
    succeeded        int          not null default 0,
    failed           int          not null default 0,
    cancelled        int          not null default 0,
    spent_ms         bigint       not null default 0,
    measure          varchar(64),
    newest_result    varchar(32),
    warnings         longtext,
    why              varchar(4000),
    idempotency_key  varchar(200),
    request_digest   varchar(64),
    queued_at        datetime(6) not null,
    created_at       datetime(6) not null,
    started_at       datetime(6),
    ended_at         datetime(6),
    updated_at       datetime(6) not null,
    constraint task_number unique (number),
    constraint task_idempotency unique (owner, idempotency_key)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index task_choice on task (pool, state, owner, task_rank desc, seq);
create index task_next on task (go_next, pool, state, task_rank desc, seq);
create index task_by_state on task (state, seq);
create index task_by_version on task (version, planned);

create table task_dependency (
    task        varchar(32) not null,
    after_task  varchar(32) not null,
    primary key (task, after_task),
    constraint task_dependency_task_exists foreign key (task) references task (id),
    constraint task_dependency_after_task_exists foreign key (after_task) references task (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index task_dependency_of on task_dependency (after_task);

create table variant (
    task        varchar(32)  not null,
    ordinal     int          not null,
    name        varchar(200) not null,
    overrides   longtext,
    primary key (task, ordinal),
    constraint variant_task_exists foreign key (task) references task (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};

create table chunk (
    id           varchar(32)  not null primary key,
    task         varchar(32)  not null,
    ordinal      int          not null,
    kind         varchar(16)  not null,
    state        varchar(16)  not null,
    variant      int          not null,
    frames       longtext         not null,
    outputs      int          not null,
    outputs_done int          not null default 0,
    failures     int          not null default 0,
    lost_leases  int          not null default 0,
    attempt      varchar(32),
    node         varchar(40),
    lease_until  datetime(6),
    not_before   datetime(6),
    constraint chunk_task_exists foreign key (task) references task (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index chunk_choice on chunk (task, state, ordinal);
create index chunk_by_lease on chunk (state, lease_until);
create index chunk_by_due on chunk (state, not_before);

create table output (
    id          varchar(32)  not null primary key,
    task        varchar(32)  not null,
    chunk       varchar(32),
    ordinal     int          not null,
    variant     int          not null,
    frame       int          not null,
    layer       varchar(200) not null,
    stereo_view varchar(200) not null,
    part        varchar(40)  not null,
    recipe      varchar(64)  not null,
    result      varchar(32),
    failed      boolean      not null default false,
    constraint output_name unique (task, variant, frame, layer, stereo_view, part),
    constraint output_task_exists foreign key (task) references task (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index output_by_chunk on output (chunk, ordinal);

create table attempt (
    id          varchar(32)  not null primary key,
    chunk       varchar(32)  not null,
    task        varchar(32)  not null,
    node        varchar(40)  not null,
    engine      varchar(32)  not null,
    state       varchar(16)  not null,
    generation  int          not null,
    failure     varchar(16),
    code        varchar(64),
    message     varchar(4000),
    detail      longtext,
    published   int          not null default 0,
    late        int          not null default 0,
    created_at  datetime(6) not null,
    started_at  datetime(6),
    ended_at    datetime(6),
    constraint attempt_chunk_exists foreign key (chunk) references chunk (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index attempt_by_chunk on attempt (chunk, created_at);
create index attempt_by_node on attempt (node, state);
create index attempt_by_task on attempt (task, created_at);

-- slot is '' for the picture itself, and names the File Output node and file of what came with it.
create table result (
    id          varchar(32)  not null primary key,
    task        varchar(32)  not null,
    output      varchar(32)  not null,
    slot        varchar(500) not null,
    kind        varchar(16)  not null,
    variant     varchar(200) not null,
    frame       int          not null,
    layer       varchar(200) not null,
    stereo_view varchar(200) not null,
    part        varchar(40)  not null,
    extension   varchar(16)  not null,
    sha256      varchar(64)  not null,
    bytes       bigint       not null,
    width       int          not null,
    height      int          not null,
    seconds     double not null,
    reused      boolean      not null,
    camera      varchar(200),
    device      varchar(100),
    node_name   varchar(200),
    recipe      varchar(64)  not null,
    measure     varchar(64)  not null,
    attempt     varchar(32),
    created_at  datetime(6) not null,
    constraint result_of_output unique (output, slot),
    constraint result_task_exists foreign key (task) references task (id),
    constraint result_output_exists foreign key (output) references output (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index result_by_recipe on result (recipe, slot);
create index result_by_measure on result (measure, created_at);
create index result_by_task on result (task, id);
create index result_by_digest on result (sha256);

-- Nodes that get no more chunks of a task, because they kept failing it.
create table node_block (
    task        varchar(32)  not null,
    node        varchar(40)  not null,
    failures    int          not null default 0,
    blocked     boolean      not null default false,
    updated_at  datetime(6) not null,
    primary key (task, node),
    constraint node_block_task_exists foreign key (task) references task (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};

-- ------------------------------------------------------------------------------------- what happened, and is announced

-- The outbox: a row is written in the transaction of the change; it gets its number after the commit.
create table event (
    id          bigint       not null auto_increment primary key,
    seq         bigint,
    type        varchar(20)  not null,
    subject     varchar(32)  not null,
    task        varchar(32),
    owner       varchar(100) not null,
    data        longtext,
    created_at  datetime(6) not null,
    constraint event_seq unique (seq)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index event_by_age on event (created_at);

create table timeline (
    id          bigint       not null auto_increment primary key,
    task        varchar(32)  not null,
    at          datetime(6) not null,
    actor       varchar(100) not null,
    subject     varchar(16)  not null,
    subject_id  varchar(32)  not null,
    state_from  varchar(20),
    state_to    varchar(20)  not null,
    why         varchar(4000)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index timeline_by_task on timeline (task, id);

create table task_log (
    id          bigint       not null auto_increment primary key,
    task        varchar(32)  not null,
    attempt     varchar(32)  not null,
    at          datetime(6) not null,
    level       varchar(16)  not null,
    message     varchar(4000) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index task_log_by_task on task_log (task, id);

-- ------------------------------------------------------------------------------------------------ work, leases, values

-- Work to do once, somewhere: in the server (plan) or on a node (inspect, thumbnail).
create table job (
    id          varchar(80)  not null primary key,
    kind        varchar(20)  not null,
    subject     varchar(32)  not null,
    owner       varchar(100) not null,
    state       varchar(16)  not null,
    attempts    int          not null default 0,
    lost_leases int          not null default 0,
    attempt     varchar(32),
    node        varchar(40),
    engine      varchar(32),
    not_before  datetime(6) not null,
    lease_until datetime(6),
    code        varchar(64),
    message     varchar(4000),
    created_at  datetime(6) not null,
    ended_at    datetime(6)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index job_choice on job (state, kind, not_before, created_at);
create index job_by_lease on job (state, lease_until);
create index job_by_attempt on job (attempt);
create index job_by_subject on job (subject, kind);

-- Duties that one server has at a time.
create table lease (
    name        varchar(40)  not null primary key,
    holder      varchar(32)  not null,
    lease_until datetime(6) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};

create table counter (
    name        varchar(40)  not null primary key,
    last        bigint       not null
) engine = InnoDB default character set utf8mb4 collate ${collation};
insert into counter (name, last) values ('task', 0), ('event', 0);

create table setting (
    name          varchar(100) not null primary key,
    setting_value varchar(4000) not null,
    updated_at    datetime(6) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};
