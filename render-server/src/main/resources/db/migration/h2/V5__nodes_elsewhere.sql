-- Nodes on other machines: what they come in with, what a wrangler said of them, and what they say of themselves.

-- boot is the process that speaks as the node now; credential the digest of its secret, null for the node in a server.
alter table node add column state varchar(16) default 'ACTIVE' not null;
alter table node add column boot varchar(40);
alter table node add column machine varchar(64);
alter table node add column version varchar(64);
alter table node add column tags varchar(1000) default '' not null;
alter table node add column load_percent int default 0 not null;
alter table node add column credential varchar(64);
alter table node add column clash varchar(1000);
alter table node add column clash_at timestamp(6);
alter table node add column removed boolean default false not null;
create unique index node_credential on node (credential);

-- A word that a node must have to get chunks of the task.
alter table task add column tag varchar(32);

-- Tokens with which one node each joins; digest is that of the token, which is kept nowhere.
create table node_enrolment (
    id          varchar(32)  not null primary key,
    digest      varchar(64)  not null,
    created_by  varchar(100) not null,
    created_at  timestamp(6) not null,
    expires_at  timestamp(6) not null,
    used_at     timestamp(6),
    node        varchar(40),
    constraint node_enrolment_digest unique (digest)
);
create index node_enrolment_by_expiry on node_enrolment (expires_at);
