-- People, what they come in with, what is shared with whom, and what they did.

-- Names own things, so they are never changed and never given to another; who leaves is disabled.
create table account (
    id           varchar(32)  not null primary key,
    name         varchar(64)  not null,
    display_name varchar(200) not null,
    role         varchar(16)  not null,
    password     varchar(300),
    disabled     boolean      not null default false,
    created_at   datetime(6) not null,
    updated_at   datetime(6) not null,
    constraint account_name unique (name)
) engine = InnoDB default character set utf8mb4 collate ${collation};

-- Sessions (from signing in) and tokens made for programs; digest is that of the secret, which is kept nowhere.
create table credential (
    id          varchar(32)  not null primary key,
    account     varchar(32)  not null,
    kind        varchar(16)  not null,
    name        varchar(100) not null,
    digest      varchar(64)  not null,
    created_at  datetime(6) not null,
    expires_at  datetime(6) not null,
    used_at     datetime(6),
    revoked_at  datetime(6),
    constraint credential_digest unique (digest),
    constraint credential_account_exists foreign key (account) references account (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index credential_by_account on credential (account, created_at);
create index credential_by_expiry on credential (expires_at);

create table account_group (
    id          varchar(32)  not null primary key,
    name        varchar(64)  not null,
    created_at  datetime(6) not null,
    constraint account_group_name unique (name)
) engine = InnoDB default character set utf8mb4 collate ${collation};

create table group_member (
    group_id    varchar(32)  not null,
    account     varchar(32)  not null,
    created_at  datetime(6) not null,
    primary key (group_id, account),
    constraint group_member_group_id_exists foreign key (group_id) references account_group (id),
    constraint group_member_account_exists foreign key (account) references account (id)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index group_member_by_account on group_member (account);

-- subject is the id of a project, model or task; grantee that of an account or group.
create table share (
    id           varchar(32)  not null primary key,
    kind         varchar(16)  not null,
    subject      varchar(32)  not null,
    grantee      varchar(32)  not null,
    grantee_kind varchar(16)  not null,
    access       varchar(16)  not null,
    created_by   varchar(100) not null,
    created_at   datetime(6) not null,
    constraint share_once unique (kind, subject, grantee)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index share_by_grantee on share (grantee, kind, subject);

-- Failed tries to sign in, by digest of the name and by address.
create table login_failure (
    subject       varchar(80)  not null primary key,
    failures      int          not null,
    blocked_until datetime(6) not null,
    updated_at    datetime(6) not null
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index login_failure_by_age on login_failure (updated_at);

-- Inserted unsealed in the acting transaction; seq, previous and digest are given afterwards, in order.
create table audit (
    id          bigint       not null auto_increment primary key,
    at          datetime(6) not null,
    actor       varchar(100) not null,
    actor_kind  varchar(16)  not null,
    credential  varchar(32),
    address     varchar(64)  not null,
    act         varchar(60)  not null,
    target_kind varchar(20)  not null,
    target      varchar(100) not null,
    outcome     varchar(16)  not null,
    detail      varchar(2000) not null,
    seq         bigint,
    previous    varchar(64),
    digest      varchar(64),
    constraint audit_seq unique (seq)
) engine = InnoDB default character set utf8mb4 collate ${collation};
create index audit_by_actor on audit (actor, id);
create index audit_by_target on audit (target, id);
create index audit_by_time on audit (at);

-- 'access' rises with every change of accounts, tokens, groups and shares, so that each server knows when to ask anew.
insert into counter (name, last) values ('access', 0);
insert into counter (name, last) values ('audit', 0);
