-- The version of Blender that a person named for a model, which may be older than the file.
alter table model_version add column blender varchar(32);
