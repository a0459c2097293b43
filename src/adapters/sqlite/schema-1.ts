/** Version 1 of the tables (docs/spec/data-folder.md). STRICT: SQLite itself refuses a value of the wrong type. */
export const SCHEMA_1 = `
create table member (
  id text primary key, handle text not null unique, display_name text not null, url text, created_at integer not null
) strict;

create table account (
  id text primary key, name text not null, name_key text not null unique,
  kind text not null check (kind in ('user', 'organisation')), full_name text not null,
  password_hash text, is_operator integer not null check (is_operator in (0, 1)), created_at integer not null
) strict;
create table membership (
  organisation_id text not null references account on delete cascade,
  user_id text not null references account on delete cascade,
  role text not null check (role in ('read', 'write', 'admin')),
  primary key (organisation_id, user_id)
) strict, without rowid;
create index membership_user on membership (user_id);
create table access_token (
  id text primary key, user_id text not null references account on delete cascade, display_name text not null,
  secret_hash text not null unique, scope text not null check (scope in ('read', 'write', 'limited')), limits text,
  created_at integer not null, last_used_at integer
) strict;
create index access_token_user on access_token (user_id);
create table session (
  secret_hash text primary key, user_id text not null references account on delete cascade,
  created_at integer not null, expires_at integer not null
) strict;
create index session_user on session (user_id);
create table one_time_link (
  secret_hash text primary key, purpose text not null check (purpose in ('set-up', 'password')),
  user_id text references account on delete cascade, expires_at integer not null
) strict;
create table sign_in_attempt (subject text not null, failed_at integer not null) strict;
create index sign_in_attempt_subject on sign_in_attempt (subject, failed_at);

create table repository (
  id text primary key, member_id text not null references member, kind text not null check (kind in ('model', 'dataset')),
  namespace text not null, name text not null, key text not null,
  visibility text not null check (visibility in ('public', 'private')),
  gated text not null check (gated in ('no', 'auto', 'manual')), disabled integer not null default 0,
  downloads integer not null default 0, created_at integer not null, modified_at integer not null,
  unique (kind, key)
) strict;
create index repository_modified on repository (kind, modified_at);
create table repository_alias (
  kind text not null, key text not null, repository_id text not null references repository on delete cascade,
  primary key (kind, key)
) strict, without rowid;
create table ref (
  repository_id text not null references repository on delete cascade, name text not null, oid text not null,
  primary key (repository_id, name)
) strict, without rowid;
create table git_object (
  oid text primary key, type text not null check (type in ('blob', 'tree', 'commit', 'tag')), size integer not null,
  data blob not null, lfs_sha256 text, lfs_size integer
) strict;
create table repository_object (
  repository_id text not null references repository on delete cascade, oid text not null references git_object,
  primary key (repository_id, oid)
) strict, without rowid;

create table xorb (
  hash text primary key, location text not null unique, stored_bytes integer not null, raw_bytes integer not null,
  chunk_count integer not null, created_at integer not null, announced_at integer not null, chunks blob not null
) strict;
create table file (
  xet_hash text primary key, sha256 text not null, size integer not null, created_at integer not null, terms blob not null
) strict;
create index file_sha256 on file (sha256);
create table repository_file (
  repository_id text not null references repository on delete cascade, sha256 text not null,
  xet_hash text not null references file, primary key (repository_id, sha256, xet_hash)
) strict, without rowid;
create index repository_file_xet on repository_file (xet_hash);
create table repository_xorb (
  repository_id text not null references repository on delete cascade, xorb_hash text not null references xorb,
  primary key (repository_id, xorb_hash)
) strict, without rowid;
create index repository_xorb_hash on repository_xorb (xorb_hash);
create table dedup (
  chunk_hash text primary key, xorb_hash text not null references xorb on delete cascade, chunk_index integer not null
) strict, without rowid;
create index dedup_xorb on dedup (xorb_hash);
create table multipart_upload (
  id text primary key, repository_id text not null references repository on delete cascade, sha256 text not null,
  size integer not null, part_size integer not null, created_at integer not null
) strict;

create table outgoing_record (
  sequence integer primary key autoincrement, member_id text not null, type text not null, json text not null,
  created_at integer not null
) strict;

create table card (
  repository_id text primary key references repository on delete cascade, commit_oid text not null, card text not null,
  title text not null, licence text, pipeline_tag text, library_name text, parameter_count integer,
  size_bytes integer not null, file_count integer not null
) strict;
create table card_tag (
  repository_id text not null references repository on delete cascade, tag text not null,
  primary key (repository_id, tag)
) strict, without rowid;
create index card_tag_tag on card_tag (tag);

create table setting (name text primary key, value text not null) strict;
`
