-- When a job that is ready was last handed to the broker; null: it waits here for that, or for its time.
alter table job add column sent_at datetime(6);
create index job_to_send on job (state, kind, sent_at, not_before, created_at);
create index job_by_end on job (state, ended_at, id);
