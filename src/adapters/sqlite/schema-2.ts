/**
 * Version 2: members of other nodes stand beside those hosted here, and every member has a log.
 * The member table is made anew because a handle is unique among hosted members only. Foreign keys are off meanwhile.
 */
export const SCHEMA_2 = `
create table member_2 (
  id text primary key, handle text not null, display_name text not null, url text, created_at integer not null,
  hosted integer not null check (hosted in (0, 1)), named integer not null default 0 check (named in (0, 1)), colour text, country text
) strict;
insert into member_2 select id, handle, display_name, url, created_at, 1, 0, null, null from member;
drop table member;
alter table member_2 rename to member;
create unique index member_hosted_handle on member (handle) where hosted = 1;

create table log (
  origin text primary key, member_id text not null references member, number integer not null, public_key text not null,
  role text not null check (role in ('own', 'held')), size integer not null, root text not null, edge blob not null,
  filed integer not null, checkpoint blob, signed_size integer not null,
  frozen text, recovery text not null, cut integer
) strict;
create table log_key (
  origin text not null references log on delete cascade, position integer not null, public_key text not null,
  witness_key text not null, time integer not null,
  primary key (origin, position)
) strict, without rowid;
create index log_member on log (member_id);
create table log_tail (
  origin text not null references log on delete cascade, position integer not null, leaf blob not null,
  primary key (origin, position)
) strict, without rowid;
create table log_entry (
  origin text not null references log on delete cascade, position integer not null, leaf_hash text not null,
  type text, inert text, time integer,
  primary key (origin, position)
) strict, without rowid;
create index log_entry_leaf on log_entry (leaf_hash);
create index log_entry_time on log_entry (time);
create table redaction (
  origin text not null references log on delete cascade, position integer not null, leaf_hash text not null,
  reason text not null, time integer not null,
  primary key (origin, position)
) strict, without rowid;
create table cosignature (
  origin text not null references log on delete cascade, signer text not null, size integer not null,
  time integer not null, line text not null,
  primary key (origin, signer)
) strict, without rowid;
create table witnessed (
  origin text primary key references log on delete cascade, origin_hash text not null unique, size integer not null,
  checkpoint blob not null, time integer not null
) strict;
create table fork_evidence (
  origin text primary key references log on delete cascade, evidence text not null, found_at integer not null
) strict;
create table stated_fork (
  by_origin text not null, by_position integer not null, member_id text not null references member on delete cascade,
  origin text not null, time integer not null, body text not null,
  primary key (by_origin, by_position)
) strict, without rowid;
create index stated_fork_origin on stated_fork (origin);
create index stated_fork_member on stated_fork (member_id);
create table observed_head (
  member_id text not null references member on delete cascade,
  origin text not null references log on delete cascade, size integer not null, stated_at integer not null,
  primary key (member_id, origin)
) strict, without rowid;
create table follow (
  member_id text primary key references member, url text,
  content text not null check (content in ('on-demand', 'all', 'none')),
  trust text not null check (trust in ('full', 'witness')),
  allow_private integer not null check (allow_private in (0, 1)), since integer not null,
  applied integer not null, checked_at integer, failure text, failed_at integer,
  filter text, quota text, backlog integer not null default 0
) strict;
create table follow_usage (
  member_id text primary key references follow on delete cascade, day integer not null, entries integer not null,
  record_bytes integer not null, object_bytes integer not null, content_bytes integer not null
) strict;
create table announced_ref (
  member_id text not null references member on delete cascade, kind text not null check (kind in ('model', 'dataset')),
  key text not null, repository text not null, ref text not null, commit_oid text not null, manifest_sha256 text,
  origin text not null, position integer not null, time integer not null,
  primary key (member_id, kind, key, ref)
) strict, without rowid;
create table association_statement (
  origin text not null, position integer not null, leaf_hash text not null,
  member_id text not null references member on delete cascade, association text not null, json text not null,
  primary key (origin, position)
) strict, without rowid;
create index association_statement_association on association_statement (association);
create index association_statement_member on association_statement (member_id);
create table statement (
  origin text not null, position integer not null, leaf_hash text not null,
  member_id text not null references member on delete cascade, type text not null, time integer not null, json text not null,
  primary key (origin, position)
) strict, without rowid;
create index statement_type on statement (type);
create index statement_leaf_hash on statement (leaf_hash);
create index statement_member on statement (member_id);
create table capacity_draft (
  id text primary key, member_id text not null references member on delete cascade,
  noun text not null, fields text not null, updated_at integer not null
) strict, without rowid;
create index capacity_draft_member on capacity_draft (member_id);
create table retraction (
  origin text not null, position integer not null, member_id text not null references member on delete cascade,
  by_origin text not null, by_position integer not null, reason text not null, time integer not null,
  primary key (origin, position)
) strict, without rowid;
create index retraction_member on retraction (member_id);
create table erasure (
  scope text not null, sha256 text not null, size integer not null, reason text not null, time integer not null,
  primary key (scope, sha256)
) strict, without rowid;
create index erasure_sha256 on erasure (sha256);
create table erased_file (xet_hash text primary key, sha256 text not null) strict, without rowid;
create table tombstone (
  member_id text not null references member on delete cascade, sha256 text not null, size integer not null,
  origin text not null, position integer not null, reason text not null, time integer not null,
  primary key (member_id, sha256)
) strict, without rowid;
create table association_follow (
  association text primary key, content text not null, trust text not null check (trust in ('full', 'witness')),
  allow_private integer not null check (allow_private in (0, 1))
) strict, without rowid;
create table blob_digest (oid text primary key, sha256 text not null) strict, without rowid;
create index blob_digest_sha256 on blob_digest (sha256);
create index git_object_lfs on git_object (lfs_sha256) where lfs_sha256 is not null;
create table manifest_file (
  repository_id text not null references repository on delete cascade, sha256 text not null, xet_hash text not null,
  primary key (repository_id, sha256)
) strict, without rowid;
create table arriving_object (
  batch text not null, oid text not null, type text not null check (type in ('blob', 'tree', 'commit', 'tag')),
  size integer not null, data blob not null, lfs_sha256 text, lfs_size integer, sha256 text,
  primary key (batch, oid)
) strict;
create table follower (
  origin text not null references log on delete cascade, member_id text not null, witness_key text not null,
  log_number integer not null default 0, handle text, name text, colour text,
  url text, allow_private integer not null check (allow_private in (0, 1)), since integer not null,
  primary key (origin, member_id)
) strict, without rowid;
create table public_good (
  member_id text not null references member on delete cascade, kind text not null check (kind in ('model', 'dataset')),
  key text not null, repository text not null, licence text not null, maintainer text not null, holders integer not null,
  until text not null, position integer not null, time integer not null,
  primary key (member_id, kind, key)
) strict, without rowid;
create table copy_check (
  repository_id text not null references repository on delete cascade, member_id text not null, commit_oid text not null,
  state text not null check (state in ('verified', 'claimed', 'partial', 'absent', 'wrong', 'silent')),
  checked_at integer not null, verified_at integer, failures integer not null,
  primary key (repository_id, member_id)
) strict, without rowid;
create table file_holder (
  repository_id text not null references repository on delete cascade, sha256 text not null,
  member_id text not null references member on delete cascade, verified_at integer not null,
  primary key (repository_id, sha256, member_id)
) strict, without rowid;
create index file_holder_member on file_holder (member_id);
create index log_entry_message_keys on log_entry (origin, position) where type = 'member-message-keys/1';
create table message_out (
  id text primary key, sender_id text not null references member on delete cascade,
  receiver_id text not null references member on delete cascade, kind text not null, body text,
  state text not null check (state in ('waiting', 'delivered', 'failed')), created_at integer not null,
  attempts integer not null, next_at integer not null, failure text
) strict;
create index message_out_next on message_out (next_at) where state = 'waiting';
create table message_in (
  sender_id text not null references member on delete cascade, id text not null, receiver_id text not null, kind text not null,
  received_at integer not null,
  primary key (sender_id, id)
) strict, without rowid;
create table used_assertion (
  issuer_id text not null references member on delete cascade, nonce text not null, until integer not null,
  primary key (issuer_id, nonce)
) strict, without rowid;
create index used_assertion_until on used_assertion (until);
create index message_in_received on message_in (sender_id, received_at);
create table pseudonym (
  account_id text not null references account on delete cascade, member_id text not null references member on delete cascade,
  pseudonym text not null unique,
  primary key (account_id, member_id)
) strict, without rowid;
create table sent_request (
  id text primary key, account_id text not null references account on delete cascade,
  member_id text not null references member on delete cascade, kind text not null check (kind in ('model', 'dataset')),
  key text not null, repository text not null, purpose text not null,
  status text not null check (status in ('pending', 'accepted', 'rejected')), reason text,
  asked_at integer not null, answered_at integer,
  unique (account_id, kind, key)
) strict;
create table access_request (
  id text primary key, request_id text not null, repository_id text not null references repository on delete cascade,
  account_id text references account on delete cascade, member_id text references member on delete cascade, pseudonym text,
  role text not null check (role in ('person', 'operator')), purpose text not null, contact text,
  status text not null check (status in ('pending', 'accepted', 'rejected')), reason text,
  asked_at integer not null, decided_at integer,
  check ((account_id is null) = (member_id is not null)), check ((member_id is null) = (pseudonym is null))
) strict;
create unique index access_request_account on access_request (repository_id, account_id) where account_id is not null;
create unique index access_request_person on access_request (repository_id, member_id, pseudonym) where member_id is not null;
create index outgoing_record_member on outgoing_record (member_id);
create table agreement_draft (
  member_id text not null references member on delete cascade, other_id text not null references member on delete cascade,
  id text not null, body text not null, note text not null,
  state text not null check (state in ('written', 'sent', 'received')), message_id text, changed_at integer not null,
  primary key (member_id, other_id, id)
) strict, without rowid;
create table agreement_contact (
  member_id text not null references member on delete cascade, agreement_id text not null, of_id text not null,
  contact text not null, message_id text, time integer not null,
  primary key (member_id, agreement_id, of_id)
) strict, without rowid;
create table evidence (
  key text primary key, counted text, shown text, fault text, opened_at integer not null,
  check ((counted is null) = (fault is not null)), check ((counted is null) = (shown is null))
) strict, without rowid;
`
